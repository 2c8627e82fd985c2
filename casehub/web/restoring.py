"""What was being typed at this address when the session ended, given back once; it is kept by `web.security`."""

from flask import request

from casehub.services.drafts import take_draft
from casehub.web.forms import FormState
from casehub.web.security import work


def restored() -> FormState:
    """The form of this page as it was left; an empty one if nothing was kept."""
    with work() as ctx:
        draft = take_draft(ctx, path=request.path)
    return FormState(draft, restored=True) if draft else FormState()
