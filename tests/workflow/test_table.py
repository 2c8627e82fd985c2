"""The generated state table is the engine's answer of today."""

from pathlib import Path

from casehub.workflow.table import render_state_table

PAGE = Path(__file__).parents[2] / "docs" / "state-table.md"


def test_the_page_in_the_docs_is_the_one_the_engine_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_state_table(), (
        "docs/state-table.md is stale: write what casehub.workflow.table.render_state_table() returns into it"
    )


def test_only_ready_steps_can_be_completed() -> None:
    table = render_state_table().split("## What happens")[1].split("## What people change")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    completed = {row[0]: row[1] for row in rows[2:]}
    assert len(completed) == 22
    assert {state for state, after in completed.items() if after == "**done**"} == {
        state for state in completed if state.startswith("| ready")
    }


def test_only_what_is_settled_is_done_over() -> None:
    table = render_state_table().split("## What people change")[1].split("## Refusals")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    again = {row[0] for row in rows[2:] if not row[3].startswith("refused")}
    settled = {row[0] for row in rows[2:] if row[0].startswith(("| done", "| not_needed", "| impossible"))}
    assert again == settled - {"| done: milestone"}
