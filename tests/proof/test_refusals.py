"""What is not there and what one may not see: the same answer, the same work, and no difference in time that anyone could measure."""

import re
from dataclasses import replace
from random import Random
from statistics import NormalDist, median
from time import perf_counter

from casehub.app import create_app
from casehub.model import new_id
from tests.house import House
from tests.proof.conftest import Proof
from tests.services.scenes import entries, open_case, traffic
from tests.web.browsing import Visitor

SEED = 20261123
UNLIKELY = 0.01
PATHS = ("/sager/{}", "/sager/{}/adgang", "/sager/{}/set-af", "/sager/{}/journal.json")


def test_not_there_and_not_allowed_cannot_be_told_apart(house: House, proof: Proof) -> None:
    """Not found and not allowed: same response, same statements, one commit; to another authority no difference in time."""
    app = create_app(replace(house.runtime.config, secure_cookies=True), house.runtime)
    stranger, colleague = Visitor(app), Visitor(app)
    theirs = open_case(house)
    for visitor, login in ((stranger, "kommune.skive"), (colleague, "politi.skive")):
        visitor.sign_in(login)
        visitor.get(PATHS[0].format(new_id()))  # the first page after signing in writes the session
        for path in PATHS:
            same_answer(house, visitor, path.format(theirs), path.format(new_id()))
    pairs = proof.size(small=30, full=2_000)
    proof.figure("pairs", pairs)
    # a difference that is there is found twice; one that is not, by chance, once in 10,000 runs
    for attempt in range(2):
        forbidden, absent = timed(stranger, PATHS[0], str(theirs), pairs, Random(SEED + attempt))
        chance = signed_rank(forbidden, absent)
        if chance >= UNLIKELY:
            break
    proof.figure(
        "of an authority that is not in the case, not allowed", round(median(forbidden) * 1e3, 2), "ms"
    )
    proof.figure("the same, not found", round(median(absent) * 1e3, 2), "ms")
    proof.figure("p of the difference (Wilcoxon's signed ranks)", round(chance, 3))
    if (
        proof.full
    ):  # whose authority is in the case: its rows are loaded before they are judged, which takes time
        forbidden, absent = timed(colleague, PATHS[0], str(theirs), pairs, Random(SEED))
        proof.figure("a colleague in another unit, not allowed", round(median(forbidden) * 1e3, 2), "ms")
        proof.figure("the same person, not found", round(median(absent) * 1e3, 2), "ms")
        proof.figure("p of that difference, which is not promised", round(signed_rank(forbidden, absent), 4))
    assert chance >= UNLIKELY


def same_answer(house: House, visitor: Visitor, forbidden: str, absent: str) -> None:
    """Status, headers and page; statements and commits; and one entry each."""
    answers, shapes = [], []
    for path in (forbidden, absent):
        before = len(entries(house))
        with traffic(house) as heard:
            answer = visitor.get(path)
        [entry] = entries(house)[before:]
        assert entry["outcome"] == "refused"
        shapes.append(heard.shape)
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text)  # signed with the time
        answers.append((answer.status_code, sorted(answer.headers.keys()), page))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert shapes[0] == shapes[1]


def timed(
    visitor: Visitor, path: str, theirs: str, pairs: int, random: Random
) -> tuple[list[float], list[float]]:
    """How long each took, pair by pair, which of the two comes first being drawn."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(-5, pairs):  # the first ones warm up
        for forbidden in random.sample((True, False), 2):
            asked = path.format(theirs if forbidden else new_id())
            begun = perf_counter()
            answer = visitor.get(asked)
            seconds = perf_counter() - begun
            assert answer.status_code == 404
            if number >= 0:
                taken[forbidden].append(seconds)
    return taken[True], taken[False]


def signed_rank(one: list[float], other: list[float]) -> float:
    """The chance of differences like these where there is none: Wilcoxon's signed ranks, two-sided, by the normal approximation."""
    differences = [a - b for a, b in zip(one, other, strict=True) if a != b]
    ranked = sorted(differences, key=abs)
    positive = sum(rank for rank, difference in enumerate(ranked, start=1) if difference > 0)
    count = len(ranked)
    mean, spread = count * (count + 1) / 4, (count * (count + 1) * (2 * count + 1) / 24) ** 0.5
    return 2 * (1 - NormalDist().cdf(abs(positive - mean) / spread))


def test_the_test_of_ranks_finds_a_difference_and_none_where_there_is_none() -> None:
    random = Random(SEED)
    noise = [[random.gauss(10, 1) for _ in range(400)] for _ in range(2)]
    assert signed_rank(*noise) > UNLIKELY
    assert signed_rank([each + 0.3 for each in noise[0]], noise[1]) < UNLIKELY
