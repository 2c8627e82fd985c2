"""`casehub db init` and `migrate`, on the embedded database and on a server of one's own."""

import stat
from pathlib import Path

import psycopg

from casehub.embedded import EmbeddedServer
from casehub.model.bootstrap import NODE, OWNER, drop_database
from tests.cli.test_errors import casehub

SOMEBODY = (
    *("--name", "Nye Prøvesen", "--title", "Politiassistent", "--phone", "10 20 30 40"),
    *("--authority", "mvj-politi", "--unit", "mvj-politi/herning", "--duty", "psp:stedfortraeder"),
    *("--password", "et-langt-kodeord"),
)


def test_the_embedded_database_is_made_ready_and_can_be_made_ready_again(home: Path):
    for _ in range(2):
        done = casehub("db", "init", CASEHUB_HOME=str(home))
        assert (done.returncode, done.stderr) == (0, "")
    done = casehub("db", "migrate", CASEHUB_HOME=str(home))
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1, "nothing changed"
    server = EmbeddedServer.start(home)
    try:
        with psycopg.connect(server.url(NODE, "casehub")) as connection:
            assert connection.execute("SELECT count(*) FROM cases").fetchone() == (0,)
    finally:
        server.stop()


def test_a_server_of_ones_own_is_made_ready_with_passwords_that_only_the_home_holds(
    cluster: EmbeddedServer, home: Path
):
    superuser = cluster.superuser_url()
    try:
        for _ in range(2):
            done = casehub("db", "init", "--superuser", superuser, CASEHUB_HOME=str(home))
            assert (done.returncode, done.stderr) == (0, "")
        kept = home / "secrets" / f"{NODE}.url"
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert str(psycopg.conninfo.conninfo_to_dict(kept.read_text())["password"]) not in done.stdout
        with psycopg.connect(kept.read_text()) as connection:
            assert connection.execute("SELECT session_user::text").fetchone() == (NODE,)
        done = casehub("db", "migrate", CASEHUB_HOME=str(home), CASEHUB_DATABASE_URL=kept.read_text())
        assert (done.returncode, done.stderr) == (0, "")
        here = {"CASEHUB_HOME": str(home), "CASEHUB_DATABASE_URL": kept.read_text()}
        done = casehub("user", "add", "ny.herning", *SOMEBODY, **here)
        assert (done.returncode, done.stdout) == (0, "ny.herning can sign in\n"), done.stderr
        done = casehub("user", "add", "ny.herning", *SOMEBODY, **here)
        assert (done.returncode, done.stderr) == (
            1,
            "casehub: ny.herning is there already: nothing was changed\n",
        )
        done = casehub("user", "add", "anden", *SOMEBODY, "--password", "kort", "--role", "reviewer", **here)
        assert done.returncode == 2
        assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["password", "duty"]
        done = casehub("user", "add", "anden", *SOMEBODY, "--duty", "psp:chef", **here)
        assert done.returncode == 2
        assert "psp:kontaktperson" in done.stderr
    finally:
        drop_database(superuser, "casehub")
        with psycopg.connect(superuser, autocommit=True) as connection:
            for login in (OWNER, NODE):  # the roles are the cluster's: other tests know the first passwords
                statement = psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}")
                connection.execute(
                    statement.format(
                        psycopg.sql.Identifier(login), psycopg.sql.Literal(cluster.password(login))
                    )
                )
