"""How fast entries are appended by 8 writers at once, durably: as a share of what the driver alone does with the same bytes."""

import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts.cases import REFERRER
from parts.furnishing import furnished
from parts.writers import ROUNDS, WRITERS, prepare, rates

from casehub.services import referrals
from tests.house import referral

OBJECTS = (1, 23)  # 23: as many as an opened case with 20 notes


def main() -> None:
    """Print a line for each length of entry."""
    title = f"{os.cpu_count()} processors for {WRITERS} writers and the server, load {os.getloadavg()[0]:.1f} at the start"
    table = Table(title=f"{title}; {ROUNDS} rounds by turns, medians", title_justify="left")
    table.add_column("what")
    for head in ("entries/s", "3 INSERTs, COMMIT", "share", "rounds", "1 statement, COMMIT", "share"):
        table.add_column(head, justify="right", no_wrap=True)
    with furnished() as house:
        prepare(house)
        with house.work(REFERRER) as ctx:
            case_id = referrals.create_referral(ctx, network="psp", data=referral())
        for each in (rates(house, case_id, count) for count in OBJECTS):
            table.add_row(
                f"entries of {each.objects} objects, {each.length} bytes",
                f"{each.entries:.0f}",
                f"{each.three:.0f}",
                f"{each.entries / each.three:.2f}",
                f"{each.low:.2f} to {each.high:.2f}",
                f"{each.together:.0f}",
                f"{each.entries / each.together:.2f}",
            )
    Console(width=None if sys.stdout.isatty() else 150).print(table)


if __name__ == "__main__":
    main()
