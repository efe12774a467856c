"""Runs the benchmarks that are asked for, one after the other."""

import asyncio
import importlib
import json
import sys
import tempfile
from pathlib import Path

import click

from tests.benchmarks import machine, report
from tests.benchmarks.figures import Section

NAMES = ("journal", "core", "portals", "memory", "directions", "sustained", "members")
"""In the order in which they run. Each is a module here with an async ``measure(folder, quick)``,
whose docstring says what it measures."""


def _help() -> str:
    lines = ["\b"]
    for name in NAMES:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        lines.append(f"{name:<11} {(module.__doc__ or '').splitlines()[0]}")
    return "\n".join(lines)


def run(name: str, quick: bool) -> Section:
    """Run one benchmark in a folder and an event loop of its own."""
    module = importlib.import_module(f"tests.benchmarks.{name}")
    with tempfile.TemporaryDirectory(prefix=f"tercet-{name}-") as folder:
        section: Section = asyncio.run(module.measure(Path(folder), quick))
    return section


@click.command(epilog=_help())
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(NAMES))
@click.option("--quick", is_flag=True, help="Small sizes, for a look; the figures are rough.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of tables.")
def main(names: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Measure Tercet beside the servers and libraries it stands on (all, or those named)."""
    here = machine.describe()
    click.echo(machine.in_words(here) + "\n", err=as_json)
    sections = []
    for name in names or NAMES:
        click.echo(f"... {name}", err=True)
        sections.append(run(name, quick))
        if not as_json:
            click.echo(report.as_text(sections[-1]))
    if as_json:
        json.dump(report.as_data(here, sections), sys.stdout, indent=2)


if __name__ == "__main__":
    main()
