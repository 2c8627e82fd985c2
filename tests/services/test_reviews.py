"""Reviews: what is asked, answered, concluded and closed, by whom it may be, and that the database says the same."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from psycopg import connect
from psycopg.errors import CheckViolation, IntegrityConstraintViolation

from casehub.model import new_id
from casehub.services import administration, day, desk, explanations, reviews
from casehub.services.context import Context
from casehub.services.desk_views import RequestView, ReviewView
from casehub.services.errors import Conflict, FormRefused, NotFound
from casehub.services.reviews import About
from tests.house import House
from tests.services.scenes import POLICE, alter, entries, entries_of, look, open_case, read
from tests.services.test_keys import rotate

FIRST, SECOND, SUBJECT = "kontrol.politi", "kontrol.politi-stedfortraeder", "politi.herning"
QUESTION, ANSWER, REASON = "Hvad var opgaven her?", "Jeg havde vagten den dag.", "Det hører til hans sag."


@pytest.fixture
def line(house: House) -> UUID:
    """A look-up of the subject's."""
    case_id = open_case(house)
    [entry] = entries_of(house, lambda: read(house, SUBJECT, case_id))
    return UUID(entry["id"])


def opened(house: House, line: UUID, question: str = QUESTION, answer_by: str = "") -> UUID:
    with house.work(FIRST) as ctx:
        return reviews.open_review(ctx, about=About(entry=line), question=question, answer_by=answer_by)


def seen(house: House, review_id: UUID, login: str = FIRST) -> ReviewView:
    with house.work(login) as ctx:
        return reviews.read_review(ctx, review_id=review_id)


def request(house: House, review_id: UUID, login: str = SUBJECT) -> RequestView:
    with house.work(login) as ctx:
        return explanations.read_request(ctx, review_id=review_id)


def explained(house: House, review_id: UUID, text: str = ANSWER) -> None:
    with house.work(SUBJECT) as ctx:
        explanations.explain(ctx, review_id=review_id, text=text)


def concluded(house: House, review_id: UUID, login: str = FIRST) -> None:
    with house.work(login) as ctx:
        reviews.conclude_review(ctx, review_id=review_id, outcome="i-orden", reason=REASON)


def closed(house: House, review_id: UUID, login: str = SECOND) -> None:
    with house.work(login) as ctx:
        reviews.close_review(ctx, review_id=review_id)


def not_found(house: House, login: str, use: Callable[[Context], object]) -> None:
    with pytest.raises(NotFound), house.work(login) as ctx:
        use(ctx)
    assert (entries(house)[-1]["outcome"], entries(house)[-1]["actor"]) == (
        "refused",
        str(house.staff[login]),
    )


def test_from_question_to_closing_by_another(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    with house.work(SUBJECT) as ctx:
        [asked] = day.read_day(ctx).asked
    assert asked.review_id == review_id
    assert asked.due_at.date().isoformat() == "2026-12-01"  # five working days
    page = request(house, review_id)
    assert [text.text for text in page.texts] == [QUESTION]
    assert len(page.acts) == 1
    explained(house, review_id)
    with house.work(FIRST) as ctx:
        assert [each.id for each in desk.read_desk(ctx).answered] == [review_id]
    with house.work(SUBJECT) as ctx:
        assert day.read_day(ctx).asked == ()
    concluded(house, review_id)
    view = seen(house, review_id)
    assert (view.may_close, view.own_conclusion, view.line.state) == (False, True, "concluded")
    with house.work(FIRST) as ctx:
        assert desk.read_desk(ctx).to_close == ()
    with house.work(SECOND) as ctx:
        assert [each.id for each in desk.read_desk(ctx).to_close] == [review_id]
    closed(house, review_id)
    view = seen(house, review_id)
    assert (view.line.state, view.closed_by, view.concluded_by) == (
        "closed",
        "Verner Hodsager",
        "Ellen Sevel",
    )
    assert [text.text for text in view.texts] == [QUESTION, ANSWER, REASON]
    told = [
        entry["event"] for entry in entries(house) if any(ref["kind"] == "review" for ref in entry["objects"])
    ]
    assert [each for each in told if each != "review.read"] == [
        "review.opened", "review.answered", "review.concluded", "review.closed",
    ]  # fmt: skip


def test_what_was_written_is_sealed_and_the_employee_sees_no_more_than_was_asked_of_them(
    house: House, line: UUID
) -> None:
    review_id = opened(house, line)
    explained(house, review_id)
    concluded(house, review_id)
    assert [text.text for text in request(house, review_id).texts] == [QUESTION, ANSWER]
    kept = repr(look(house, "SELECT r, t FROM review r JOIN review_text t ON t.review_id = r.id"))
    kept += repr(entries(house))
    for word in (QUESTION, ANSWER, REASON):
        assert word not in kept
        assert word.encode().hex() not in kept


def test_an_employee_sees_of_the_entries_only_what_they_did_themselves(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    foreign = look(
        house, "SELECT entry_id FROM audit_content WHERE actor_id = %s LIMIT 1", house.staff["tovholder"]
    )
    with connect(house.database.superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("UPDATE review SET entries = entries || %s", [foreign[0][0]])
    assert len(seen(house, review_id).lines) == 2
    assert len(request(house, review_id).acts) == 1


def test_nobody_reviews_themselves_or_closes_what_they_concluded(house: House, line: UUID) -> None:
    own = UUID(entries_of(house, lambda: seen_list(house))[0]["id"])
    not_found(house, FIRST, lambda ctx: reviews.open_review(ctx, about=About(entry=own)))
    not_found(house, FIRST, lambda ctx: reviews.read_new_review(ctx, about=About(entry=own)))
    with house.work(SECOND) as ctx:  # but the other may
        about_first = reviews.open_review(ctx, about=About(entry=own), question=QUESTION)
    not_found(house, FIRST, lambda ctx: reviews.read_review(ctx, review_id=about_first))
    not_found(
        house,
        FIRST,
        lambda ctx: reviews.conclude_review(ctx, review_id=about_first, outcome="i-orden", reason="x"),
    )
    with house.work(FIRST) as ctx:
        [asked] = desk.read_desk(ctx).asked
        assert asked.review_id == about_first
    review_id = opened(house, line)
    concluded(house, review_id)
    not_found(house, FIRST, lambda ctx: reviews.close_review(ctx, review_id=review_id))
    not_found(house, FIRST, lambda ctx: reviews.return_review(ctx, review_id=review_id, reason="x"))


def test_a_reviewer_alone_is_told_that_another_must_be_appointed(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    concluded(house, review_id)
    assert seen(house, review_id).closers == 1
    alter(
        house,
        "ALTER TABLE staff DISABLE TRIGGER require_entry",
        f"UPDATE staff SET retired_at = now() WHERE login = '{SECOND}'",
    )
    alone = seen(house, review_id)
    assert (alone.closers, alone.own_conclusion, alone.may_close) == (0, True, False)
    with house.work("administrator") as ctx:
        assert administration.read_administration(ctx).reviewers == 1


def seen_list(house: House) -> object:
    with house.work(FIRST) as ctx:
        return reviews.list_reviews(ctx)


def test_others_get_nothing_of_a_review_and_the_attempt_is_on_record(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    uses: tuple[Callable[[Context], object], ...] = (
        lambda ctx: reviews.read_review(ctx, review_id=review_id),
        lambda ctx: reviews.open_review(ctx, about=About(entry=line)),
        lambda ctx: reviews.ask_explanation(ctx, review_id=review_id, question="?"),
        lambda ctx: reviews.conclude_review(ctx, review_id=review_id, outcome="i-orden", reason="x"),
        lambda ctx: reviews.close_review(ctx, review_id=review_id),
    )
    for login in ("kontrol.herning", "politi.skive", SUBJECT, "administrator"):
        for use in uses:
            not_found(house, login, use)
    for login in ("politi.skive", FIRST, "kontrol.herning", "administrator"):
        not_found(house, login, lambda ctx: explanations.read_request(ctx, review_id=review_id))
        not_found(house, login, lambda ctx: explanations.explain(ctx, review_id=review_id, text="x"))
    not_found(house, FIRST, lambda ctx: reviews.read_review(ctx, review_id=new_id()))
    not_found(house, FIRST, lambda ctx: reviews.open_review(ctx, about=About(entry=new_id())))
    not_found(house, FIRST, lambda ctx: reviews.open_review(ctx, about=About()))


def test_who_comes_second_is_told_and_nothing_changes(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    with pytest.raises(Conflict), house.work(SECOND) as ctx:
        reviews.close_review(ctx, review_id=review_id)
    concluded(house, review_id)
    for use in (
        lambda ctx: reviews.ask_explanation(ctx, review_id=review_id, question="?"),
        lambda ctx: reviews.conclude_review(ctx, review_id=review_id, outcome="i-orden", reason="x"),
    ):
        with pytest.raises(Conflict), house.work(SECOND) as ctx:
            use(ctx)
    with pytest.raises(Conflict):
        explained(house, review_id)
    with house.work(SECOND) as ctx:
        reviews.return_review(ctx, review_id=review_id, reason="Spørg om lørdagen.")
    assert (seen(house, review_id).line.state, seen(house, review_id).outcome) == ("open", None)
    explained(house, review_id)
    # who sent it back may conclude it, and then the first closes
    concluded(house, review_id, SECOND)
    closed(house, review_id, FIRST)
    with pytest.raises(Conflict):
        closed(house, review_id, FIRST)


def test_deadlines_pass_and_are_shown(house: House, line: UUID) -> None:
    review_id = opened(house, line, answer_by="25.11.2026")
    assert not request(house, review_id).overdue
    house.clock.turn(days=3)
    assert request(house, review_id).overdue
    with house.work(FIRST) as ctx:
        assert [each.waits for each in desk.read_desk(ctx).overdue] == [
            "Medarbejderen har ikke svaret i tide"
        ]
    explained(house, review_id)
    assert not seen(house, review_id).line.overdue
    house.clock.now += timedelta(days=60)
    assert seen(house, review_id).line.overdue


def test_what_cannot_be_used_is_told_beside_its_field(house: House, line: UUID) -> None:
    review_id = opened(house, line, question="")
    assert seen(house, review_id).texts == ()
    wrong: tuple[tuple[Callable[[Context], object], set[str]], ...] = (
        (lambda ctx: reviews.ask_explanation(ctx, review_id=review_id, question=" "), {"question"}),
        (
            lambda ctx: reviews.ask_explanation(ctx, review_id=review_id, question="?", answer_by="1.1.2026"),
            {"answer_by"},
        ),
        (
            lambda ctx: reviews.conclude_review(ctx, review_id=review_id, outcome="fyret", reason="\0"),
            {"outcome", "reason"},
        ),
    )
    for use, fields in wrong:
        with pytest.raises(FormRefused) as told, house.work(FIRST) as ctx:
            use(ctx)
        assert told.value.errors.keys() == fields


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("concluded_by = '{second}', concluded_at = now(), outcome = 'x'; closed_by = '{second}', closed_at = now()", "four_eyes"),
        ("concluded_by = '{second}', concluded_at = now(), outcome = 'x', closed_by = '{second}'", "as it was"),
        ("concluded_by = '{subject}', concluded_at = now(), outcome = 'x'", "reviewers"),
        ("concluded_by = '{foreign}', concluded_at = now(), outcome = 'x'", "reviewers"),
        ("closed_by = '{second}', closed_at = now()", "as it was concluded|ck_review"),
        ("outcome = 'x'", "ck_review_concluded"),
    ],
)  # fmt: skip
def test_the_database_holds_the_rules_itself(house: House, line: UUID, change: str, kind: str) -> None:
    review_id = opened(house, line)
    who = {"second": SECOND, "subject": SUBJECT, "foreign": "kontrol.herning"}
    values = change.format(**{name: house.staff[login] for name, login in who.items()})
    *before, last = values.split("; ")
    with connect(house.database.superuser_url) as superuser:
        for each in before:
            superuser.execute(f"UPDATE review SET {each} WHERE id = '{review_id}'".encode())
        with pytest.raises((CheckViolation, IntegrityConstraintViolation), match=kind):
            superuser.execute(f"UPDATE review SET {last} WHERE id = '{review_id}'".encode())


def test_what_is_closed_does_not_change(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    concluded(house, review_id)
    closed(house, review_id)
    with (
        connect(house.database.superuser_url) as superuser,
        pytest.raises(IntegrityConstraintViolation, match="closed does not change"),
    ):
        superuser.execute("UPDATE review SET outcome = 'indberetning'")


def test_what_was_written_follows_the_working_key_into_its_next_version(house: House, line: UUID) -> None:
    review_id = opened(house, line)
    explained(house, review_id)
    rotate(house.runtime, POLICE, "working")
    assert set(look(house, "SELECT DISTINCT key_version FROM review_text")) == {(2,)}
    assert [text.text for text in seen(house, review_id).texts] == [QUESTION, ANSWER]
