"""Background jobs: procrastinate tasks over the services, on one queue per authority.

A job is given ids alone, acts as the system actor of its authority and opens nothing. Killed halfway, it is done again:
every task may run twice. The composition root makes the queue's App; this room says what its tasks do.
"""

from casehub.jobs.tasks import queue_of, register
from casehub.jobs.worker import run

__all__ = ["queue_of", "register", "run"]
