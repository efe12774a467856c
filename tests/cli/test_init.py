"""``tercet init``: what it writes is right, private, fresh, and never lost."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.cli import init as initial
from bridge.config import load
from tests.cli.running import tercet

ALL = (
    "--xmpp=bridge.example.org",
    "--irc=irc.libera.chat:6697",
    "--irc-nick=relay",
    "--matrix=example.org",
    "--public-url=https://tercet.example.org",
)
FILES = {
    "config.yaml",
    "snippet-ejabberd.yml",
    "snippet-prosody.cfg.lua",
    "snippet-synapse.yaml",
    "tercet-registration.yaml",
}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_flags_are_enough_for_everything(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    result = tercet(None, "init", "--dir", str(folder), *ALL)
    assert result.exit_code == 0, result.output
    assert names(folder) == FILES
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())

    config = load(folder / "config.yaml")
    xmpp, irc, matrix = (config.networks[name].settings for name in ("xmpp", "libera", "matrix"))
    settings: Any = xmpp
    secret = settings.secret.get_secret_value()
    assert settings.jid == "bridge.example.org"
    assert f'"{secret}"' in (folder / "snippet-prosody.cfg.lua").read_text()
    assert secret in (folder / "snippet-ejabberd.yml").read_text()
    settings = irc
    assert (settings.servers[0].host, settings.servers[0].tls) == ("irc.libera.chat", True)
    assert settings.nick == "relay"
    settings = matrix
    registration = yaml.safe_load((folder / "tercet-registration.yaml").read_text())
    assert registration["as_token"] == settings.as_token.get_secret_value()
    assert registration["hs_token"] == settings.hs_token.get_secret_value()
    assert registration["url"] == "http://127.0.0.1:8090"
    assert len({secret, registration["as_token"], registration["hs_token"]}) == 3
    assert config.http.url == "https://tercet.example.org"
    assert secret not in result.output


def test_it_says_what_to_do_next(tmp_path: Path) -> None:
    output = tercet(None, "init", "--dir", str(tmp_path), *ALL).output
    config = tmp_path / "config.yaml"
    assert f"tercet -c {config} check" in output
    assert "link xmpp:den@muc.example.org libera:#den matrix:#den:example.org" in output
    assert str(tmp_path / "snippet-prosody.cfg.lua") in output
    assert [line[:2] for line in output.splitlines() if re.match(r"\d", line)] == [
        f"{number}." for number in range(1, 8)
    ]


def test_nothing_is_overwritten_unless_forced(tmp_path: Path) -> None:
    arguments = ("init", "--dir", str(tmp_path), *ALL)
    assert tercet(None, *arguments).exit_code == 0
    first = (tmp_path / "config.yaml").read_text()
    refused = tercet(None, *arguments)
    assert refused.exit_code == 1
    assert "would be overwritten" in refused.stderr
    assert (tmp_path / "config.yaml").read_text() == first
    assert tercet(None, *arguments, "--force").exit_code == 0
    assert (tmp_path / "config.yaml").read_text() != first
    assert names(tmp_path) == FILES


def test_only_the_networks_that_are_named_are_written(tmp_path: Path) -> None:
    result = tercet(None, "init", "--dir", str(tmp_path), "--irc=127.0.0.1:6667", "--irc-name=lan")
    assert result.exit_code == 0, result.output
    assert names(tmp_path) == {"config.yaml"}
    settings: Any = load(tmp_path / "config.yaml").networks["lan"].settings
    assert (settings.servers[0].port, settings.servers[0].tls) == (6667, False)


def test_a_wrong_answer_leaves_nothing_behind(tmp_path: Path) -> None:
    result = tercet(None, "init", "--dir", str(tmp_path), "--xmpp=no domain", "--listen=here")
    assert result.exit_code == 1
    assert "networks.xmpp.jid" in result.stderr
    assert "http.listen" in result.stderr
    assert names(tmp_path) == set()


def test_without_flags_and_terminal_it_says_what_it_needs(tmp_path: Path) -> None:
    result = tercet(None, "init", "--dir", str(tmp_path))
    assert result.exit_code == 1
    assert "name --xmpp, --irc or --matrix" in result.stderr


def test_on_a_terminal_it_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initial, "_on_a_terminal", lambda: True)
    answers = "bridge.example.org\n\nexample.org\n127.0.0.1:5348\n\n\n"
    result = tercet(None, "init", "--dir", str(tmp_path), input=answers)
    assert result.exit_code == 0, result.output
    config = load(tmp_path / "config.yaml")
    assert config.networks.keys() == {"xmpp", "matrix"}
    settings: Any = config.networks["xmpp"].settings
    assert settings.server == "127.0.0.1:5348"


@pytest.mark.parametrize(
    ("server", "name"),
    [
        ("irc.libera.chat", "libera"),
        ("irc.libera.chat:6697", "libera"),
        ("localhost", "localhost"),
        ("127.0.0.1:6667", "irc"),
        ("irc.matrix.org", "irc"),
    ],
)
def test_an_irc_network_gets_a_short_name(server: str, name: str) -> None:
    assert initial._short_name(server) == name
