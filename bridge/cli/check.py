"""``tercet check``: tries everything the daemon needs and says what to do about what fails."""

import asyncio
import errno
import os
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from msgspec.structs import asdict

from bridge.admin.client import NotRunning, ask
from bridge.admin.facade import Refused
from bridge.cli.files import config_option, json_option, load_config, print_json
from bridge.model import Finding, Probe

if TYPE_CHECKING:
    from bridge.config import Config

PROBE_SECONDS = 12.0
_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


class Line(Struct, frozen=True):
    """A finding, and what it is about: the file, the daemon, or a network by its name."""

    about: str
    finding: Finding


@click.command()
@click.option("--offline", is_flag=True, help="Only check the file; connect to nothing.")
@json_option
@config_option
def check(offline: bool, as_json: bool) -> None:
    """Check the configuration and try whether everything works.

    First every mistake in the file is named, with its line and what to write. Then each network is
    tried. Exits with 1 if anything is in error.
    """
    config = load_config(as_json)
    lines = [Line("config", finding) for finding in _file(config)]
    if not offline:
        running = _running(config)
        lines += [Line("daemon", finding) for finding in _machine(config, running is not None)]
        lines += running if running is not None else asyncio.run(_networks(config))
    _show(lines, as_json)
    raise click.exceptions.Exit(any(line.finding.level == "error" for line in lines))


def _show(lines: list[Line], as_json: bool) -> None:
    if as_json:
        print_json([{"about": line.about} | asdict(line.finding) for line in lines])
        return
    names = [" ".join(dict.fromkeys((line.about, line.finding.subject))) for line in lines]
    width = max(map(len, names))
    for line, name in zip(lines, names, strict=True):
        level = click.style(line.finding.level.ljust(8), fg=_COLOURS[line.finding.level])
        click.echo(f"{level} {name.ljust(width)}  {line.finding.text}")


def _file(config: "Config") -> Iterator[Finding]:
    """Look at the configuration as a file."""
    names = ", ".join(config.networks)
    yield Finding("file", "ok", f"{config.path} is valid; networks: {names}")
    if config.path.stat().st_mode & 0o004:
        text = f"everybody on this machine can read the secrets; run: chmod o-r {config.path}"
        yield Finding("file", "warning", text)
    if config.http.public_url is None:
        text = "links to long texts work on this machine only; set http.public_url"
        yield Finding("http", "warning", text)


def _machine(config: "Config", running: bool) -> Iterator[Finding]:
    """Look at what the daemon needs on this machine."""
    yield _database(config.database)
    yield _port(config, running)
    state = "the daemon is running" if running else "the daemon is not running"
    folder = config.socket.parent
    if running or os.access(folder, os.W_OK):
        yield Finding("control", "ok", f"{state} ({config.socket})")
    else:
        yield Finding("control", "error", f"{folder} cannot be written to; set control")


def _database(path: Path) -> Finding:
    if not path.parent.is_dir():
        return Finding("database", "error", f"there is no folder {path.parent}; make it")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        text = f"{path} cannot be written; run this as the daemon's user, or change the owner"
        return Finding("database", "error", text)
    if not path.exists():
        return Finding("database", "ok", f"{path} will be made at the first start")
    try:
        with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as database:
            database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        return Finding("database", "error", f"{path}: {error}; restore a backup")
    return Finding("database", "ok", f"{path} can be read and written")


def _port(config: "Config", running: bool) -> Finding:
    address = config.http.listen
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                text = f"cannot listen on {address}: {error.strerror}; change http.listen"
                return Finding("http", "error", text)
            if running:
                return Finding("http", "ok", f"the daemon listens on {address}")
            text = f"another program listens on {address}; stop it or change http.listen"
            return Finding("http", "error", text)
    return Finding("http", "ok", f"{address} is free")


def _running(config: "Config") -> list[Line] | None:
    """Ask the daemon how its networks are: two connections of one component cannot both be tried.
    None if it is not running."""
    try:
        status = ask(config.socket, "status", {}, lambda text: None).data
    except NotRunning:
        return None
    except Refused as refused:
        return [Line("daemon", Finding("status", "error", str(refused)))]
    return [
        Line(network["name"], Finding("connection", "ok", "connected"))
        if network["up"]
        else Line(network["name"], Finding("connection", "error", network["detail"] or "down"))
        for network in status["networks"]
    ]


async def _networks(config: "Config") -> list[Line]:
    """Try all networks at the same time."""
    tried = await asyncio.gather(*(_probe(config, name) for name in config.networks))
    return [
        Line(name, one) for name, found in zip(config.networks, tried, strict=True) for one in found
    ]


async def _probe(config: "Config", name: str) -> list[Finding]:
    network = config.networks[name].build()
    if not isinstance(network, Probe):
        return [Finding("connection", "ok", "nothing to try")]
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await network.probe()
    except TimeoutError:
        text = f"no answer within {PROBE_SECONDS:g} seconds; is the server reachable?"
    except Exception as error:
        text = f"the try itself failed ({error!r}); please report this"
    return [Finding("connection", "error", text)]
