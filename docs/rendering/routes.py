"""docs/routes.md: every address, who can reach it without signing in, and what it is for."""

from flask import Flask
from werkzeug.routing import Rule

from casehub.app import BLUEPRINTS
from casehub.web.security import PUBLIC
from rendering.tables import table


def render_routes() -> str:
    """The page."""
    app = Flask("casehub", static_url_path="/static")
    for module in BLUEPRINTS:
        app.register_blueprint(module.bp)
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(_methods(rule))))
    return f"""# Addresses

Generated from the Flask routes with `make docs`; change the code, not the page.

*Public* is what an anonymous visitor reaches (`PUBLIC` in `casehub/web/security.py`, the whole list); everything else
leads to the sign-in page. Whether the one who is signed in may see it is the gate's to decide: 404 when not. Every POST
needs its form token.

{table(("method", "address", "", "endpoint", "what it does"), [_row(app, rule) for rule in rules])}
"""


def _row(app: Flask, rule: Rule) -> tuple[str, ...]:
    method = ", ".join(sorted(_methods(rule)))
    public = "public" if rule.endpoint in PUBLIC else ""
    return method, f"`{rule.rule}`", public, f"`{rule.endpoint}`", _what(app, rule)


def _methods(rule: Rule) -> set[str]:
    return (rule.methods or set()) - {"HEAD", "OPTIONS"}


def _what(app: Flask, rule: Rule) -> str:
    if rule.endpoint == "static":
        return "Style sheets, scripts and icons."
    return (app.view_functions[rule.endpoint].__doc__ or "").strip().partition("\n\n")[0]
