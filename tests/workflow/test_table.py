"""The generated state table is the engine's answer of today."""

from pathlib import Path

from casehub.workflow.table import render_state_table

PAGE = Path(__file__).parents[2] / "docs" / "state-table.md"


def test_the_page_in_the_docs_is_the_one_the_engine_gives() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_state_table(), (
        "docs/state-table.md is stale: write what casehub.workflow.table.render_state_table() returns into it"
    )


def test_only_ready_steps_can_be_completed() -> None:
    rows = [
        line.split(" | ")
        for line in render_state_table().split("## Refusals")[0].splitlines()
        if line.startswith("| ")
    ]
    completed = {row[0]: row[1] for row in rows[2:]}
    assert len(completed) == 12
    assert {state for state, after in completed.items() if after == "**done**"} == {
        state for state in completed if state.startswith("| ready")
    }
