"""One identity of ours on the network, the relay or a puppet: connects, registers, stays, comes
back. Owns its nick, mask, send bucket, open labels and the channels it is in (gateway.md)."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Mapping

from msgspec import structs

from bridge.model import Unavailable
from protocols.irc import encode, nicks
from protocols.irc.channel import Channel
from protocols.irc.connection import FOR_PYDLE, IrcConnection
from protocols.irc.decode import Line, Mask, parse
from protocols.irc.evidence import Expectation, Lines
from protocols.irc.ground import Crew, Ground, Profile
from protocols.irc.hearing import Batches, is_for_us
from protocols.irc.modes import Traits
from protocols.irc.sasl import Credentials
from protocols.irc.split import LONGEST_MASK, budget
from protocols.irc.throttle import Full, Throttle, Waiting
from protocols.irc.wire import Wire, explained

log = logging.getLogger(__name__)

STEADY = 30.0
"""Seconds a connection must have lasted for the delays to begin anew."""
PATIENCE = 1.4
"""Seconds that a server gets to close a connection after our QUIT."""
MOST_WAITING = 400
"""Lines in the flood bucket, before no more messages are taken."""


class Session:
    """See the module. ``run`` is its one task."""

    login_required = False

    def __init__(self, ground: Ground, crew: Crew, profile: Profile):
        self.ground = ground
        self.crew = crew
        self.profile = profile
        self.login: Credentials | None = None
        self.connection: IrcConnection | None = None
        self.server = ground.config.servers[0]
        self.up = False
        self.since = 0.0
        self.nick = profile.nick
        self.user = self.host = ""
        self.joined: dict[str, Channel] = {}
        self.listens = 0
        """To how many channels it listens."""
        self.pending = Lines()
        self.batches = Batches()
        self.hearing: dict[str, object] = {}
        """Replies in several lines that are being collected, by folded channel."""
        flood = ground.config.flood
        self._throttle = Throttle(profile.burst or flood.burst, flood.rate)
        self._timer: asyncio.TimerHandle | None = None
        self._choice: nicks.Choice | None = None
        self._labels = 0
        self._ping: float | None = None
        self._ping_again = False
        self._own = b""
        self.closed: asyncio.Future[None] | None = None
        """Done when the connection is over; None: there has been none."""
        self.refused_nick = ""
        """The last one, if the server refused every nick."""
        self.leaving = False
        self.away: str | None = None
        """What we said of being away; None: we are here."""

    # -- the life of the connection

    async def run(self) -> None:
        """Connect again and again, until cancelled, ``quit``, or out of attempts."""
        config, failures = self.ground.config, 0
        while not self.leaving:
            server = self.server = config.servers[failures % len(config.servers)]
            await self.crew.turn(self)
            started = time.monotonic()
            reason = await self._attempt(server.host, server.port, server.tls, server.password)
            if self.leaving:
                return
            failures = 0 if time.monotonic() - started > STEADY and self.since else failures + 1
            self.since = 0.0
            self.crew.down(self, reason)
            if self.leaving or 0 < self.profile.attempts <= failures:
                return
            delay = config.reconnect[min(max(failures - 1, 0), len(config.reconnect) - 1)]
            await asyncio.sleep(delay * random.uniform(1, 4 / 3))

    async def _attempt(self, host: str, port: int, tls: bool, password: object) -> str:
        profile = self.profile
        secret = profile.password or getattr(password, "get_secret_value", lambda: None)()
        self._choice = nicks.Choice(profile.username, self.ground.is_known_nick)
        connection = IrcConnection(self, profile.nick, profile.username, profile.realname)
        connection.greeting, connection.source = profile.greeting, profile.source
        self.connection = connection
        self.closed = asyncio.get_running_loop().create_future()
        try:
            context = self.ground.context(profile.relay, profile.certificate) if tls else None
            async with asyncio.timeout(self.ground.config.connect_timeout):
                await connection.open(host, port, secret, context)
        except (OSError, Unavailable, ValueError) as error:
            self._drop()
            return f"{host}:{port}: {explained(error)}"
        except asyncio.CancelledError:
            self._drop()
            raise
        except Exception as error:  # pydle has exceptions of its own
            log.warning("%s: cannot register: %s", profile.nick, error.__class__.__name__)
            self._drop()
            return f"{host}:{port}: {error.__class__.__name__}; check the password and the names"
        self._registered(connection)
        await asyncio.shield(self.closed)
        wire = connection.wire
        return f"{host}:{port}: {wire.reason if wire and wire.reason else 'connection lost'}"

    def _registered(self, connection: IrcConnection) -> None:
        self.up, self.since = True, time.time()
        self.nick = connection.nickname
        self._own = f"{self.nick}!".encode()
        self._share(connection)
        if connection.wire is not None and not self.profile.relay:
            connection.wire.read_lazily(self._may_pause)
        self.ground.arrived(self)
        self.crew.up(self)

    def announced(self) -> None:
        """The server has announced other traits."""
        if self.up and self.connection is not None:
            self._share(self.connection)
            self.ground.arrived(self)

    def _share(self, connection: IrcConnection) -> None:
        share = self.ground.shared
        connection.traits = share(connection.traits)
        connection.tokens = share(connection.tokens)
        connection.caps = share(connection.caps)

    def _drop(self) -> None:
        connection, self.connection = self.connection, None
        self._end()
        if connection is not None and connection.wire is not None:
            connection.wire.abort("given up")

    def lost(self, reason: str) -> None:
        """Called by the connection at its end."""
        if self.connection is not None and self.connection.wire is not None:
            self.connection.wire.reason = self.connection.wire.reason or reason
        was_up, self.up, self.connection = self.up, False, None
        self.user, self.host, self.away = "", "", None
        self._throttle.clear()
        self.pending.lost()
        self.pending, self.batches, self.hearing = Lines(), Batches(), {}
        self._ping, self._ping_again = None, False
        if was_up:
            self.ground.gone(self)
        self._end()

    def _end(self) -> None:
        if self.closed is not None and not self.closed.done():
            self.closed.set_result(None)

    def quit(self, reason: str) -> None:
        """Leave the network for good. The server closes the connection: if we did, with lines of
        its still unread, TCP would take back the QUIT."""
        self.leaving = True
        if self.connection is not None and self.connection.wire is not None and self.up:
            self.connection.send("QUIT", encode.one_line(reason)[:200])
            wire = self.connection.wire
            wire.read_lazily(None)
            asyncio.get_running_loop().call_later(PATIENCE, wire.abort, "quit")
        elif self.connection is not None:
            self._drop()

    def abort(self) -> None:
        """End the connection now, whatever is left to say."""
        if self.connection is not None and self.connection.wire is not None:
            self.connection.wire.abort("stopped")

    @property
    def waiting(self) -> int:
        """How many lines wait in the flood bucket."""
        return len(self._throttle)

    # -- nicks

    def next_nick(self, refused: str, numeric: str) -> str | None:
        """Choose another nick while registering (semantics.md 11.6)."""
        length = max(self.traits.nick_length, 9)
        nick = self._choice.after(refused, numeric, length) if self._choice is not None else None
        self.refused_nick = "" if nick else refused
        return nick

    def reclaim(self) -> None:
        """Ask for the nick that we should have; a refusal changes nothing."""
        if self.up and self.nick != self.profile.nick:
            with contextlib.suppress(Unavailable):
                self.send("NICK", self.profile.nick)

    def wish(self, nick: str) -> None:
        """Say which nick this connection should have from now on."""
        self.profile = structs.replace(self.profile, nick=nick)

    def renamed(self, nick: str) -> None:
        """The server gave us another nick."""
        self.ground.gone(self)
        self.nick = nick
        self._own = f"{nick}!".encode()
        self.ground.arrived(self)
        self.crew.renamed(self)

    def learn(self, mask: Mask) -> None:
        """Learn how the server shows us to others."""
        if mask.user:
            self.user = mask.user
        if mask.host:
            self.host = mask.host

    # -- facts

    @property
    def traits(self) -> Traits:
        """What the server announced."""
        return self.connection.traits if self.connection is not None else Traits()

    @property
    def caps(self) -> frozenset[str]:
        """The capabilities that the server agreed to."""
        return self.connection.caps if self.connection is not None else frozenset()

    def may_tag(self, name: str) -> bool:
        """Tell whether others get a client-only tag that we send."""
        return "message-tags" in self.caps and self.traits.passes_tag(name)

    @property
    def mask(self) -> Mask:
        """How others see us."""
        return Mask(self.nick, self.user, self.host)

    @property
    def rank(self) -> tuple[int, ...]:
        """See ``listener.Ear``."""
        return int(self.profile.relay), len(self.caps), -int(self.since * 1000)

    @property
    def last_read(self) -> float:
        """See ``listener.Ear``."""
        wire = self.connection.wire if self.connection is not None else None
        return wire.last_read if wire is not None else 0.0

    def budget(self, command: str, target: str) -> int:
        """Return how many bytes of text fit in a line of ours, as others will get it."""
        known = len(f"{self.nick}{self.user}{self.host}".encode())
        mask = known if self.user and self.host else max(LONGEST_MASK, known + 83)
        return budget(target, mask, command, self.traits.line_length)

    # -- in

    def receive(self, lines: list[bytes]) -> None:
        """Take lines from the wire. Without a channel to listen to, most are not even decoded."""
        charset = self.ground.config.charset
        for raw in lines:
            if self.up and not self.listens and not is_for_us(raw, self._own):
                self._overhear(raw)
                continue
            line = parse(raw, charset)
            if line is None:
                continue
            try:
                self._take(line, raw)
            except Exception:
                log.exception("%s: cannot handle %.200r", self.nick, raw)

    def _take(self, line: Line, raw: bytes) -> None:
        if line.command == "PONG":
            self._ponged(line.params[-1] if line.params else "")
        elif line.command in FOR_PYDLE and self.connection is not None:
            self.crew.told(self, line)
            self.connection.feed(line)
        elif self.up:
            self.ground.take(self, line, raw)
        else:
            self.crew.told(self, line)

    def _overhear(self, raw: bytes) -> None:
        if any(channel.listening.standby is self for channel in self.joined.values()):
            line = parse(raw, self.ground.config.charset)
            if line is not None and self.up:
                self.ground.take(self, line, raw)

    def _may_pause(self, wire: Wire) -> bool:
        if self.listens or self.pending.open:
            return False
        self.ground.paused.add(wire)
        return True

    # -- out

    def send(
        self,
        command: str,
        *params: str,
        spare: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Send a line through the flood bucket, a ``spare`` one when nothing else waits.

        Raises ``Unavailable``.
        """
        self._put(encode.line(command, *params, tags=tags), None, spare)

    def check_room(self, lines: int) -> None:
        """Raise ``Unavailable`` if the flood bucket cannot take so many lines more."""
        if not self.up:
            raise Unavailable(f"{self.nick} is not connected", sent=False)
        if len(self._throttle) + lines > MOST_WAITING:
            raise Unavailable(f"{len(self._throttle)} lines wait to be sent already", sent=False)

    def transmit(
        self, expected: Expectation, *params: str, tags: Mapping[str, str] | None = None
    ) -> None:
        """Send a line and gather evidence for it. Raises ``Unavailable``: nothing was sent."""
        if "labeled-response" in self.caps:
            self._labels += 1
            expected.label = f"{self._labels:x}"
            tags = {"label": expected.label, **(tags or {})}
        data = encode.line(expected.command, *params, tags=tags)
        self.pending.add(expected)
        self._put(data, expected)

    def request(self, expected: Expectation, *params: str) -> None:
        """Send a line that is no message. ``expected`` is resolved when the server has dealt with
        it, whatever it said; errors are the crew's. Raises ``Unavailable``."""
        data = encode.line(expected.command, *params)
        self.pending.add(expected)
        self._put(data, expected)

    def _put(self, data: bytes, expected: Expectation | None, spare: bool = False) -> None:
        if not self.up or self.connection is None or self.connection.wire is None:
            raise Unavailable(f"{self.nick} is not connected", sent=False)
        try:
            written = (lambda: self._written(expected)) if expected is not None else None
            self._throttle.put(Waiting(data, written), spare=spare)
        except Full as error:
            raise Unavailable(str(error), sent=False) from error
        self.connection.wire.resume()
        if self._timer is None:
            self._pour()

    def _pour(self) -> None:
        self._timer = None
        while self.connection is not None and (waiting := self._throttle.take(time.monotonic())):
            self.connection.write(waiting.data)
            if waiting.written is not None:
                waiting.written()
        if len(self._throttle) and self.connection is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._throttle.wait() + 0.001, self._pour)

    def _written(self, expected: Expectation) -> None:
        expected.written = time.monotonic()
        if not expected.label:
            self.ask()

    # -- signs of life, and the PONG as evidence

    def ask(self) -> None:
        """Send a PING, past the flood bucket; one at a time."""
        if self._ping is not None:
            self._ping_again = True
        elif self.connection is not None:
            self._ping = time.monotonic()
            self.connection.send("PING", f"t{self._ping:.6f}")

    def _ponged(self, token: str) -> None:
        if self._ping is None or token != f"t{self._ping:.6f}":
            return
        sent, self._ping = self._ping, None
        for line in self.pending.ponged(sent):
            asyncio.get_running_loop().call_later(1.0, line.resolve)
        if self._ping_again:
            self._ping_again = False
            self.ask()

    def tick(self, now: float) -> None:
        """Look after the connection: a silent one is asked, a mute one is given up."""
        if self.connection is None or self.connection.wire is None or not self.up:
            return
        config, wire = self.ground.config, self.connection.wire
        if self._ping is not None and now - self._ping > config.ping_timeout:
            wire.abort(f"no answer to a PING for {config.ping_timeout:.0f} s")
        elif time.time() - wire.last_read > config.ping_interval or self.pending.overdue(now):
            self.ask()
        self.pending.prune(now - 60)
