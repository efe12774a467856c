"""The three servers, Tercet between them, and one person at a client on each."""

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from contrib.demonstration.daemon import Daemon
from contrib.demonstration.script import PEOPLE
from tests.servers.clients import IrcClient, MatrixClient, Occupant
from tests.servers.inspircd import InspIRCd
from tests.servers.process import Server
from tests.servers.prosody import Prosody
from tests.servers.synapse import SERVER_NAME, Synapse

PORTAL = "lounge"
CHANNEL = "#lounge"
MUC = f"lounge@{Prosody.muc}"
ALIAS = f"#lounge:{SERVER_NAME}"


class Bed:
    """Everything the demonstration starts, in one folder; ``stop`` ends it."""

    def __init__(self, folder: Path) -> None:
        self.inspircd = InspIRCd(folder / "inspircd")
        # The daemon trusts the authority that signed the IRC server's certificate.
        trust = {"SSL_CERT_FILE": str(self.inspircd.ca_file)}
        self.tercet = Daemon(folder / "tercet", trust)
        self.prosody = Prosody(folder / "prosody")
        self.synapse = Synapse(folder / "synapse", registrations=[self.tercet.registration])
        self.anna = Occupant("alice", self.prosody.c2s_port)
        self.ben = IrcClient(PEOPLE["irc"], self.inspircd.tls_port)
        self.cleo = MatrixClient(self.synapse.url, self.synapse.user_id("carol"), "")
        self.room = ""

    @property
    def servers(self) -> list[Server]:
        """The servers of the three networks."""
        return [self.synapse, self.prosody, self.inspircd]

    def configure(self) -> None:
        """Let ``tercet init`` write the configuration, and give its secrets to the servers."""
        self.tercet.init(
            *("--xmpp", self.prosody.component),
            *("--xmpp-server", f"127.0.0.1:{self.prosody.component_port}"),
            *("--irc", f"127.0.0.1:{self.inspircd.tls_port}", "--irc-name", "irc"),
            *("--matrix", self.synapse.server_name, "--matrix-url", self.synapse.url),
        )
        self.prosody.component_secret = self.tercet.section("xmpp")["secret"]

    def start_servers(self) -> None:
        """Start all three at once."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.start(), self.servers))

    async def people_come(self) -> None:
        """Seat everybody at their client, in their room."""
        self.cleo.token = self.synapse.token("carol")
        self.ben.tls = ssl.create_default_context(cafile=str(self.inspircd.ca_file))
        await asyncio.gather(self.anna.connect(), self.ben.connect(), self.cleo.connect())
        await self.anna.join(MUC, PEOPLE["xmpp"])
        await self.ben.join(CHANNEL)
        await self.cleo.rename(PEOPLE["matrix"])
        self.room = await self.cleo.create_room("Lounge", alias="lounge")

    def link(self) -> None:
        """Link the three rooms; people of other networks get connections of their own on IRC."""
        rooms = (f"xmpp:{MUC}", f"irc:{CHANNEL}", f"matrix:{ALIAS}")
        self.tercet.link(PORTAL, rooms, "--puppets", "irc=speakers")

    async def people_leave(self) -> None:
        """Close the clients."""
        await asyncio.gather(
            self.anna.close(), self.ben.close(), self.cleo.close(), return_exceptions=True
        )

    def stop(self) -> None:
        """End everything, the daemon first."""
        self.tercet.stop()
        for server in self.servers:
            server.stop()

    def accounts(self) -> str:
        """Tell how to join with one's own clients."""
        return f"""\
Join with your own clients; everything listens on 127.0.0.1 only. NAME is alice, bob, carol or dave,
and the password is NAME-pw.
  XMPP    NAME@localhost, server 127.0.0.1 port {self.prosody.c2s_port}, no TLS; room {MUC}
          in a browser's client: ws://127.0.0.1:{self.prosody.http_port}/xmpp-websocket
  IRC     127.0.0.1 port {self.inspircd.port} (TLS: {self.inspircd.tls_port}, its authority is
          {self.inspircd.ca_file}); any nick, no account; channel {CHANNEL}
  Matrix  @NAME:{SERVER_NAME}, homeserver {self.synapse.url}; room {ALIAS}
  Tercet  {self.tercet.url}/ shows how it is; its configuration, database and log are in
          {self.tercet.folder}
          try: .venv/bin/tercet -c {self.tercet.config} status"""
