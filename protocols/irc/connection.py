"""One IRC connection: pydle's client for the conversation with the server (registration,
capabilities, signs of life), hardened, and without its private copies of channels and users.

What pydle 1.2.0 gets wrong, and is replaced here (design notes, "Measured faults"): CAP LS in
several lines; capabilities it never asks for; one task for each line, so that lines overtake each
other; a read loop that dies unnoticed; NICK storms; characters counted instead of bytes; WHOIS for
every nick; ISUPPORT values that make it raise.
A connection object serves one connection; ``Session`` makes the next.
"""

import asyncio
import logging
import ssl
from collections.abc import Coroutine
from typing import Any, Protocol

import pydle
from pydle.features.ircv3.cap import NEGOTIATING, CapabilityNegotiationSupport

from bridge.model import Unavailable
from protocols.irc import caps
from protocols.irc.decode import Line
from protocols.irc.encode import line as encode_line
from protocols.irc.modes import Traits, traits
from protocols.irc.sasl import PIECE, Conversation, Credentials, SaslFailed, joined, pieces
from protocols.irc.wire import Wire

log = logging.getLogger(__name__)

_KEPT = (
    "owner", "ready", "caps", "traits", "tokens", "wire", "connection", "logged_in", "nickname",
    "network", "logger", "registered", "encoding", "_handler_top_level",
)  # fmt: skip
"""What a registered connection still needs of itself."""
_NUMERICS = "001 004 005 376 422 410 421 432 433 436 437 465 902 903 904 905 906 907 908"
FOR_PYDLE = frozenset(("CAP", "AUTHENTICATE", "PING", "ERROR", *_NUMERICS.split()))
"""Commands that are part of the conversation with the server; all else is for the session."""


_MOST_PIECES = 20
"""Of one challenge of a server."""


class Owner(Protocol):
    """Whose connection it is."""

    login: Credentials | None
    login_required: bool

    def receive(self, lines: list[bytes]) -> None:
        """Take lines as they come; ``feed`` gives back what is the connection's."""

    def next_nick(self, refused: str, numeric: str) -> str | None:
        """Return what to try after a nick was refused; None: give up."""

    def announced(self) -> None:
        """The server has announced other traits."""

    def lost(self, reason: str) -> None:
        """The connection is over."""


class _Message:
    """A line in the form of pydle's messages."""

    __slots__ = ("_raw", "_valid", "command", "params", "source")

    def __init__(self, line: Line):
        self.command, self.params, self.source = line.command, line.params, line.source
        self._raw, self._valid = line, True


class IrcConnection(pydle.featurize(CapabilityNegotiationSupport)):  # type: ignore[misc]
    """A connection from the TCP handshake to its end. Raises nothing from the network."""

    def __init__(self, owner: Owner, nick: str, username: str, realname: str):
        super().__init__(nick, username=username, realname=realname[:100])
        self.owner = owner
        self.greeting = b""
        """What goes out before anything else."""
        self.source = ""
        """The address to connect from; empty: the machine's choice."""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when registered; fails with ``Unavailable`` in words for an admin."""
        self.offered: dict[str, str] = {}
        self.caps: frozenset[str] = frozenset()
        self.traits = Traits()
        self.tokens: tuple[tuple[str, str | bool], ...] = ()
        """ISUPPORT, sorted."""
        self.wire: Wire | None = None
        self.logged_in = False
        self._listed: list[str] = []
        self._talk: Conversation | None = None
        self._challenge: list[str] = []
        self._trying = nick

    async def open(
        self, host: str, port: int, password: str | None, context: ssl.SSLContext | None
    ) -> None:
        """Connect and register; returns when both are done.

        Raises ``OSError`` (TLS included) or ``Unavailable``.
        """
        self._context = context
        await self.connect(host, port, password=password)
        await self.ready

    def send(self, command: str, *params: str, tags: dict[str, str] | None = None) -> None:
        """Write one line at once, past any flood protection. Raises ``encode.Unsendable``."""
        self.write(encode_line(command, *params, tags=tags))

    def write(self, data: bytes) -> None:
        """Write ready lines."""
        if self.wire is not None:
            self.wire.write(data)

    def feed(self, line: Line) -> None:
        """Let pydle deal with a line of ``FOR_PYDLE``, completely and now.

        pydle's handlers are coroutines that wait for nothing but sending, and our sending never
        waits: so each is run to its end here, in the order of the lines, without a task.
        """
        _run(self.on_raw(_Message(line)))

    # -- Sink

    def lines(self, lines: list[bytes]) -> None:
        """Pass lines on to the owner."""
        self.owner.receive(lines)

    def closed(self, reason: str) -> None:
        """Tell the owner, and whoever waits for the registration."""
        if not self.ready.done():
            self.ready.set_exception(Unavailable(reason, sent=False))
            self.ready.exception()
        self.owner.lost(reason)

    # -- pydle: the transport

    async def _connect(self, hostname: str, port: int, **_: Any) -> None:
        self.encoding = "utf-8"
        self.wire = self.connection = Wire(self, hostname, port)
        await self.wire.open(self._context, self.source)
        if self.greeting:
            self.wire.write(self.greeting)

    async def handle_forever(self) -> None:
        """Nothing to do: the wire calls us."""

    async def _send(self, input: str | bytes) -> None:
        data = input.encode() if isinstance(input, str) else input
        if data.count(b"\n") != 1 or not data.endswith(b"\n") or b"\0" in data:
            raise ValueError("refusing to send anything but one line")
        self.write(data)

    # -- pydle: no users and channels of its own

    async def _create_user(self, nickname: str) -> None:
        pass

    async def _sync_user(self, nick: str, metadata: dict[str, Any]) -> None:
        pass

    async def _rename_user(self, user: str, new: str) -> None:
        pass

    # -- pydle: registration

    async def on_raw_nick(self, message: _Message) -> None:
        """Learn the nick that we really got (001)."""
        self.nickname = message.params[0]

    async def on_raw_433(self, message: _Message) -> None:
        """Try another nick: one for each refusal, and not for ever."""
        if self.ready.done() or self.registered:
            return
        nick = self.owner.next_nick(self._trying, message.command)
        if nick is None:
            self.fail(f"every nick was refused, last {self._trying}: {message.params[-1]}")
            return
        self._trying = nick
        await self.rawmsg("NICK", nick)

    on_raw_432 = on_raw_436 = on_raw_437 = on_raw_433

    async def on_raw_005(self, message: _Message) -> None:
        """Read ISUPPORT, now or when it changes later."""
        tokens = dict(self.tokens)
        for word in message.params[1:-1]:
            name, equals, value = word.partition("=")
            tokens[name.upper().removeprefix("-")] = value if equals else name[:1] != "-"
        self.tokens = tuple(sorted(tokens.items()))
        if self.ready.done():
            self.traits = traits(tokens)
            self.owner.announced()

    async def on_raw_376(self, message: _Message) -> None:
        """The greeting is over: we are registered."""
        if not self.registered:
            await self._registration_completed(message)
        if self.ready.done():
            return
        self.traits = traits(dict(self.tokens))
        self.caps = frozenset(name for name, on in self._capabilities.items() if on)
        self.ready.set_result(None)
        self._slim()

    on_raw_422 = on_raw_376

    async def on_raw_error(self, message: _Message) -> None:
        """Keep the server's words; it closes the connection itself."""
        self.fail(" ".join(message.params) or "the server reported an error")

    on_raw_465 = on_raw_error

    def fail(self, reason: str) -> None:
        """End the connection with a reason for the admin."""
        if self.wire is not None:
            self.wire.close(reason)

    def _slim(self) -> None:
        """Drop what only the registration needed, most of all pydle's many small tables and the
        big dict that holds them: there may be hundreds of connections."""
        self.__dict__ = {name: vars(self)[name] for name in _KEPT if name in vars(self)}

    # -- pydle: capabilities

    async def on_raw_cap(self, message: _Message) -> None:
        """Collect a listing of several lines before acting on it (CAP LS 302)."""
        if len(message.params) < 3:
            return
        subcommand = message.params[1].upper()
        if self.ready.done():
            self._changed(subcommand, message.params[-1].split())
            return
        if subcommand not in ("LS", "NEW"):
            await super().on_raw_cap(message)
            return
        self._listed += message.params[-1].split()
        if len(message.params) > 3 and message.params[2] == "*":
            return
        for item in self._listed:
            name, _, value = item.partition("=")
            self.offered[name] = value
        self._listed = []
        await self._request()

    def _changed(self, subcommand: str, items: list[str]) -> None:
        """Follow what a server offers and takes away while we are connected (cap-notify). Only
        logging in is left to the next connection."""
        if subcommand == "NEW":
            offered = {item.partition("=")[0]: "" for item in items}
            known = {**dict.fromkeys(self.caps, ""), **offered}
            wanted = [name for name in caps.choose(known, login=False) if name not in self.caps]
            if wanted:
                self.send("CAP", "REQ", " ".join(wanted))
        elif subcommand in ("ACK", "DEL"):
            self.caps = self.caps | set(items) if subcommand == "ACK" else self.caps - set(items)
            self.owner.announced()

    async def _request(self) -> None:
        chosen = caps.choose(self.offered, self._may_log_in())
        wanted = [name for name in chosen if not self._capabilities.get(name)]
        if wanted:
            self._capabilities_requested.update(wanted)
            await self.rawmsg("CAP", "REQ", " ".join(wanted))
        else:
            await self._begin()

    async def on_raw_cap_nak(self, params: list[str]) -> None:
        """One bad name refuses them all: ask again for each alone."""
        names = params[-1].split()
        if len(names) == 1:
            await super().on_raw_cap_nak(params)
            return
        for name in names:
            await self.rawmsg("CAP", "REQ", name)

    async def _begin(self) -> None:
        if self.owner.login and self.owner.login_required and not self.logged_in:
            self.fail("the server does not offer SASL; are its services down?")
            return
        await self.rawmsg("CAP", "END")

    # -- SASL

    def _may_log_in(self) -> bool:
        login = self.owner.login
        return bool(login and "sasl" in self.offered and login.offered(self.offered["sasl"]))

    async def on_capability_sasl_enabled(self) -> bool | None:
        """Log in before the registration ends."""
        if self.owner.login is None:
            return None
        self._talk, self._challenge = self.owner.login.conversation(), []
        await self.rawmsg("AUTHENTICATE", self.owner.login.mechanism)
        return bool(NEGOTIATING)

    async def on_raw_authenticate(self, message: _Message) -> None:
        """Answer the server's challenge once it is complete."""
        piece = message.params[0] if message.params else ""
        if self._talk is None or len(self._challenge) >= _MOST_PIECES:
            return
        self._challenge.append(piece)
        if len(piece) == PIECE:
            return
        challenge, self._challenge = self._challenge, []
        try:
            answer = self._talk.answer(joined(challenge))
        except SaslFailed as failed:
            await self.rawmsg("AUTHENTICATE", "*")
            self.fail(f"SASL log-in failed: {failed}")
            return
        for part in pieces(answer):
            await self.rawmsg("AUTHENTICATE", part)

    async def on_raw_903(self, message: _Message) -> None:
        """Logged in."""
        self.logged_in = True
        await self._capability_negotiated("sasl")

    on_raw_907 = on_raw_903

    async def on_raw_904(self, message: _Message) -> None:
        """Not logged in: give up, or go on as a guest if the admin allows that."""
        words = f"SASL log-in failed: {message.params[-1]} ({message.command})"
        if self.owner.login_required:
            self.fail(words)
        else:
            log.warning("%s: %s", self.server_tag, words)
            await self._capability_negotiated("sasl")

    on_raw_902 = on_raw_905 = on_raw_904

    async def on_raw_906(self, message: _Message) -> None:
        """Aborted; 904 has told why."""

    on_raw_908 = on_raw_906


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    log.error("pydle waits for something; the line is dropped")
