"""The stream to the server (XEP-0114): connecting, staying connected, stanzas in and out.

The only I/O of this package. slixmpp carries the stream; messages and presences are taken from it
before it builds objects of them, and leave as ready text through ``send`` alone, which keeps order.
"""

import asyncio
import itertools
import logging
import random
import time
from secrets import token_hex
from typing import Any, Protocol
from xml.etree.ElementTree import Element

from slixmpp import ComponentXMPP

from bridge.model import Unavailable
from protocols.xmpp import decode, disco, encode
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.sieve import Sieve

log = logging.getLogger(__name__)
# Its debug log holds the handshake, and everything that anybody says.
logging.getLogger("slixmpp").setLevel(logging.INFO)

HANDSHAKE_SECONDS = 8.0
CLOSING_SECONDS = 0.5
PING_SECONDS = 60.0
PONG_SECONDS = 20.0
DELAYS = (0.1, 0.3, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between attempts to connect; the last one is repeated."""
REFUSED_DELAYS = {
    "conflict": 3.0,
    "host-gone": 30.0,
    "host-unknown": 30.0,
    "not-authorized": 30.0,
    "policy-violation": 30.0,
}
"""Seconds, at least, after a server told us that it will not have us like this. A conflict may be
``tercet check`` in passing, if the server throws the older one out."""
MOST_QUEUED = 10_000
"""Stanzas; slixmpp's queue has no limit of its own."""

_KINDS = {
    f"{{{namespace}}}{kind}": kind
    for namespace in ("jabber:component:accept", "jabber:client")
    for kind in ("message", "presence", "iq")
} | {"{http://etherx.jabber.org/streams}error": "error"}
_STREAM_ERRORS = "{urn:ietf:params:xml:ns:xmpp-streams}"


class Listener(Protocol):
    """Who is told what comes in."""

    def on_message(self, xml: Element) -> None:
        """Take a message stanza."""

    def on_presence(self, xml: Element) -> None:
        """Take a presence stanza."""

    def on_iq(self, xml: Element) -> None:
        """Take a question (get or set), to be answered once (RFC 6120 §8.2.3)."""

    def on_connected(self) -> None:
        """The server accepted us."""

    def on_disconnected(self, words: str) -> None:
        """The stream is gone, or could not be had, for this reason."""


class Failed(Exception):
    """A question was answered with an error."""

    def __init__(self, failure: decode.Failure):
        super().__init__(str(failure))
        self.failure = failure


class Component(ComponentXMPP):
    """One attachment to an XMPP server."""

    def __init__(self, config: XmppConfig, listener: Listener):
        secret = config.secret.get_secret_value()
        super().__init__(config.jid, secret, config.host, config.port)  # type: ignore[no-untyped-call]
        self.enable_direct_tls = False
        self.up = False
        self.received = 0
        self.sent = 0
        self._config = config
        self._listener = listener
        self._sieve = Sieve(config.jid)
        self._writable = asyncio.Event()
        self._closed = asyncio.Event()
        self._accepted: asyncio.Future[None] | None = None
        self._stream_error = ""
        self._heard = 0.0
        self._asked: dict[str, tuple[str, asyncio.Future[Element]]] = {}
        self._numbers = itertools.count()
        self._run = token_hex(4)
        self.add_event_handler("disconnected", self._on_closed)
        self.add_event_handler("connection_failed", self._on_refused)

    # --- connecting ------------------------------------------------------------------------------

    async def stay_connected(self) -> None:
        """Connect, and connect again whenever the stream is lost, until cancelled."""
        failures = 0
        while True:
            began = time.monotonic()
            try:
                await self.open()
                await self._watch()
                words = self._words()
            except Unavailable as error:
                words = str(error)
            self._drop()
            lasted = time.monotonic() - began
            failures = 0 if lasted > PING_SECONDS else failures + 1
            delay = DELAYS[min(failures, len(DELAYS) - 1)]
            delay = max(delay, REFUSED_DELAYS.get(self._stream_error, 0.0))
            log.warning("%s: %s; trying again in %.1f s", self._config.jid, words, delay)
            self._listener.on_disconnected(words)
            await asyncio.sleep(delay * random.uniform(0.8, 1.2))

    async def open(self) -> None:
        """Connect and shake hands. Raises ``Unavailable`` with words for an admin."""
        self._stream_error = ""
        self._sieve.clear()
        self._closed.clear()
        self._accepted = asyncio.get_running_loop().create_future()
        self.connect(self._config.host, self._config.port)
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                await self._accepted
        except TimeoutError:
            self._drop()
            raise Unavailable(
                f"{self._config.server} does not answer like an XMPP server's component port"
            ) from None

    async def close(self) -> None:
        """End the stream, in half a second at most."""
        was_up, self.up = self.up, False
        if self.transport and was_up:
            self.send(self.stream_footer)
            try:
                async with asyncio.timeout(CLOSING_SECONDS):
                    await self._closed.wait()
            except TimeoutError:
                log.info("the server did not end its stream")
        self._drop()
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()

    def _drop(self) -> None:
        self.up = False
        self.cancel_connection_attempt()
        self.abort()

    async def _watch(self) -> None:
        """Return when the stream is closed, or dead.

        The ping goes to ourselves through the server: every server can route that.
        """
        self._heard = time.monotonic()
        while not self._closed.is_set():
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._closed.wait()
            except TimeoutError:
                if time.monotonic() - self._heard < PING_SECONDS / 2:
                    continue
                try:
                    await self.ask(
                        "get", self._config.jid, self._config.jid, disco.PING, PONG_SECONDS
                    )
                except Unavailable:
                    self._stream_error = ""
                    return
                except Failed:
                    continue

    def disconnect(self, *_: object, **__: object) -> asyncio.Future[None]:
        """Drop what cannot be parsed at once: slixmpp would wait two seconds, and by then there is
        another stream, which it would close.
        """
        self.abort()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def reschedule_connection_attempt(self) -> None:
        """Leave trying again to ``stay_connected``."""
        self._current_connection_attempt = None

    def _handle_handshake(self, xml: Any) -> None:
        super()._handle_handshake(xml)  # type: ignore[no-untyped-call]
        self.up = True
        self._writable.set()
        self._heard = time.monotonic()
        if self._accepted and not self._accepted.done():
            self._accepted.set_result(None)
        self._listener.on_connected()

    def _on_refused(self, error: object) -> None:
        if self._accepted and not self._accepted.done():
            self._accepted.set_exception(
                Unavailable(f"cannot connect to {self._config.server}: {error}")
            )

    def _on_closed(self, _: object) -> None:
        self.up = False
        self._writable.set()
        self._closed.set()
        lost = Unavailable("the connection to the XMPP server was lost")
        for _to, answer in self._asked.values():
            if not answer.done():
                answer.set_exception(lost)
        self._asked.clear()
        if self._accepted and not self._accepted.done():
            self._accepted.set_exception(Unavailable(self._words()))

    def _words(self) -> str:
        jid, server = self._config.jid, self._config.server
        match self._stream_error:
            case "not-authorized":
                return (
                    f"{server} refused the secret of {jid}: `secret` must be what the server's "
                    "config has for this component (Prosody: component_secret)"
                )
            case "host-unknown":
                return f"{server} knows no component {jid}: add it to the server's config"
            case "conflict":
                return f"another program is connected to {server} as {jid}; only one can be"
            case "":
                return f"the connection to {server} was lost"
            case condition:
                return f"{server} closed the stream: {condition}"

    @property
    def is_rival(self) -> bool:
        """Tell whether the server refused us because we are connected already."""
        return self._stream_error == "conflict"

    @property
    def dropped(self) -> int:
        """How many puppets' copies were not parsed."""
        return self._sieve.dropped

    # --- incoming --------------------------------------------------------------------------------

    def data_received(self, data: bytes | str) -> None:
        """Note that the server lives, then parse what is not a puppet's copy."""
        self._heard = time.monotonic()
        if isinstance(data, bytes):
            data = self._sieve.feed(data, self.xml_depth == 1)
        if data:
            super().data_received(data)

    def _spawn_event(self, xml: Element) -> None:
        self.received += 1
        try:
            self._take(xml)
        except Exception:
            log.exception("a stanza could not be handled: %s", xml.tag)

    def _take(self, xml: Element) -> None:
        kind = _KINDS.get(xml.tag)
        if kind == "message":
            self._listener.on_message(xml)
        elif kind == "presence":
            self._listener.on_presence(xml)
        elif kind == "iq":
            self._take_iq(xml)
        elif kind == "error":
            self._stream_error = next(
                (child.tag.removeprefix(_STREAM_ERRORS) for child in xml), "undefined-condition"
            )
        else:
            super()._spawn_event(xml)

    def _take_iq(self, xml: Element) -> None:
        if xml.get("type") in ("get", "set"):
            # Our own ping comes back to us here, and its answer a moment later.
            self._listener.on_iq(xml)
            return
        to, answer = self._asked.get(xml.get("id", ""), ("", None))
        if answer is None or answer.done() or xml.get("from", "") != to:
            return
        if xml.get("type") == "error":
            answer.set_exception(Failed(decode.failure(xml)))
        else:
            answer.set_result(xml)

    # --- outgoing --------------------------------------------------------------------------------

    def post(self, stanza: str) -> None:
        """Send ready text; it may still not arrive. Raises ``Unavailable`` without a stream."""
        if not self.up:
            raise Unavailable("not connected to the XMPP server")
        if self.waiting_queue.qsize() > MOST_QUEUED:
            raise Unavailable("the XMPP server takes no more for now")
        self.sent += 1
        self.send(stanza)

    async def writable(self) -> None:
        """Wait until what was sent before has mostly left."""
        await self._writable.wait()

    async def ask(
        self, kind: str, sender: str, to: str, content: str, seconds: float = 15.0
    ) -> Element:
        """Send an IQ and return the answer.

        Raises ``Failed`` for an error, ``Unavailable`` if none comes in time.
        """
        name = f"{self._run}-{next(self._numbers)}"
        answer: asyncio.Future[Element] = asyncio.get_running_loop().create_future()
        self._asked[name] = (to, answer)
        try:
            self.post(encode.iq(kind, sender, to, name, content))
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise Unavailable(f"{to} does not answer") from None
        finally:
            self._asked.pop(name, None)

    def pause_writing(self) -> None:
        """The socket is full (asyncio's flow control)."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The socket takes more again."""
        self._writable.set()
