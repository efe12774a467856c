"""Tercet as an admin runs it: ``tercet init``, ``tercet run``, ``tercet link``."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.servers import ports
from tests.servers.process import Process, Server, StartFailed

_TERCET = str(Path(sys.executable).parent / "tercet")


class Daemon(Server):
    """The daemon with the configuration that ``init`` wrote. ``environment`` is added to its own.

    In this order: ``init``, then the servers (they need its secrets), ``start``, ``link``.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(folder)
        self.environment = environment
        self.web_port = ports.reserve()
        self.url = f"http://127.0.0.1:{self.web_port}"
        self.config = folder / "config.yaml"
        self.registration = folder / "tercet-registration.yaml"

    def init(self, *flags: str) -> None:
        """Run ``tercet init``; ``flags`` say which networks there are."""
        listen = f"127.0.0.1:{self.web_port}"
        self._run("init", "--dir", str(self.folder), "--listen", listen, *flags)

    def section(self, network: str) -> dict[str, Any]:
        """Return what the configuration says of a network."""
        return dict(yaml.safe_load(self.config.read_text())["networks"][network])

    def start(self) -> None:
        """Run ``tercet run``; return when its health page is green."""
        argv = [_TERCET, "-c", str(self.config), "run"]
        daemon = Process("tercet", argv, self.folder, self.environment)
        self.processes.append(daemon)
        daemon.start(self._healthy)

    def link(self, name: str, addresses: Sequence[str], *options: str) -> None:
        """Run ``tercet link``; return when the daemon is in all rooms, at most a minute."""
        self._run("-c", str(self.config), "link", *addresses, "--name", name, *options)
        end = time.monotonic() + 60
        while True:
            shown = self._run("-c", str(self.config), "rooms", "--json")
            legs = [leg for portal in json.loads(shown) for leg in portal["legs"]]
            if len(legs) == len(addresses) and all(leg["up"] for leg in legs):
                return
            if time.monotonic() > end:
                raise StartFailed(f"Tercet is not in all rooms: {json.dumps(legs, indent=1)}")
            time.sleep(0.1)

    def _run(self, *words: str) -> str:
        run = subprocess.run([_TERCET, *words], capture_output=True, text=True)
        if run.returncode:
            raise StartFailed(f"tercet {' '.join(words)}:\n{run.stdout}{run.stderr}")
        return run.stdout

    def _healthy(self) -> bool:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False
