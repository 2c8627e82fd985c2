"""How fast entries are appended by 8 writers at once, durably: as a share of what the driver alone does with the same bytes."""

import os
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests/ furnishes the house

from parts.cases import REFERRER
from parts.furnishing import furnished
from parts.writers import ROUNDS, WRITERS, measure, prepare

from casehub.services import referrals
from tests.house import referral

OBJECTS = (1, 23)  # 23: as many as an opened case with 20 notes


def main() -> None:
    """Print a line for each length of entry."""
    title = f"{os.cpu_count()} processors for {WRITERS} writers and the server, load {os.getloadavg()[0]:.1f} at the start"
    table = Table(title=f"{title}; {ROUNDS} rounds by turns, medians", title_justify="left")
    table.add_column("of entries of ...")
    for head in ("casehub", "INSERTs", "into copies", "share", "rounds", "of copies"):
        table.add_column(head, justify="right", no_wrap=True)
    with furnished() as house:
        prepare(house)
        with house.work(REFERRER) as ctx:
            case_id = referrals.create_referral(ctx, network="psp", data=referral())
        for count in OBJECTS:
            figure = measure(house, case_id, count)
            what = f"{count} objects, {figure.length} bytes"
            (ours, same, copies), (low, high) = figure.rates, figure.shares
            rates = (f"{rate:.0f} a second" for rate in figure.rates)
            table.add_row(
                what, *rates, f"{ours / same:.2f}", f"{low:.2f} to {high:.2f}", f"{ours / copies:.2f}"
            )
            ours, same, copies = figure.busy
            busy = (f"{each * 1e6:.0f} µs" for each in figure.busy)
            table.add_row("  their processor time", *busy, f"{same / ours:.2f}", "", f"{copies / ours:.2f}")
    Console(width=None if sys.stdout.isatty() else 150).print(table)


if __name__ == "__main__":
    main()
