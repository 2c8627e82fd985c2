"""Every use case tried by those who have no business with it: lists, searches, counts, exports and writes give them nothing.

What they got is read from the log, which names all that was delivered or changed, and from the answer itself. A new use case is here
by standing in `acts`, which is held to the services.
"""

from dataclasses import fields
from uuid import UUID

from sqlalchemy.exc import InvalidRequestError

from casehub.services.errors import Conflict, FormRefused, NotFound
from tests.house import House
from tests.services.acts import ACTS, Act, Stage, set_stage
from tests.services.scenes import entries

# another station of the same police, an authority that is not in the case, and those who see no case
OUTSIDERS = ("politi.skive", "kommune.skive", "kontrol.politi", "administrator")
# what is meant for them too: the wheel, in which is no case, and a colleague's request to answer a citizen, which any of them can confirm
MEANT = {
    "politi.skive": {
        "wheel.read_wheel", "approvals.read_approvals", "approvals.confirm_approval", "approvals.decline_approval",
    },
    "kommune.skive": {"wheel.read_wheel"},
}  # fmt: skip


def test_whoever_has_no_business_with_it_is_given_nothing_and_changes_nothing(house: House) -> None:
    assert {name for names in MEANT.values() for name in names} <= {act.name for act in ACTS}
    stage = set_stage(house)
    ids = frozenset(str(each) for name in fields(stage) for each in _ids(getattr(stage, name.name)))
    given = [
        (act.name, login, told)
        for act in ACTS
        if not act.login.startswith("system:")
        for login in OUTSIDERS
        if not _of_one_desk(act.login, login) and act.name not in MEANT.get(login, ())
        if (told := what_was_given(house, act, login, stage, ids))
    ]
    assert given == []


def what_was_given(house: House, act: Act, login: str, stage: Stage, ids: frozenset[str]) -> list[str]:
    """What of the stage the log says was delivered or changed, and what stands in the answer."""
    before = len(entries(house))
    answer: object = None
    try:
        with house.work(login) as ctx:
            answer = act.do(ctx, stage)
    except (
        NotFound,
        FormRefused,
        Conflict,
        InvalidRequestError,
    ):  # the last: what the act is about is not there
        pass
    allowed = [entry for entry in entries(house)[before:] if entry["outcome"] == "allowed"]
    named = {ref["id"] for entry in allowed for ref in entry["objects"]}
    return sorted((named & ids) | {each for each in ids if each in repr(answer)})


def _of_one_desk(one: str, other: str) -> bool:
    """Reviewers' acts are a reviewer's, and the administrator's an administrator's."""
    return one.partition(".")[0] == other.partition(".")[0] in {"kontrol", "administrator"}


def _ids(value: object) -> tuple[UUID, ...]:
    if isinstance(value, UUID):
        return (value,)
    return value if isinstance(value, tuple) else ()
