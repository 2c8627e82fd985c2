"""PDF by Typst, in memory: a template of ours and data as JSON; no file is written, and no package or font is fetched.

Tagged for screen readers (PDF/UA-1), with the fonts bundled with Typst. Called by services.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "templates"


def render_pdf(template: str, data: Mapping[str, Any], *, made_at: datetime) -> bytes:
    """The document `template` (a file of `templates/`, without `.typ`) says, of `data`, which must be plain."""
    made: bytes = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=int(made_at.timestamp()),
    )
    return made
