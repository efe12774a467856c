"""What ``tercet init`` writes makes real servers take us, and ``tercet check`` says whether."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.setup import SNIPPETS, fill
from tests.cli.running import daemon, tercet
from tests.servers import ports
from tests.servers.inspircd import InspIRCd
from tests.servers.prosody import Prosody
from tests.servers.synapse import SERVER_NAME, Synapse

JID = "tercet.localhost"


class ToldProsody(Prosody):
    """A Prosody whose admin has put our snippet at the end of its configuration."""

    snippet = ""

    def render(self, template: str, target: Path, values: Any) -> Path:
        path = super().render(template, target, values)
        path.write_text(path.read_text() + self.snippet)
        return path


def findings(config: Path) -> list[dict[str, str]]:
    lines: list[dict[str, str]] = json.loads(tercet(config, "check", "--json").stdout)
    return lines


def errors(config: Path) -> set[str]:
    """What is in error: the networks' names, or ``daemon``."""
    return {line["about"] for line in findings(config) if line["level"] == "error"}


@pytest.fixture
def places(tmp_path: Path) -> tuple[ToldProsody, Synapse, Path]:
    """A Prosody and a Synapse that were told what init wrote; not started yet."""
    prosody = ToldProsody(tmp_path / "prosody")
    folder, port = tmp_path / "tercet", ports.reserve()
    synapse = Synapse(tmp_path / "synapse", registrations=[folder / "tercet-registration.yaml"])
    flags = {
        "xmpp": JID,
        "xmpp-server": f"127.0.0.1:{prosody.component_port}",
        "irc": "127.0.0.1:6667",
        "matrix": SERVER_NAME,
        "matrix-url": synapse.url,
        "listen": f"127.0.0.1:{port}",
    }
    written = tercet(None, "init", "-d", str(folder), *(f"--{k}={v}" for k, v in flags.items()))
    assert written.exit_code == 0, written.output
    prosody.snippet = (folder / "snippet-prosody.cfg.lua").read_text()
    return prosody, synapse, folder / "config.yaml"


def test_the_servers_take_us_as_they_were_told(
    places: tuple[ToldProsody, Synapse, Path], inspircd: InspIRCd
) -> None:
    prosody, synapse, config = places
    config.write_text(config.read_text().replace("port: 6667", f"port: {inspircd.port}"))
    try:
        prosody.start()
        synapse.start()
        assert errors(config) == set(), findings(config)
        with daemon(config):
            end = time.monotonic() + 30
            while errors(config):
                assert time.monotonic() < end, findings(config)
    finally:
        prosody.kill()
        synapse.kill()


def test_wrong_secrets_and_ports_are_found(
    places: tuple[ToldProsody, Synapse, Path],
) -> None:
    prosody, synapse, config = places
    text = config.read_text().replace("port: 6667", f"port: {ports.reserve()}")
    for setting in ("secret", "as_token"):
        text = text.replace(f'    {setting}: "', f'    {setting}: "hunter2')
    config.write_text(text)
    try:
        prosody.start()
        synapse.start()
        found = findings(config)
    finally:
        prosody.kill()
        synapse.kill()
    assert {line["about"] for line in found if line["level"] == "error"} == {
        "xmpp",
        "irc",
        "matrix",
    }
    assert "hunter2" not in str(found)


def test_every_snippet_can_be_filled_in() -> None:
    for snippets in SNIPPETS.values():
        for name in snippets:
            assert "$" not in fill(name, {"jid": "a.example", "secret": "s"})
