"""Chromium as the tests run it: the one CHROMIUM names, or one on the PATH."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=da",
)


def find_chromium() -> str:
    """Its path; a plain word on how to get one otherwise."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError("no Chromium: run the tests with `make test`, or set CHROMIUM to its path")
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Playwright keeps an event loop running as long as this is open: open it for one module at a time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(FLAGS), env={**os.environ, "LANGUAGE": "da"}
        )
        try:
            yield browser
        finally:
            browser.close()
