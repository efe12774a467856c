"""Prosody: virtual host, MUC with archive, and two places for external components."""

import os
import shutil
from pathlib import Path

from tests.servers import ports
from tests.servers.process import ACCOUNTS, Process, Server, ServerMissing, listens


class Prosody(Server):
    """Prosody 0.12 or 13. Clients connect without TLS; ``127.0.0.1`` and the port must be given."""

    domain = "localhost"
    muc = "muc.localhost"
    component = "bridge.localhost"
    second_component = "bridge2.localhost"

    def __init__(self, folder: Path, *, component_secret: str = "component-secret") -> None:
        super().__init__(folder)
        self.component_secret = component_secret
        self.c2s_port = ports.reserve()
        self.component_port = ports.reserve()
        self.http_port = ports.reserve()

    def start(self) -> None:
        """Start Prosody; ready after 0.2 s."""
        binary = shutil.which("prosody")
        if binary is None:
            raise ServerMissing("Prosody is missing: apt-get install prosody prosody-modules")
        for name in ACCOUNTS:
            self.register(name)
        config = self.render("prosody.cfg.lua", self.folder / "prosody.cfg.lua", self._values())
        prosody = Process("prosody", [binary, "-F", "--config", config], self.folder)
        self.processes.append(prosody)
        prosody.start(lambda: listens(self.c2s_port, self.component_port, self.http_port))

    def register(self, name: str) -> None:
        """Create the account ``NAME@localhost`` with password NAME-pw, also while running."""
        accounts = self.folder / "data" / self.domain / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        file = accounts / f"{name}.dat"
        if not file.exists():
            file.write_text(f'return {{\n\t["password"] = "{name}-pw";\n}};\n')

    def _values(self) -> dict[str, object]:
        return {
            "FOLDER": self.folder,
            "ROOT": "true" if os.getuid() == 0 else "false",
            "DOMAIN": self.domain,
            "MUC": self.muc,
            "COMPONENT": self.component,
            "SECOND_COMPONENT": self.second_component,
            "SECRET": self.component_secret,
            "C2S_PORT": self.c2s_port,
            "COMPONENT_PORT": self.component_port,
            "HTTP_PORT": self.http_port,
        }
