"""The daemon itself as a server among the others: its own process, configured for loopback."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.servers.inspircd import InspIRCd
from tests.servers.process import PROJECT, Process, Server
from tests.servers.prosody import Prosody
from tests.servers.synapse import Synapse


class Tercet(Server):
    """``tercet run`` in a process of its own. ``start`` returns when it is ready."""

    def __init__(self, folder: Path, networks: Mapping[str, Any], port: int, **settings: Any):
        super().__init__(folder)
        self.port = port
        self.config = folder / "config.yaml"
        text = {
            "database": "tercet.db",
            "http": {"listen": f"127.0.0.1:{port}"},
            "networks": dict(networks),
            **settings,
        }
        self.config.write_text(yaml.safe_dump(text, sort_keys=False))

    def start(self) -> None:
        """Start the daemon; ready when its health page says so."""
        argv = [sys.executable, "-m", "bridge.cli", "run", "--config", self.config]
        process = Process("tercet", argv, self.folder, {"PYTHONPATH": str(PROJECT)})
        self.processes.append(process)
        process.start(lambda: self.get("/healthz").get("ready") is True)

    def get(self, path: str) -> Any:
        """Read a page of the daemon as JSON. Raises ``OSError``."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return json.load(answer)

    def command(self, *words: str) -> Any:
        """Run a ``tercet`` command against the daemon; return its JSON."""
        argv = [sys.executable, "-m", "bridge.cli", *words, "--config", str(self.config), "--json"]
        done = subprocess.run(argv, capture_output=True, text=True, cwd=PROJECT, timeout=60)
        if done.returncode:
            raise RuntimeError(f"tercet {' '.join(words)}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    @property
    def log(self) -> str:
        """Everything it has logged."""
        return (self.folder / "tercet.out").read_text(errors="replace")


def xmpp_section(prosody: Prosody, **more: Any) -> dict[str, Any]:
    """Configure the XMPP network for a Prosody."""
    return {
        "kind": "xmpp",
        "jid": prosody.component,
        "server": f"127.0.0.1:{prosody.component_port}",
        "secret": prosody.component_secret,
        **more,
    }


def irc_section(inspircd: InspIRCd, **more: Any) -> dict[str, Any]:
    """Configure an IRC network for an InspIRCd, without flood protection."""
    return {
        "kind": "irc",
        "servers": [{"host": "127.0.0.1", "port": inspircd.port, "tls": False}],
        "flood": {"burst": 1000, "rate": 0},
        "reconnect": [2],
        **more,
    }


def matrix_section(synapse: Synapse, **more: Any) -> dict[str, Any]:
    """Configure the Matrix network for a Synapse."""
    return {
        "kind": "matrix",
        "url": synapse.url,
        "server_name": synapse.server_name,
        "as_token": synapse.as_token,
        "hs_token": synapse.hs_token,
        **more,
    }
