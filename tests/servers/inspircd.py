"""InspIRCd, with Atheme as its services where a test needs accounts."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import trustme

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

_FETCHED = PROJECT / ".cache" / "inspircd" / "usr" / "sbin" / "inspircd"


class InspIRCd(Server):
    """InspIRCd 3 (or 4, without services): echo-message, labels, msgid, server-time.

    Each client waits up to 1 s for 001, however fast the machine is.
    With ``services`` Atheme is linked: NickServ, SASL PLAIN and EXTERNAL, and the accounts exist.
    """

    network = "Testbed"
    server_name = "irc.testbed"
    oper = ("oper", "oper")

    def __init__(self, folder: Path, *, services: bool = False, password: str = "") -> None:
        super().__init__(folder)
        self.services = services
        self.password = password
        self.port = ports.reserve()
        self.tls_port = ports.reserve()
        self.link_port = ports.reserve()
        self.ca = trustme.CA()
        """For client certificates that the server should see."""
        self.ca_file = folder / "ca.pem"

    def start(self) -> None:
        """Start InspIRCd (ready at once) and its services (1 s the first time)."""
        binary = self._binary()
        self._write_certificates()
        config = self.render("inspircd.conf", self.folder / "inspircd.conf", self._values())
        (self.folder / "motd.txt").write_text("A server for tests.\n")
        argv: list[str | Path] = [binary, "--config", config, "--nofork", "--nopid"]
        if os.getuid() == 0:
            argv.append("--runasroot")
        inspircd = Process("inspircd", argv, self.folder)
        self.processes.append(inspircd)
        inspircd.start(self._answers)
        if self.services:
            self.start_services()

    def start_services(self) -> None:
        """Start Atheme and return when SASL is on offer and the accounts exist."""
        binary = _find("atheme-services", "apt-get install atheme-services")
        data = self.folder / "atheme"
        config = self.render("atheme.conf", data / "atheme.conf", self._values())
        argv: list[str | Path] = [
            binary,
            "-n",
            "-c",
            config,
            "-D",
            data,
            "-p",
            data / "pid",
            "-l",
            data / "log",
        ]
        atheme = Process("atheme", argv, self.folder)
        self.processes.append(atheme)
        atheme.start(self.services_linked)
        if not self._accounts_saved():
            with ThreadPoolExecutor(len(ACCOUNTS)) as pool:
                list(pool.map(self.register, ACCOUNTS))

    def stop_services(self) -> None:
        """End Atheme alone; the cap ``sasl`` goes away with it."""
        self.processes.pop().stop()

    def services_linked(self) -> bool:
        """Whether the server offers SASL now."""
        return bool(talk(self.port, [(["CAP LS 302"], r"sasl=")], limit=1.0))

    def register(self, name: str) -> None:
        """Create an account at NickServ, with password NAME-pw."""
        introduction = [f"NICK {name}", f"USER {name} 0 * :{name}"]
        if self.password:
            introduction.insert(0, f"PASS {self.password}")
        request = f"PRIVMSG NickServ :REGISTER {name}-pw {name}@example.org"
        steps = [(introduction, " 001 "), ([request], "is (now|already) registered")]
        if not talk(self.port, steps):
            raise StartFailed(f"NickServ did not register {name}")

    def _binary(self) -> Path:
        """The version that ``contrib/test`` fetched, if it had to, else the machine's."""
        return _FETCHED if _FETCHED.exists() else _find("inspircd", "apt-get install inspircd")

    def _answers(self) -> bool:
        """Whether it talks; a server with a mistake in its configuration listens, then ends."""
        listens(self.tls_port, self.link_port)
        return bool(talk(self.port, [(["CAP LS 302"], " LS ")], limit=1.0))

    def _accounts_saved(self) -> bool:
        """Whether Atheme's database, written when it ends politely, already has the accounts."""
        database = self.folder / "atheme" / "services.db"
        text = database.read_text(errors="replace") if database.exists() else ""
        return all(f" {name} " in text for name in ACCOUNTS)

    def _write_certificates(self) -> None:
        if self.ca_file.exists():
            return
        server = self.ca.issue_cert(self.server_name, "localhost", "127.0.0.1")
        self.ca.cert_pem.write_to_path(self.ca_file)
        server.private_key_pem.write_to_path(self.folder / "server.key")
        for blob in server.cert_chain_pems:
            blob.write_to_path(self.folder / "server.crt", append=True)

    def _values(self) -> dict[str, object]:
        return {
            "FOLDER": self.folder,
            "NETWORK": self.network,
            "SERVER_NAME": self.server_name,
            "MODULES": _modules(),
            "PORT": self.port,
            "TLS_PORT": self.tls_port,
            "LINK_PORT": self.link_port,
            "OPER_NAME": self.oper[0],
            "OPER_PASSWORD": self.oper[1],
            "PASSWORD": f'password="{self.password}"' if self.password else "",
        }


def _modules() -> str:
    """Where the modules of the fetched version are; the machine's own knows its place."""
    found = _FETCHED.parents[1].glob("lib/**/m_cap.so")
    return "".join(f'moduledir="{module.parent}"' for module in found)


def _find(program: str, install: str) -> Path:
    binary = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/bin")
    if binary is None:
        raise ServerMissing(f"{program} is missing: {install}")
    return Path(binary)
