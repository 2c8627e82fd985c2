"""The job queue: procrastinate's own schema, and the rights the application needs to defer jobs and to work them off.

Jobs carry ids and no personal data; the queue is not under row-level security, its queues are one per authority.
"""

from collections.abc import Sequence

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0005"
down_revision = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EACH_FUNCTION = "SELECT oid::regprocedure AS name FROM pg_proc WHERE proname LIKE 'procrastinate\\_%'"
DROP_FUNCTIONS = f"""
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN {EACH_FUNCTION} LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', found.name);
    END LOOP;
END
$$
"""
GRANT_FUNCTIONS = f"""
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN {EACH_FUNCTION} LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO casehub_app', found.name);
    END LOOP;
END
$$
"""
TABLES = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)
TYPES = ("procrastinate_job_to_defer_v1", "procrastinate_job_event_type", "procrastinate_job_status")


def upgrade() -> None:
    _run(SchemaManager.get_schema())
    for table in TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO casehub_app")
        op.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO casehub_app")
    _run(GRANT_FUNCTIONS)


def _run(script: str) -> None:
    """Send it as it is: op.execute would take a colon for a parameter."""
    op.get_bind().exec_driver_sql(script.replace("%", "%%"))


def downgrade() -> None:
    _run(DROP_FUNCTIONS)
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
    for kind in TYPES:
        op.execute(f"DROP TYPE {kind}")
