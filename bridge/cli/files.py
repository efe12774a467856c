"""Finds the configuration for a command and says what is wrong with it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import msgspec

if TYPE_CHECKING:
    from bridge.config import Config, ConfigInvalid

CONFIG = "tercet.config"
_SYSTEM = Path("/etc/tercet/config.yaml")


def config_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--config`` to a command; it may as well stand before the command's name."""
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        expose_value=False,
        callback=_remember,
        help="The configuration.",
    )(function)


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print data for programs instead of text."
)


def config_path() -> Path:
    """Return where the configuration is, or should be."""
    chosen: Path | None = click.get_current_context().meta.get(CONFIG)
    if chosen is not None:
        return chosen
    here = Path("config.yaml")
    return here if here.exists() or not _SYSTEM.exists() else _SYSTEM


def load_config(as_json: bool = False) -> "Config":
    """Load the configuration, or print every mistake in it and exit with 1."""
    from bridge.config import ConfigInvalid, load

    try:
        return load(config_path())
    except ConfigInvalid as invalid:
        _report(invalid, as_json)


def print_json(data: Any) -> None:
    """Print data as JSON that is good to read as well."""
    click.echo(msgspec.json.format(msgspec.json.encode(data), indent=2).decode())


def _remember(context: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[CONFIG] = value


def _report(invalid: "ConfigInvalid", as_json: bool) -> NoReturn:
    if as_json:
        print_json({"config": str(invalid.path), "problems": invalid.problems})
        raise click.exceptions.Exit(1)
    count = len(invalid.problems)
    click.echo(f"{invalid.path}: {count} mistake{'s' * (count > 1)}", err=True)
    for problem in invalid.problems:
        where = click.style(problem.where, bold=True) + " " if problem.where else ""
        click.echo(f"  line {problem.line:<4} {where}{problem.what}", err=True)
        if problem.remedy:
            click.echo(f"            → {problem.remedy}", err=True)
    raise click.exceptions.Exit(1)
