"""The `casehub` command: each subcommand calls one service or starts one process. Exit codes: 0 done, 1 the thing
checked does not hold or cannot start, 2 wrong use or wrong settings.

What can go wrong for a person's reasons is told on standard error in one line, never as a traceback.
"""

from casehub.cli.commands import Commands

__all__ = ["main"]

main = Commands(
    name="casehub",
    help="Casework across authorities: sealed per authority, every access on record.",
    commands={},
)
