"""docs/settings.md: the settings a process reads from its environment."""

from casehub.config import KEYS
from rendering.tables import table


def render_settings() -> str:
    """The page."""
    rows = [(f"`{key}`", what) for key, what in KEYS.items()]
    return f"""# Settings

Generated from `casehub/config.py` with `make docs`; change the code, not the page.

They are read from the environment once, at start. Wrong ones, and any other `CASEHUB_…`, are all told at once; nothing starts.

{table(("setting", "what it is"), rows)}
"""
