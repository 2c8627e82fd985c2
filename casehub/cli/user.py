"""`casehub user add`: a login for somebody who works at an authority. The password comes from the terminal or a pipe."""

import os

import click

from casehub.cli.commands import Refused
from casehub.cli.database import reach
from casehub.config import read_config
from casehub.runtime import Runtime
from casehub.services import people

ROLES = ("staff", "reviewer", "administrator")
FUNCTIONS = ("kontaktperson", "stedfortraeder", "tovholder", "leder")


@click.group("user")
def command() -> None:
    """People who sign in."""


def _duty(
    _ctx: click.Context, _parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Each as (network, function)."""
    pairs = tuple((network, function) for network, _, function in (each.partition(":") for each in given))
    for network, function in pairs:
        if not network or function not in FUNCTIONS:
            raise click.BadParameter(
                f"write NETWORK:FUNCTION, as in psp:{FUNCTIONS[0]}; functions are {', '.join(FUNCTIONS)}"
            )
    return pairs


@command.command("add")
@click.argument("login")
@click.option("--name", required=True, help="The person's full name.")
@click.option("--title", required=True, help="What their work is called.")
@click.option("--unit", required=True, help="The unit they work in, as the organisation file names it.")
@click.option("--authority", required=True, help="The authority the unit belongs to.")
@click.option("--phone", default="", help="Where colleagues reach them.")
@click.option("--mail", default="", help="Where casehub writes to them that there is something to see.")
@click.option("--role", type=click.Choice(ROLES), default="staff", show_default=True)
@click.option(
    "--duty",
    multiple=True,
    callback=_duty,
    metavar="NETWORK:FUNCTION",
    help="What they are contact for in their unit.",
)
@click.option("--keeps-contacts", is_flag=True, help="Keeps the authority's contacts in the browser.")
@click.password_option(help="Asked for when left out, so that it stands in no history.")
def add(
    *, login: str, name: str, title: str, unit: str, authority: str, phone: str, mail: str, role: str,
    duty: tuple[tuple[str, str], ...], keeps_contacts: bool, password: str,
) -> None:  # fmt: skip
    """Add a person who signs in as LOGIN."""
    runtime = Runtime.open(reach(read_config(os.environ)))
    try:
        with runtime.work_as_operator() as ctx:
            added = people.add_staff(
                ctx,
                people.NewStaff(
                    authority=authority,
                    unit=unit,
                    login=login,
                    name=name,
                    title=title,
                    phone=phone,
                    mail=mail,
                    role=role,
                    password=password,
                    duties=[(network, unit, function) for network, function in duty],
                    keeps_contacts=keeps_contacts,
                ),
            )
    finally:
        runtime.close()
    if not added:
        raise Refused(f"{login} is there already: nothing was changed")
    click.echo(f"{login} can sign in")
