"""Makes a command line of the admin's command table: each asks the daemon over its socket."""

from pathlib import Path
from textwrap import indent
from typing import Any

import click

from bridge.admin.answers import draw
from bridge.admin.client import NotRunning, ask
from bridge.admin.commands import COMMANDS, Argument, Command
from bridge.admin.facade import Refused
from bridge.admin.linking import CHOICES, spelled
from bridge.cli.files import config_option, config_path, json_option, print_json

NOT_RUNNING = 3
"""The exit code when there is no daemon to ask."""

_GROUPS = {"queue": "Deal with what waits for rooms that cannot be reached."}


def add_commands(main: click.Group) -> None:
    """Add every command of the table; those of two words go into groups."""
    groups = {name: click.Group(name, help=text) for name, text in _GROUPS.items()}
    for command in COMMANDS.values():
        group, _, name = command.name.rpartition(" ")
        (groups[group] if group else main).add_command(_made(command, name))
    for made in groups.values():
        main.add_command(made)


def socket_of(config: Path) -> Path:
    """Read from a configuration, without checking it, where its daemon's socket is."""
    import yaml

    try:
        data = yaml.load(config.read_text("utf-8"), yaml.CSafeLoader)
        database = str(data.get("database", "tercet.db"))
        control = data.get("control") or Path(database).with_suffix(".sock")
    except FileNotFoundError:
        raise click.ClickException(
            f"there is no {config}; say where the configuration is with --config"
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, ValueError):
        raise click.ClickException(f"{config} cannot be read; try “tercet check”") from None
    return config.absolute().parent / Path(control).expanduser()


def _made(command: Command, name: str) -> click.Command:
    def callback(as_json: bool, **given: Any) -> None:
        _ask(command, given, as_json)

    made = click.Command(
        name,
        callback=callback,
        params=[_parameter(argument) for argument in command.arguments],
        help=f"{command.summary}\n\n{command.details}",
        short_help=command.summary,
        epilog=f"\b\nExample:\n{indent(command.example, '  ')}" if command.example else None,
    )
    for option in (json_option, config_option):
        option(made)
    return made


def _parameter(argument: Argument) -> click.Parameter:
    kind = click.Path(resolve_path=True) if argument.kind == "path" else click.STRING
    if not argument.option:
        name = "ADDRESS..." if argument.many else argument.name.upper()
        return click.Argument(
            [argument.name],
            type=kind,
            required=not argument.optional,
            nargs=-1 if argument.many else 1,
            metavar=f"[{name}]" if argument.optional else name,
        )
    value = "|".join(CHOICES.get(argument.name, (argument.name.upper(),)))
    return click.Option(
        [spelled(argument.name), argument.name],
        type=kind,
        multiple=argument.many,
        metavar=f"[NETWORK=]{value}" if argument.many else value,
        help=f"{argument.summary[0].upper()}{argument.summary[1:]}.",
    )


def _ask(command: Command, given: dict[str, Any], as_json: bool) -> None:
    def progress(text: str) -> None:
        click.echo(text, err=as_json)

    arguments = {name: value for name, value in given.items() if value not in (None, ())}
    try:
        answer = ask(socket_of(config_path()), command.name, arguments, progress)
    except Refused as refused:
        _fail(str(refused), as_json, 1)
    except NotRunning as absent:
        _fail(str(absent), as_json, NOT_RUNNING)
    else:
        print_json(answer.data) if as_json else click.echo(draw(answer))


def _fail(text: str, as_json: bool, code: int) -> None:
    if as_json:
        print_json({"error": text})
    else:
        click.echo(f"Error: {text}", err=True)
    raise click.exceptions.Exit(code)
