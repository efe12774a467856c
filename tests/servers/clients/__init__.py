"""Small real clients of the three networks, for tests, the demo and the benchmarks."""

from tests.servers.clients.irc import IrcClient
from tests.servers.clients.matrix import MatrixClient
from tests.servers.clients.transcript import Said, Transcript
from tests.servers.clients.xmpp import Occupant

__all__ = ["IrcClient", "MatrixClient", "Occupant", "Said", "Transcript"]
