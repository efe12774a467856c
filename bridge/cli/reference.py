"""Writes ``docs/reference/commands.md`` from the commands: ``python -m bridge.cli.reference``."""

from collections.abc import Iterator

import click

from bridge.cli import main

_HEAD = """\
# Commands

<!-- Written by `python -m bridge.cli.reference`; do not edit. -->

Every command finds the configuration with `--config FILE` (before or after its name), else with
`TERCET_CONFIG`, else it is `config.yaml` where you are, else `/etc/tercet/config.yaml`. Commands
that talk to the running daemon do so over its control socket, which only the daemon's own user may
open. With `--json` they print data for programs.

Exit codes: 0 it worked; 1 it was refused or something is in error; 2 the command line makes no
sense; 3 the daemon is not running.

"""


def reference() -> str:
    """Write the page."""
    pages = list(_pages(main, ("tercet",)))
    names = "".join(
        f"- [{title}](#{title.replace(' ', '-')}): {about}\n" for title, about, _ in pages
    )
    return _HEAD + names + "".join(text for _, _, text in pages)


def _pages(group: click.Group, above: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    for name, command in sorted(group.commands.items()):
        path = (*above, name)
        if isinstance(command, click.Group):
            yield from _pages(command, path)
        else:
            title = " ".join(path)
            yield title, command.get_short_help_str(200), f"\n## {title}\n\n{_help(command, title)}"


def _help(command: click.Command, title: str) -> str:
    context = click.Context(
        command, info_name=title, terminal_width=96, help_option_names=["-h", "--help"]
    )
    return f"```\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    print(reference(), end="")
