"""``tercet run`` and ``tercet registration``."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli.files import config_option, load_config

if TYPE_CHECKING:
    from bridge.config import Config


@click.command()
@config_option
def run() -> None:
    """Run the daemon in the foreground, until Ctrl-C or SIGTERM.

    The log goes to standard error. It says “ready” when every network has been started.
    """
    from bridge import app, log
    from bridge.admin.control import AlreadyRunning
    from bridge.config.secret import secrets_in
    from bridge.store import DatabaseRefused

    config = load_config()
    settings = [section.settings for section in config.networks.values()]
    log.configure(config.log.level, config.log.format, set(secrets_in(settings)))
    try:
        asyncio.run(app.run(config))
    except (AlreadyRunning, DatabaseRefused, OSError) as error:
        raise click.ClickException(f"{error}\n“tercet check” may tell more.") from None


@click.command()
@click.argument("network", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, readable for its owner only, instead of printing it.",
)
@config_option
def registration(network: str | None, output: Path | None) -> None:
    """Print the registration file for a Matrix homeserver.

    NETWORK is its name in the configuration, if there is more than one. The file holds secrets.
    """
    text = _registration(load_config(), network)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
    else:
        write_private(output, text)
        click.echo(f"Wrote {output}.", err=True)


def registrations(config: "Config") -> dict[str, str]:
    """Write the registrations of all networks that need one, by the network's name."""
    from bridge.model import Registered

    built = {name: section.build() for name, section in config.networks.items()}
    return {
        name: network.registration([other for other in built if other != name])
        for name, network in built.items()
        if isinstance(network, Registered)
    }


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, also if it was there before."""
    path.unlink(missing_ok=True)
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)


def _registration(config: "Config", network: str | None) -> str:
    found = registrations(config)
    if not found:
        raise click.ClickException("no network in the configuration needs a registration")
    if network is None and len(found) > 1:
        raise click.ClickException(f"say for which network: {', '.join(found)}")
    if network is not None and network not in found:
        raise click.ClickException(f"{network} needs no registration; these do: {', '.join(found)}")
    return found[network or next(iter(found))]
