"""Ergo: the second IRC server, with CHATHISTORY, multiline and UTF-8 only."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers import ports
from tests.servers.dialogue import talk
from tests.servers.process import (
    ACCOUNTS,
    PROJECT,
    Process,
    Server,
    ServerMissing,
    StartFailed,
    listens,
)


class Ergo(Server):
    """Ergo 2.15 (Debian 13's ``ergochat``). Accounts survive a restart; history is in memory."""

    network = "Ergo"
    server_name = "ergo.testbed"
    oper = ("oper", "oper")

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = ports.reserve()
        self.websocket_port = ports.reserve()

    def start(self) -> None:
        """Start Ergo; ready after 0.2 s."""
        binary = _find()
        values = {
            "FOLDER": self.folder,
            "NETWORK": self.network,
            "SERVER_NAME": self.server_name,
            "PORT": self.port,
            "WEBSOCKET_PORT": self.websocket_port,
            "OPER_NAME": self.oper[0],
            "OPER_HASH": _hash(binary, self.oper[1]),
        }
        config = self.render("ergo.yaml", self.folder / "ergo.yaml", values)
        first = not (self.folder / "ircd.db").exists()
        if first:
            initialise: list[str | Path] = [binary, "initdb", "--conf", config]
            subprocess.run(initialise, check=True, capture_output=True)
        ergo = Process("ergo", [binary, "run", "--conf", config], self.folder)
        self.processes.append(ergo)
        ergo.start(lambda: listens(self.port))
        if first:
            for name in ACCOUNTS:
                self.register(name)

    def register(self, name: str) -> None:
        """Create an account with password NAME-pw."""
        steps = [
            (["CAP REQ :draft/account-registration"], " ACK "),
            (
                [f"NICK {name}", f"USER {name} 0 * :{name}", f"REGISTER {name} * {name}-pw"],
                "REGISTER SUCCESS|ACCOUNT_EXISTS",
            ),
        ]
        if not talk(self.port, steps):
            raise StartFailed(f"Ergo did not register {name}")


def _find() -> str:
    own = PROJECT / ".cache" / "ergo" / "usr" / "bin" / "ergochat"
    binary = os.environ.get("ERGOCHAT") or (str(own) if own.exists() else shutil.which("ergochat"))
    if binary is None:
        raise ServerMissing("Ergo is missing: ./contrib/test --setup fetches it into .cache/ergo")
    return binary


def _hash(binary: str, password: str) -> str:
    entered = f"{password}\n{password}\n"
    argv = [binary, "genpasswd"]
    shown = subprocess.run(argv, input=entered, text=True, capture_output=True, check=True)
    return shown.stdout.split()[-1]
