"""THE CONTRACT between the bridge and a network.

To add a network, write a class that has what ``Network`` lists and a ``Config`` (a pydantic model,
passed as ``__init__(name, config)``), and name the class in the entry-point group
``tercet.networks``. There is no base class and no registry. ``protocols/loopback`` is the smallest
complete example.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct

from bridge.model.commands import Command, Delivered, Send
from bridge.model.content import File
from bridge.model.events import Event
from bridge.model.hosting import Answer, Past, PrivateSent, Request, Whisper
from bridge.model.legs import Capabilities, LegPolicy
from bridge.model.refs import RoomRef, UserRef
from bridge.model.states import Displayed, Observation, Shown


class KeyValue(Protocol):
    """A network's own durable facts (registered ghosts, nick reservations), private to it."""

    async def get(self, key: str) -> str | None:
        """Return what was put under this key, or None."""

    async def put(self, key: str, value: str) -> None:
        """Keep a value; once this returns it survives a crash."""

    async def delete(self, key: str) -> None:
        """Forget a key; unknown keys are fine."""

    async def items(self, prefix: str = "") -> list[tuple[str, str]]:
        """Return all pairs whose key begins so, sorted by key."""


class Routes(Protocol):
    """The one web application of the daemon, as a network sees it."""

    def add(self, method: str, path: str, handler: Callable[[Any], Awaitable[Any]]) -> None:
        """Mount an aiohttp handler. Only before ``Network.run`` is first awaited on."""


class Stream(Protocol):
    """The bytes of a file on their way."""

    mime: str
    """What it is, by its bytes if they tell, else by what the source says."""
    size: int | None
    """How many bytes the whole file has, if that is known before the end."""
    start: int
    """The number of the first byte that comes; not 0 only if a part was asked for."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the bytes, piece by piece. Raises ``MediaRefused`` if it becomes too large."""


class MediaRefused(Exception):
    """A file cannot be had. The text tells people why, as the end of a sentence;
    ``lasting``: asking again will not help."""

    def __init__(self, text: str, *, lasting: bool = True):
        super().__init__(text)
        self.lasting = lasting


class Media(Protocol):
    """How a network comes by the bytes of a file that was said on another one."""

    def open(self, file: File) -> AbstractAsyncContextManager[Stream]:
        """Begin to read a file, from the network that holds it or from the web: never from a
        private address that the admin has not allowed, never more than the largest size. The
        stream's ``mime`` is by its bytes, whatever the sender or the server claim.

        Entering it, and reading, raise ``MediaRefused``.
        """


class Host(Protocol):
    """What a network may ask of the bridge; all that it sees of it."""

    state: KeyValue
    routes: Routes
    media: Media

    async def accept(self, *events: Event) -> None:
        """Journal events, together and in this order. Once this returns they survive a crash.

        Raises ``StorageFailed`` if they could not be written: then nothing was accepted.
        For sources that wait for an acknowledgement.
        """

    def report(self, event: Event) -> None:
        """Take an event from a source that could not be told anyway; it is journaled together with
        what is decided about it, a moment later. Never blocks."""

    def observe(self, state: Observation) -> None:
        """Take note of what is true now. Lossy, keyed, latest wins; never blocks."""

    async def ask(self, request: Request) -> Answer:
        """Have something done by the network behind a hosted room (see ``hosting``).

        Raises ``Rejected`` with words for the person, or ``Unavailable``.
        """

    async def past(self, room: RoomRef, user: UserRef, wanted: Past) -> list[Send]:
        """Return what was said in a hosted room and this person may read, oldest first, as it is
        presented there: ``key`` is the stable id."""

    async def whisper(self, private: PrivateSent) -> None:
        """Take a private message; once this returns it survives a crash. What becomes of it is
        told to its author by a ``Tell`` without a room's name if it cannot be delivered.

        Raises ``StorageFailed``.
        """


class StorageFailed(Exception):
    """The journal cannot be written (disk full, damaged). Nothing was accepted."""


class Network(Protocol):
    """One configured attachment: the XMPP component, one IRC network, one Matrix homeserver."""

    kind: ClassVar[str]
    name: str

    async def run(self, host: Host) -> None:
        """Stay connected, report, until cancelled; reconnecting is done in here. Routes are mounted
        before the first await. When cancelled, leave politely within two seconds."""

    def visit(self, room: RoomRef, policy: LegPolicy) -> None:
        """Be in this room from now on, also after a reconnect. Called before or while ``run``
        runs, again when the policy changes. Progress is observed as ``RoomStatus``."""

    async def leave(self, room: RoomRef, farewell: str) -> None:
        """Say farewell (if it can be said), take all puppets out of the room, forget it."""

    async def find(self, address: str) -> RoomRef:
        """Turn what an admin types into a room: ``#chan``, ``room@muc``, ``#alias:server``.

        Raises ``Rejected`` with a sentence that shows the right form or says what is missing.
        """

    def render(self, command: Command) -> tuple[str, ...]:
        """Cut a command into the parts it needs here, in the network's own opaque form. From
        memory; no I/O. The bridge keeps them, so that a retry goes on with the very same parts.

        Raises ``Rejected`` if there is nothing that can be sent.
        """

    async def deliver(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Carry out a command, beginning at ``parts[done]``, and return when there is evidence:
        the server's answer, the room's reflection, the labelled echo. The result tells of all parts
        from ``done`` on. A part that is evident before the last is also reported at once as
        ``CopyConfirmed``, so that a crash in the middle repeats nothing.

        Called for one command of a speaker at a time, for several speakers at once.
        Raises ``Rejected`` for never, ``Unavailable`` (or anything else) for later.
        """

    def show(self, state: Shown) -> None:
        """Lossy counterpart of ``Host.observe``; coalesced and rate-limited in here."""

    def capabilities(self, room: RoomRef) -> Capabilities:
        """Tell what the room can carry. From memory; no I/O."""


class Finding(Struct, frozen=True):
    """One line of ``tercet check``."""

    subject: str
    level: Literal["ok", "warning", "error"]
    text: str
    """What was seen; for a warning or an error also what to do next."""


@runtime_checkable
class Probe(Protocol):
    """A network that can try its configuration without running. Optional."""

    async def probe(self) -> list[Finding]:
        """Connect, look, disconnect; never raise, at most ten seconds."""


@runtime_checkable
class Gauge(Protocol):
    """A network that has figures of its own for ``tercet status`` and ``/metrics``. Optional."""

    def figures(self) -> dict[str, float]:
        """Return names (``connections``, ``puppets``, ``lines_in_doubt``) and values."""


@runtime_checkable
class MediaSource(Protocol):
    """A network that opens the files it told of, where nobody else could. Optional."""

    def fetch(
        self, source: str, first: int = 0, last: int | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        """Begin to read a ``File.source`` or ``File.thumbnail`` of ours, with our credentials;
        from byte ``first`` to byte ``last`` if the server can do that, else from the beginning;
        the bridge leaves out what was not asked for. Stream it: a file may be larger than memory.
        The bridge looks at the bytes and counts them, so ``mime`` may be what the server says.

        Entering it, and reading, raise ``MediaRefused``.
        """


@runtime_checkable
class Registered(Protocol):
    """A network whose server must be given a file about us. Optional."""

    def registration(self, networks: Iterable[str]) -> str:
        """Write that file, for ``tercet registration``. ``networks``: the names of the others in
        the configuration, whose people will have ghosts here. From memory; no I/O."""


@runtime_checkable
class Hosting(Protocol):
    """A network that can host rooms. Optional."""

    def present(self, command: Command) -> None:
        """Show something to all who are in a hosted room. ``command.key`` is its stable id there:
        unpredictable, the same for everybody and for ever (XEP-0359). For what was said in this
        very room the key is the first of the event's ids. Best effort; never blocks."""

    def display(self, state: Displayed) -> None:
        """Take note of who is in the rooms behind a hosted room, and what became of the seats of
        those who are in it."""

    def is_hosted(self, room: RoomRef) -> bool:
        """Tell whether this is a room that we host. From memory or by its form; no I/O."""

    async def whisper(self, whisper: Whisper) -> None:
        """Deliver a private message. Raises ``Rejected`` for never, ``Unavailable`` for later."""


@runtime_checkable
class Seating(Protocol):
    """A network that seats people of other networks on connections of their own. Optional."""

    def answers_to(self, server: str) -> bool:
        """Tell whether people mean this network by that name (a host name, in lower case)."""

    def is_seated(self, user: UserRef, room: RoomRef) -> bool:
        """Tell whether this person has a seat in this room now. From memory; no I/O."""

    def is_writing(self, user: UserRef) -> bool:
        """Tell whether lines of theirs still wait to be written (flood protection)."""

    async def serve(self, request: Request) -> Answer:
        """Do what a person asks for; rooms are this network's own.

        Raises ``Rejected`` with the network's own words, or ``Unavailable``.
        """

    async def whisper(self, whisper: Whisper) -> None:
        """Deliver a private message; returns when there is evidence. Hosting networks have this,
        too. Raises ``Rejected`` for never, ``Unavailable`` for later."""


class Exclusive(Protocol):
    """A network class of which no two sections may share certain settings. Optional."""

    exclusive: ClassVar[tuple[str, ...]]
    """The names of those settings in ``Config``, such as ``("jid",)``."""
