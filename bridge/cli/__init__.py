"""The command ``tercet``. What talks to the running daemon is made from ``bridge.admin.commands``;
everything heavy is imported by the command that needs it.
"""

from pathlib import Path

import click

from bridge import __version__
from bridge.cli import check, init, run
from bridge.cli.daemon import add_commands
from bridge.cli.files import CONFIG


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="Begin with: tercet init, tercet check, tercet run; then tercet link.",
)
@click.option(
    "-c",
    "--config",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="TERCET_CONFIG",
    help="The configuration; without it ./config.yaml, else /etc/tercet/config.yaml.",
)
@click.version_option(__version__, "-V", "--version", message="tercet %(version)s")
@click.pass_context
def main(context: click.Context, path: Path | None) -> None:
    """Tercet joins XMPP rooms, IRC channels and Matrix rooms into one conversation."""
    if path is not None:
        context.meta[CONFIG] = path


@main.command()
def version() -> None:
    """Print the version."""
    click.echo(f"tercet {__version__}")


for command in (init.init, check.check, run.run, run.registration):
    main.add_command(command)
add_commands(main)
