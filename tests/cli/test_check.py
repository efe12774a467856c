"""``tercet check``: what is wrong with the file, and what does not work."""

import json
import socket
from pathlib import Path

import pytest

from bridge.cli import check as checking
from bridge.model import Finding
from protocols.loopback.network import LoopbackNetwork
from tests.cli.running import daemon, tercet, tercet_json, write_config


def findings(config: Path) -> dict[str, str]:
    """What is found about each subject, as its level."""
    output = json.loads(tercet(config, "check", "--json").stdout)
    return {f"{line['about']} {line['subject']}": line["level"] for line in output}


def test_all_is_well_on_a_free_machine(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    assert findings(config) == {
        "config file": "ok",
        "config http": "warning",
        "daemon database": "ok",
        "daemon http": "ok",
        "daemon control": "ok",
        "one connection": "ok",
        "two connection": "ok",
    }
    assert "ok       one connection   nothing to try" in tercet(config, "check").output


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    config = write_config(tmp_path, "  one: {kind: lopback}\n  Two: {}\nlog: {level: loud}\n")
    result = tercet(config, "check")
    assert result.exit_code == 1
    assert "4 mistakes" in result.stderr
    assert "line 3    networks.one.kind" in result.stderr
    assert "→ did you mean 'loopback'?" in result.stderr
    problems = json.loads(tercet(config, "check", "--json").stdout)["problems"]
    assert [problem["line"] for problem in problems] == [3, 4, 4, 5]


EIGHT = """\
databse: tercet.db
http: {listen: 8090}
networks:
  xmpp:
    kind: xmpp
    jid: a@b.example.org
    secret: {file: /nowhere/secret}
  irc:
    kind: irc
    servers: [irc.example.org]
    nick: tercet
    nick: other
    sasl: {mechanism: PLAIN, pasword: hunter2}
  matrix:
    kind: matrx
  second:
    kind: matrix
    url: example.org
    server_name: example.org
    as_token: hunter2-hunter2
"""


def test_eight_mistakes_in_one_file_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(EIGHT)
    result = tercet(tmp_path / "config.yaml", "check")
    assert result.exit_code == 1
    for line, setting in {
        1: "databse",
        2: "http.listen",
        6: "networks.xmpp.jid",
        7: "networks.xmpp.secret",
        12: "networks.irc.nick",
        13: "networks.irc.sasl.pasword",
        15: "networks.matrix.kind",
        16: "networks.second.hs_token",
        18: "networks.second.url",
    }.items():
        assert f"line {line:<4} {setting} " in result.stderr
    assert result.stderr.startswith(f"{tmp_path}/config.yaml: 9 mistakes\n")
    assert "hunter2" not in result.output


def test_two_networks_may_not_be_the_same_place(tmp_path: Path) -> None:
    xmpp = "kind: xmpp, jid: b.example.org, secret: s"
    config = write_config(tmp_path, f"  one: {{{xmpp}}}\n  two: {{{xmpp}}}\n")
    assert "networks.two.jid is the same as in networks.one" in tercet(config, "check").stderr


def test_offline_nothing_but_the_file_is_checked(tmp_path: Path) -> None:
    assert {
        line["about"] for line in tercet_json(write_config(tmp_path), "check", "--offline")
    } == {"config"}


def test_a_file_with_secrets_for_everybody_is_a_warning(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    config.chmod(0o644)
    assert "chmod o-r" in tercet(config, "check", "--offline").output


def test_a_port_in_other_hands_is_an_error(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    port = int(config.read_text().split("127.0.0.1:")[1].split("'")[0])
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        result = tercet(config, "check")
    assert result.exit_code == 1
    assert "another program listens" in result.output


def test_a_missing_folder_and_a_broken_database_are_errors(tmp_path: Path) -> None:
    config = write_config(tmp_path, "  one: {kind: loopback}\ndatabase: none/x.db\n")
    assert findings(config)["daemon database"] == "error"
    config = write_config(tmp_path)
    (tmp_path / "tercet.db").write_bytes(b"this is no database" * 100)
    assert findings(config)["daemon database"] == "error"


def test_a_running_daemon_is_asked_instead_of_disturbed(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    with daemon(config):
        output = tercet(config, "check").output
        assert "the daemon is running" in output
        assert "the daemon listens on" in output
        assert findings(config).keys() >= {"one connection", "two connection"}


def test_what_a_network_finds_is_shown_and_its_failure_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def probe(network: LoopbackNetwork) -> list[Finding]:
        if network.name == "one":
            raise ZeroDivisionError
        return [Finding("two", "warning", "no certificate; ask for one")]

    monkeypatch.setattr(LoopbackNetwork, "probe", probe, raising=False)
    result = tercet(write_config(tmp_path), "check")
    assert result.exit_code == 1
    assert "the try itself failed (ZeroDivisionError())" in result.output
    assert "warning  two              no certificate; ask for one" in result.output


def test_a_network_that_does_not_answer_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def probe(network: LoopbackNetwork) -> list[Finding]:
        import asyncio

        await asyncio.Event().wait()
        return []

    monkeypatch.setattr(LoopbackNetwork, "probe", probe, raising=False)
    monkeypatch.setattr(checking, "PROBE_SECONDS", 0.05)
    assert "no answer within 0.05 seconds" in tercet(write_config(tmp_path), "check").output
