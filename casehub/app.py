"""create_app(config): wiring only."""

import os
import traceback
from types import TracebackType

from flask import Flask

from casehub.config import Config, read_config
from casehub.runtime import Runtime
from casehub.web import (
    access_reports,
    administration,
    approvals,
    assessments,
    breaches,
    calendar_feed,
    card_versions,
    cards,
    case_access,
    cases,
    consents,
    contacts,
    day,
    desk,
    erasing,
    errors,
    exclusions,
    files,
    forums,
    glass,
    health,
    journals,
    log,
    meetings,
    messages,
    moving,
    navigation,
    notes,
    oral,
    parties,
    recalls,
    referrals,
    reports,
    reviews,
    search,
    security,
    sign_in,
    step_changes,
    steps,
    transparency,
    uploading,
    viewers,
    wheel,
)
from casehub.web.sessions import WebSessions

MOST_BYTES = 4 * 1024 * 1024  # a note of 1 MB must reach its form and get a message beside the field
BLUEPRINTS = (
    sign_in,
    day,
    referrals,
    search,
    glass,
    cases,
    consents,
    cards,
    card_versions,
    step_changes,
    steps,
    parties,
    moving,
    notes,
    files,
    assessments,
    recalls,
    breaches,
    viewers,
    case_access,
    exclusions,
    oral,
    journals,
    erasing,
    meetings,
    wheel,
    forums,
    contacts,
    approvals,
    access_reports,
    messages,
    calendar_feed,
    log,
    desk,
    reviews,
    reports,
    administration,
    health,
    transparency,
)


class CaseHub(Flask):
    """Flask that logs where it failed and never what with: an exception's text may hold what someone typed."""

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        """One line per frame, and the kind of exception."""
        kind = exc_info[0].__name__ if exc_info[0] else "unknown"
        frames = "".join(traceback.format_tb(exc_info[2]))
        self.logger.error("unforeseen %s\n%s", kind, frames)


def create_app(config: Config | None = None, runtime: Runtime | None = None) -> Flask:
    """The web application: of the environment's config and a runtime opened from it, unless they are given."""
    config = config or read_config(os.environ)
    runtime = runtime or Runtime.open(config)
    app = CaseHub(
        "casehub", template_folder="web/templates", static_folder="web/static", static_url_path="/static"
    )
    app.config.update(
        SECRET_KEY=runtime.web_secret,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["casehub"] = runtime
    app.session_interface = WebSessions(runtime.engine, secure=config.secure_cookies, clock=runtime.clock)
    uploading.furnish(app)
    security.protect(app)
    errors.answer_errors(app)
    navigation.furnish(app)
    for module in BLUEPRINTS:
        app.register_blueprint(module.bp)
    return app
