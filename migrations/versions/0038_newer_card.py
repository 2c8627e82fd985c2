"""A case can be moved to a newer version of its card; an open step that this one does not have is dropped, and its row stays."""

from collections.abc import Sequence

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VERSIONS = "network_sha, card_sha, calendar_sha"
STATES = "'waiting', 'ready', 'done', 'not_needed', 'impossible'"


def upgrade() -> None:
    op.execute(f"GRANT UPDATE ({VERSIONS}) ON cases TO casehub_app")
    _states(f"{STATES}, 'dropped'")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ({VERSIONS}) ON cases FROM casehub_app")
    _states(STATES, "NOT VALID")  # what was dropped stays as it is


def _states(names: str, how: str = "") -> None:
    op.drop_constraint(op.f("ck_step_state"), "step")
    op.execute(f"ALTER TABLE step ADD CONSTRAINT ck_step_state CHECK (state IN ({names})) {how}")
