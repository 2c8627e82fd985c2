"""A node's login can defer jobs, in the transaction of what they follow from, and work them off."""

import asyncio

from procrastinate import App, PsycopgConnector
from psycopg import AsyncConnection, connect

from tests.databases import Database


def test_the_app_login_defers_and_works(database: Database):
    done: list[int] = []
    asyncio.run(_defer_and_work(database.app_url, done))
    assert done == [2]
    with connect(database.app_url) as connection:
        status = connection.execute("SELECT status, args FROM procrastinate_jobs").fetchall()
    assert status == [("succeeded", {"number": 2})]


async def _defer_and_work(url: str, done: list[int]) -> None:
    app = App(connector=PsycopgConnector(conninfo=url))

    @app.task(queue="politi", name="note")
    async def note(number: int) -> None:
        done.append(number)

    async with app.open_async():
        async with await AsyncConnection.connect(url) as connection:
            await note.configure(connection=connection).defer_async(number=1)
            await connection.rollback()
        async with await AsyncConnection.connect(url) as connection:
            await note.configure(connection=connection).defer_async(number=2)
        await app.run_worker_async(queues=["politi"], wait=False, install_signal_handlers=False)
