"""``tercet init``: writes a configuration with fresh secrets, and what the servers must be told."""

import json
import re
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli.run import registrations, write_private
from bridge.cli.setup import SNIPPETS, fill

if TYPE_CHECKING:
    from bridge.config import Config

_REGISTRATION = "tercet-registration.yaml"

Values = dict[str, str]


@click.command()
@click.option(
    "-d",
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Where to write the files, else here. It is made if there is none.",
)
@click.option("--xmpp", metavar="JID", help="The component's domain: bridge.example.org.")
@click.option("--xmpp-server", default="127.0.0.1:5347", show_default=True, metavar="HOST:PORT")
@click.option("--irc", metavar="HOST[:PORT]", help="An IRC server: irc.libera.chat.")
@click.option("--irc-name", metavar="NAME", help="What to call it: libera.")
@click.option("--irc-nick", default="tercet", show_default=True, metavar="NICK")
@click.option("--matrix", metavar="DOMAIN", help="The homeserver's name: example.org.")
@click.option("--matrix-url", default="http://127.0.0.1:8008", show_default=True, metavar="URL")
@click.option("--listen", default="127.0.0.1:8090", show_default=True, metavar="HOST:PORT")
@click.option("--public-url", metavar="URL", help="How people reach our web server from outside.")
@click.option("--database", default="tercet.db", show_default=True, metavar="FILE")
@click.option("--force", is_flag=True, help="Overwrite files, and the secrets in them.")
def init(folder: Path, force: bool, **given: str | None) -> None:
    """Write a configuration, and the snippets for your servers.

    Asks for what it needs, unless --xmpp, --irc or --matrix say it. The secrets are new and random.
    """
    values = {name: value or "" for name, value in given.items()}
    if not any(values[kind] for kind in ("xmpp", "irc", "matrix")):
        values |= _asked(values)
    sections = _sections(values)
    if not sections:
        raise click.ClickException("nothing to join: name --xmpp, --irc or --matrix")
    files = _snippets(sections)
    _refuse_to_overwrite(folder, [*files, "config.yaml", *_registration_of(sections)], force)
    folder.mkdir(parents=True, exist_ok=True)
    config = _write_config(folder, _config_text(values, sections))
    for text in registrations(config).values():
        files[_REGISTRATION] = text
    for name, text in files.items():
        write_private(folder / name, text)
    click.echo(_next_steps(folder, sections, values))


def _asked(defaults: Values) -> Values:
    """Ask for everything; an empty answer leaves a network out."""
    if not _on_a_terminal():
        return {}
    click.echo("Press Enter for what stands in brackets, or to leave a network out.\n")
    answers = {
        "xmpp": _ask("XMPP: domain for the component, such as bridge.example.org"),
        "irc": _ask("IRC: server, such as irc.libera.chat"),
        "matrix": _ask("Matrix: name of the homeserver, such as example.org"),
    }
    if answers["xmpp"]:
        answers["xmpp_server"] = _ask("XMPP: component port", defaults["xmpp_server"])
    if answers["irc"]:
        answers["irc_nick"] = _ask("IRC: nick of the bridge", defaults["irc_nick"])
    if answers["matrix"]:
        answers["matrix_url"] = _ask("Matrix: address of its client API", defaults["matrix_url"])
    answers["public_url"] = _ask("How people reach our web server (https://…)")
    return answers


def _on_a_terminal() -> bool:
    return sys.stdin.isatty()


def _ask(question: str, default: str = "") -> str:
    answer: str = click.prompt(question, default=default, show_default=bool(default))
    return answer.strip()


def _sections(values: Values) -> dict[str, Values]:
    """Work out the section of every network that was asked for, by its kind."""
    sections: dict[str, Values] = {}
    if values["xmpp"]:
        sections["xmpp"] = {
            "jid": values["xmpp"],
            "secret": secrets.token_urlsafe(32),
            "server": values["xmpp_server"],
        }
    if values["irc"]:
        name = values["irc_name"] or _short_name(values["irc"])
        servers = _servers(values["irc"])
        sections["irc"] = {"name": name, "servers": servers, "nick": values["irc_nick"]}
    if values["matrix"]:
        sections["matrix"] = {
            "url": values["matrix_url"],
            "server_name": values["matrix"],
            "address": f"http://{values['listen'].replace('0.0.0.0', '127.0.0.1')}",
            "as_token": secrets.token_urlsafe(32),
            "hs_token": secrets.token_urlsafe(32),
        }
    return sections


def _short_name(server: str) -> str:
    """Call ``irc.libera.chat:6697`` libera."""
    labels = server.rpartition(":")[0] or server
    parts = labels.lower().split(".")
    name = re.sub(r"[^a-z0-9-]", "", parts[-2] if len(parts) > 1 else parts[0])
    return name if re.match("[a-z]", name) and name not in ("xmpp", "matrix") else "irc"


def _servers(server: str) -> str:
    """Write the list of servers. Port 6667 is plain on every network; all else is TLS."""
    host, colon, port = server.rpartition(":")
    if colon and port == "6667":
        return f"[{{host: {json.dumps(host)}, port: 6667, tls: false}}]"
    return f"[{json.dumps(server)}]"


def _config_text(values: Values, sections: Mapping[str, Values]) -> str:
    public = values["public_url"]
    head = {
        "database": json.dumps(values["database"]),
        "listen": json.dumps(values["listen"]),
        "public_url": f"  public_url: {json.dumps(public)}\n"
        if public
        else "  # How people reach it from outside, for links to long texts:\n"
        "  # public_url: https://tercet.example.org\n",
    }
    bare = ("name", "servers")
    parts = [fill("config.yaml", head)]
    for kind, section in sections.items():
        quoted = {key: v if key in bare else json.dumps(v) for key, v in section.items()}
        parts.append(fill(f"{kind}.yaml", quoted))
    return "".join(parts)


def _snippets(sections: Mapping[str, Values]) -> dict[str, str]:
    """Fill in what the servers must be told, by the name of the file."""
    return {
        f"snippet-{name}": fill(name, section)
        for kind, section in sections.items()
        for name in SNIPPETS.get(kind, ())
    }


def _registration_of(sections: Mapping[str, Values]) -> list[str]:
    return [_REGISTRATION] if "matrix" in sections else []


def _refuse_to_overwrite(folder: Path, names: list[str], force: bool) -> None:
    there = [str(folder / name) for name in names if (folder / name).exists()]
    if there and not force:
        raise click.ClickException(
            f"{', '.join(there)} would be overwritten; use --force, or another --dir"
        )


def _write_config(folder: Path, text: str) -> "Config":
    """Put a configuration in its place only if it is right."""
    from bridge.config import ConfigInvalid, load

    path = folder / "config.yaml.new"
    write_private(path, text)
    try:
        config = load(path)
    except ConfigInvalid as invalid:
        path.unlink()
        problems = "\n".join(f"  {problem}" for problem in invalid.problems)
        raise click.ClickException(f"these answers cannot be used:\n{problems}") from None
    path.replace(folder / "config.yaml")
    return config


def _next_steps(folder: Path, sections: Mapping[str, Values], values: Values) -> str:
    steps = [f"Wrote {folder / 'config.yaml'}: have a look at it."]
    if "xmpp" in sections:
        steps.append(
            f"XMPP: tell your server of the component {values['xmpp']}, as\n"
            f"   {folder / 'snippet-prosody.cfg.lua'} says, or {folder / 'snippet-ejabberd.yml'}."
        )
    if "matrix" in sections:
        steps.append(
            f"Matrix: give {folder / _REGISTRATION} to your homeserver, as\n"
            f"   {folder / 'snippet-synapse.yaml'} says."
        )
    if "irc" in sections:
        name = sections["irc"]["name"]
        steps.append(
            f"IRC: the network is called {name} here. Ask the channel's operators before you link\n"
            "   it, and see docs/link-rooms.md for what they may have to set."
        )
    example = " ".join(
        {"xmpp": "xmpp:den@muc.example.org", "matrix": "matrix:#den:example.org"}.get(
            kind, f"{section.get('name')}:#den"
        )
        for kind, section in sections.items()
    )
    config = "" if folder == Path() else f" -c {folder / 'config.yaml'}"
    steps.append(f"Try everything:    tercet{config} check")
    steps.append(f"Start the daemon:  tercet{config} run")
    steps.append(f"Link your rooms:   tercet{config} link {example}")
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
