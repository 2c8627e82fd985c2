"""A whole node on a PKCS#11 token: set up, worked in and rotated; and what happens when the token is taken away."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from casehub.access.actor import system_actor
from casehub.cli import main
from casehub.config import Config
from casehub.runtime import Runtime
from casehub.services import cases, keys
from casehub.vault import token_session
from casehub.vault.errors import KeystoreError
from tests.databases import Database
from tests.house import House, config_for, furnish, live_in
from tests.services.scenes import POLICE, entries, refer
from tests.vault.tokens import Token, make_token, soft_tokens


@dataclass(frozen=True)
class OnToken:
    house: House
    token: Token
    config: Config


@pytest.fixture
def on_token(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnToken]:
    with soft_tokens(tmp_path):
        token = make_token(tmp_path, "node")
        config = replace(config_for(database.app_url, tmp_path / "home"), keystore=token.uri())
        monkeypatch.setattr("tests.house.config_for", lambda *_: config)
        furnish(database, tmp_path / "home")
        with live_in(database, tmp_path / "home") as house:
            yield OnToken(house, token, config)
        token_session._SESSIONS.clear()


def test_it_is_worked_in_and_rotated_as_on_a_file(on_token: OnToken) -> None:
    house = on_token.house
    case_id = refer(house)
    system = system_actor(POLICE, house.runtime.catalogue.authority_kind(POLICE))
    for purpose in ("working", "receiving", "signing", "kek"):
        *_, last = keys.rotate(
            partial(house.runtime.work, system), house.runtime.keys.keystore, purpose=purpose
        )
        assert last.version == 2
    with live_in(house.database, house.runtime.config.home) as fresh, fresh.work("politi.herning") as ctx:
        assert cases.read_case(ctx, case_id=case_id).identity is not None


def test_a_token_taken_away_stops_no_work_loses_nothing_and_is_on_record(on_token: OnToken) -> None:
    house, token = on_token.house, on_token.token
    case_id = refer(house)
    away = token.directory.parents[1] / "away"
    shutil.move(token.directory, away)
    with house.work("politi.herning") as ctx:
        assert cases.read_case(ctx, case_id=case_id).identity is not None
    system = system_actor(POLICE, house.runtime.catalogue.authority_kind(POLICE))
    with pytest.raises(KeystoreError, match="removed"):
        list(keys.rotate(partial(house.runtime.work, system), house.runtime.keys.keystore, purpose="working"))
    with pytest.raises(KeystoreError, match="removed"):
        Runtime.open(on_token.config)
    failed = entries(house)[-1]
    assert (failed["event"], failed["outcome"]) == ("keystore.failed", "failed")
    assert "removed" in failed["detail"]["reason"]
    shutil.move(away, token.directory)
    Runtime.open(on_token.config).close()
    *_, last = keys.rotate(
        partial(house.runtime.work, system), house.runtime.keys.keystore, purpose="working"
    )
    assert (last.version, last.done) == (2, 1)


def test_a_token_taken_away_under_a_command_is_on_record(
    on_token: OnToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotate, token = keys.rotate, on_token.token

    def taken_away_now(*arguments: Any, **more: Any) -> Iterator[keys.Progress]:
        shutil.rmtree(token.directory)
        return rotate(*arguments, **more)

    monkeypatch.setattr(keys, "rotate", taken_away_now)
    environment = {
        "CASEHUB_HOME": str(on_token.config.home),
        "CASEHUB_DATABASE_URL": on_token.config.database_url,
        "CASEHUB_KEYSTORE": token.uri(),
    }
    told = CliRunner().invoke(main, ["keys", "rotate", POLICE], env=environment)
    assert (told.exit_code, "removed" in told.stderr) == (1, True), told
    failed = entries(on_token.house)[-1]
    assert (failed["event"], failed["outcome"]) == ("keystore.failed", "failed")
    assert "removed" in failed["detail"]["reason"]
