"""The one composition root: engine, keystore, gate, definitions -> a Context for one unit of work.

A node that must not run refuses to start, in one line.
"""

import os
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from casehub.access.actor import Actor
from casehub.access.gate import Gate
from casehub.access.policies import Policies
from casehub.access.writing import Defer
from casehub.audit.checkpoints import sign_new_leaves, wait_for_turn
from casehub.audit.lines import Format
from casehub.audit.reading import prove_consistency
from casehub.audit.sequencing import sequence
from casehub.audit.witnessing import LogStanding, keep_answer, next_question, read_standing
from casehub.config import Config
from casehub.connecting import (
    Clock,
    StartRefused,
    make_engine,
    open_session,
    operate,
    read_clock,
    request_id,
    require_ready,
    url_of,
)
from casehub.definitions.loading import load_definitions
from casehub.model import QueueRun
from casehub.model.bootstrap import LoginRefused, check_login
from casehub.preparing import require_same_definitions
from casehub.scanning import Scanner, open_scanner
from casehub.services.calendar_feed import find_holder
from casehub.services.catalogue import Catalogue
from casehub.services.context import Context
from casehub.services.errors import NotFound
from casehub.services.log_export import Exporting, Progress
from casehub.services.log_keys import FollowedLogKey, unlock_newest
from casehub.services.mails import MAIL_STANDING
from casehub.services.operator import OperatorContext
from casehub.services.people import load_actor
from casehub.services.queues import IDLE_AFTER, WORKER_SEEN
from casehub.services.sign_in import sign_in, sign_out
from casehub.services.unlocking import (
    GENERATION,
    UnlockedKeys,
    load_keys,
    record_restored,
    recording_failure,
)
from casehub.transparency.asking import Answer, ask
from casehub.transparency.trust import Trust, Witness, read_trust
from casehub.vault.authority_keys import KeyRing, pin_successors, renew_by, unlock
from casehub.vault.keystore import KeyStore
from casehub.vault.keystores import open_keystore
from casehub.vault.log_key import LogSigner

WORKER_SILENT = timedelta(seconds=30)
SECRET_BYTES = 64
# deadlines and acute cases pass by whatever else waits, however much that is; all other tasks have 0
PRIORITIES = {"watch_deadlines": 10, "watch_tasks": 10, "tell_acute": 10, "tell_acute_again": 10}
SECONDS_TO_CONNECT = 5.0  # a worker that waits longer for a connection has lost its database, and says so


@dataclass(frozen=True, slots=True)
class Runtime:
    """One process. `clock` is read once per unit of work.

    `trust`: the log's witnesses, and how many are enough.
    `scanner`: None where files are not looked through.
    """

    config: Config
    engine: Engine
    catalogue: Catalogue
    policies: Policies
    keys: UnlockedKeys
    log_key: FollowedLogKey
    trust: Trust
    web_secret: bytes
    clock: Clock
    jobs: App
    scanner: Scanner | None

    @classmethod
    def open(cls, config: Config, *, clock: Clock = read_clock) -> "Runtime":
        """Open a node on a database that was set up. StartRefused, KeystoreError, DefinitionsInvalid, PoliciesInvalid."""
        catalogue = Catalogue(load_definitions(config.policies))
        policies = Policies(config.policies / "access")
        trust = read_trust(config.witnesses) if config.witnesses else Trust()
        engine = make_engine(url_of(config))
        try:
            require_ready(engine)
            with operate(engine, catalogue, clock) as ctx:
                require_same_definitions(ctx, config.policies)
                with recording_failure(ctx):
                    keystore = open_keystore(config)
                    record_restored(ctx, keystore)
                    keys = _unlock(
                        ctx, keystore, config.authorities, partial(operate, engine, catalogue, clock)
                    )
                    log_key = FollowedLogKey(keystore, unlock_newest(ctx.session, keystore))
                    ctx.session.commit()
                    _require_spoken_for(ctx, keys.ring.authorities)
        except BaseException:
            engine.dispose()
            raise
        jobs = App(connector=SyncPsycopgConnector(conninfo=url_of(config)))
        scanner = open_scanner(config.scanner) if config.scanner else None
        return cls(
            config,
            engine,
            catalogue,
            policies,
            keys,
            log_key,
            trust,
            _web_secret(config.home),
            clock,
            jobs,
            scanner,
        )

    @property
    def log_signer(self) -> LogSigner | None:
        """What signs the log; None on nodes that do not."""
        return self.log_key.signer

    @property
    def ring(self) -> KeyRing:
        """The unlocked keys."""
        return self.keys.ring

    @property
    def authorities(self) -> frozenset[str]:
        """The authorities whose keys this node holds."""
        return self.ring.authorities

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Context]:
        """One unit of work: one connection, ended by commit; an exception rolls back what was pending."""
        with self._session(actor.authority) as session:
            gate = Gate(
                session=session,
                policies=self.policies,
                ring=self.ring,
                actor=actor,
                now=self.clock(),
                request_id=request_id(),
                defer=self._deferring(session),
                backups_kept=timedelta(days=self.config.backup_days),
            )
            yield Context(gate, self.catalogue, self.scanner)
            session.commit()

    @contextmanager
    def work_as_operator(self) -> Iterator[OperatorContext]:
        """Setting up: organisation, people, definitions, keys. No authority, so no case."""
        with operate(self.engine, self.catalogue, self.clock) as ctx:
            yield ctx

    def actor(self, staff_id: UUID) -> Actor | None:
        """The actor as of now; None if retired, unknown, or of an authority this node does not serve."""
        with self._session(None) as session:
            actor = load_actor(session, staff_id, self.clock())
        return actor if actor and actor.authority in self.authorities else None

    def sign_in(self, *, login: str, password: str, address: str) -> Actor:
        """Sign someone in; SignInRefused otherwise."""
        with self._session(None) as session:
            staff_id = sign_in(
                session,
                login=login,
                password=password,
                address=address,
                now=self.clock(),
                request_id=request_id(),
                secret=self.web_secret,
                authorities=self.authorities,
            )
        actor = self.actor(staff_id)
        if actor is None:
            raise LookupError("a member of staff who just signed in is gone")
        return actor

    def calendar_holder(self, *, token: str, address: str) -> Actor:
        """Whose calendar address ends with this; NotFound if nobody's, SignInRefused after too many that were wrong."""
        with self._session(None) as session:
            staff_id = find_holder(
                session,
                token=token,
                address=address,
                now=self.clock(),
                request_id=request_id(),
                secret=self.web_secret,
                authorities=self.authorities,
            )
        actor = self.actor(staff_id)
        if actor is None:  # left this very moment
            raise NotFound
        return actor

    def sign_out(self, actor: Actor) -> None:
        """Record that someone signed out."""
        with self._session(actor.authority) as session:
            sign_out(session, actor=actor, now=self.clock(), request_id=request_id())

    def make_job_app(self) -> App:
        """The queue's App for a worker process; its tasks are registered by the jobs room."""
        return App(connector=PsycopgConnector(conninfo=url_of(self.config), timeout=SECONDS_TO_CONNECT))

    def readiness(self) -> Mapping[str, bool]:
        """What /readyz tells."""
        checks = {
            "database": False,
            "migrations": False,
            "keystore": bool(self.authorities) and self.keys.failing is None,
            "worker": False,
        }
        with suppress(SQLAlchemyError), self.engine.connect() as connection:
            seen = connection.execute(WORKER_SEEN).scalar()
            checks["database"] = True
            checks["worker"] = (
                seen is not None and self.clock() - seen < WORKER_SILENT and not self._idle(connection)
            )
            with suppress(LoginRefused):
                check_login(connection)
                checks["migrations"] = True
            connection.commit()
        return checks

    def scanner_answers(self) -> bool | None:
        """Whether what looks files through is there; None where there is none."""
        return self.scanner.answers() if self.scanner else None

    def idle_queues(self) -> Mapping[str, datetime] | None:
        """Queues of this node's authorities that no worker works off any more, and since when; None while nobody can say."""
        with suppress(SQLAlchemyError), self.engine.connect() as connection:
            idle = self._idle(connection)
            connection.commit()
            return idle
        return None

    def _idle(self, connection: Connection) -> Mapping[str, datetime]:
        runs = connection.execute(select(QueueRun.authority_id, QueueRun.ran_at)).all()
        return {name: at for name, at in runs if name in self.authorities and self.clock() - at > IDLE_AFTER}

    def mail_standing(self) -> tuple[int, datetime | None] | None:
        """How many mails to staff were tried and not taken, and since when; None where none are sent, or while nobody can say."""
        if self.config.mail is None:
            return None
        with suppress(SQLAlchemyError), self.engine.connect() as connection:
            unsent, since = connection.execute(MAIL_STANDING).one()
            connection.commit()
            return unsent, since
        return None

    def keep_log(self) -> None:
        """Number what was committed and sign the tree, if this node holds the log's key. LogBroken if the past changed."""
        if self.log_signer is not None:
            with self._session(None) as session:
                sequence(session)
                wait_for_turn(session)
                if signer := self.log_key.follow(session):
                    sign_new_leaves(session, signer)

    def ask_witness(self, witness: Witness) -> Answer | None:
        """Ask for its cosignature on the newest checkpoint, holding no connection meanwhile; None if it is there already."""
        with self._session(None) as session:
            question = next_question(session, witness)
            session.commit()
        if question is None:
            return None
        answer = ask(
            witness, note=question.note, known=question.known, prove=partial(self._prove, question.size)
        )
        with self._session(None) as session:
            keep_answer(session, witness, size=question.size, answer=answer, now=self.clock())
            session.commit()
        return answer

    def _prove(self, size: int, old: int) -> list[bytes]:
        with self.read_tree() as session:
            return prove_consistency(session, old, size)

    def log_standing(self) -> LogStanding | None:
        """How far the log is signed and witnessed; None while the database does not say."""
        with suppress(SQLAlchemyError), self.read_tree() as session:
            return read_standing(session, self.trust)
        return None

    @contextmanager
    def read_tree(self, authority: str | None = None) -> Iterator[Session]:
        """A look at the log's tree, which is public, and at the contents of entries by or about `authority`, if given.

        Contents are for who has an entry of that: reviewers come through the gate, an export is recorded by its command.
        """
        with self._session(authority) as session:
            yield session
            session.commit()

    @contextmanager
    def exporting(
        self, authority: str, form: Format, progress: Progress = lambda _done, _all: None
    ) -> Iterator[Exporting]:
        """One export of an authority's entries; what hands them out records it."""
        with self._session(authority) as session:
            yield Exporting(session, authority, form, self.clock(), request_id(), progress)

    def close(self) -> None:
        """Give back the connections."""
        self.engine.dispose()

    @contextmanager
    def _session(self, authority: str | None) -> Iterator[Session]:
        with open_session(self.engine, authority, self.keys) as session:
            yield session

    def _deferring(self, session: Session) -> Defer:
        """Defer a task for an authority in the session's own transaction: it is queued if that is committed."""

        def defer(task: str, authority: str, **told: str) -> None:
            connection = session.connection().connection.driver_connection
            self.jobs.configure_task(
                task,
                queue=f"authority.{authority}",
                priority=PRIORITIES.get(task, 0),
                connection=connection,
                allow_unknown=True,
            ).defer(authority=authority, **told)

        return defer


def _unlock(
    ctx: OperatorContext,
    keystore: KeyStore,
    authorities: frozenset[str] | None,
    operate: Callable[[], AbstractContextManager[OperatorContext]],
) -> UnlockedKeys:
    """The keys of this node's authorities; KeystoreError in one line."""
    connection = ctx.session.connection()
    generation, keys = connection.execute(GENERATION).scalar_one(), load_keys(connection)
    pin_successors(keystore, keys)
    ring = unlock(keystore, authorities=authorities, keys=keys)
    unlocked = UnlockedKeys(keystore, ring, generation, operate)
    renew_by(ring, unlocked.look_again)
    return unlocked


def _require_spoken_for(ctx: OperatorContext, authorities: frozenset[str]) -> None:
    spoken_for = set(ctx.session.scalars(text("SELECT node_authorities()")))
    ctx.session.commit()
    if silent := sorted(authorities - spoken_for):
        raise StartRefused(
            f"the database login does not speak for {', '.join(silent)}, whose keys are here: "
            "give it them with `casehub db add-node` (the first node: `casehub db migrate`), or name others in "
            "CASEHUB_AUTHORITIES"
        )


def _web_secret(home: Path) -> bytes:
    """The node's secret for form tokens and for counting sign-ins: made once, 0600 in the state directory.

    Written beside and linked into place, so that no process ever reads half of it.
    """
    path = home / "secrets" / "web"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
        with suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_bytes()
