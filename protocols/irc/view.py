"""What all our connections to one network see together: channels, people, nicks of ours."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any

from bridge.model import CopyConfirmed, Event, Host, Observation, RoomRef, UserRef
from protocols.irc.casemap import Fold, folding
from protocols.irc.channel import Channel
from protocols.irc.decode import Line, ids
from protocols.irc.evidence import Evidence
from protocols.irc.identity import People
from protocols.irc.modes import Traits
from protocols.irc.session import Session

log = logging.getLogger(__name__)

RECENT = 60.0
"""Seconds for which a nick of ours stays ours after its connection broke: the server may take as
long to notice."""
LATE = 3.0
"""The same after we gave it up, or others saw it go: late copies."""


class View:
    """The shared state of one network."""

    def __init__(self, name: str):
        self.name = name
        self.host: Host | None = None
        self.traits = Traits()
        self.caps: frozenset[str] = frozenset()
        """What the server agreed to, for the relay when it was last connected."""
        self.people = People(name, f"{time.time_ns() // 1_000_000:x}")
        self.evidence = Evidence()
        self.channels: dict[str, Channel] = {}
        self.ours: dict[str, Session] = {}
        self.past: dict[str, tuple[str, str]] = {}
        """Folded nicks that were ours, in earlier runs too: as written, and who they stood for."""
        self._recent: dict[str, float] = {}
        self._chores: set[asyncio.Task[None]] = set()

    @property
    def fold(self) -> Fold:
        """How the network compares names."""
        return self.people.fold

    # -- channels

    def channel(self, name: str) -> Channel | None:
        """Return a channel by any spelling of its name."""
        return self.channels.get(name) or self.channels.get(self.fold(name))

    def open_channel(self, room: RoomRef, name: str) -> Channel:
        """Return a channel, made if need be."""
        key = self.fold(name)
        if key not in self.channels:
            self.channels[key] = Channel(room, name, self.people)
        return self.channels[key]

    def close_channel(self, name: str) -> None:
        """Forget a channel and who is in it."""
        channel = self.channels.pop(self.fold(name), None)
        if channel is not None:
            channel.members.clear()

    # -- nicks of ours

    def arrived(self, session: Session) -> None:
        """A session has a nick now."""
        self.ours[self.fold(session.nick)] = session

    def gone(self, session: Session) -> None:
        """A session has lost its nick; lines it said may still come."""
        key = self.fold(session.nick)
        if self.ours.get(key) is session:
            del self.ours[key]
            given_up = session.up or session.leaving
            self._recent[key] = time.monotonic() + (LATE if given_up else RECENT)

    def departed(self, nick: str) -> None:
        """Somebody was seen to give up a nick: if it was one of ours, others may have it soon."""
        key, ends = self.fold(nick), time.monotonic() + LATE
        if self._recent.get(key, 0.0) > ends:
            self._recent[key] = ends

    def is_ours(self, nick: str, played_back: bool = False) -> bool:
        """Tell whether a nick is, or at the time was, one of ours."""
        key = self.fold(nick)
        if key in self.ours or (played_back and key in self.past):
            return True
        ends = self._recent.get(key)
        if ends is None:
            return False
        if ends < time.monotonic():
            del self._recent[key]
            return False
        return True

    def spoke_as(self, user: UserRef) -> set[str]:
        """Return the folded nicks under which a person has been puppeted."""
        return {key for key, (_, owner) in self.past.items() if owner == str(user)}

    def adopt(self, traits: Traits) -> None:
        """Take over what a server announced; re-key everything if it compares names otherwise."""
        if traits.casemapping != self.traits.casemapping:
            fold = folding(traits.casemapping)
            self.people.refold(fold)
            self.channels = {fold(c.name): c for c in self.channels.values()}
            self.ours = {fold(s.nick): s for s in self.ours.values()}
            self.past = {fold(nick): (nick, owner) for nick, owner in self.past.values()}
            for channel in self.channels.values():
                channel.members.refold()
            for session in self.ours.values():
                session.joined = {fold(c.name): c for c in session.joined.values()}
        self.traits = traits

    # -- the bridge

    def report(self, event: Event) -> None:
        """Tell the bridge what happened."""
        if self.host is not None:
            self.host.report(event)

    def observe(self, state: Observation) -> None:
        """Tell the bridge what is."""
        if self.host is not None:
            self.host.observe(state)

    def witnessed(self, channel: Channel, line: Line, text: str) -> bool:
        """One of our connections sees what another sent: evidence for whoever waits for it. False:
        nobody does."""
        speaker = self.ours.get(self.fold(line.nick))
        if speaker is None:
            return False
        sent = speaker.pending.seen(line.command, self.fold(channel.name), text)
        if sent is None:
            return False
        names = ids(line)
        self.evidence.copied(names)
        settled = sent.outcome.done() and not sent.ids
        sent.resolve(names)
        if settled and names:
            self.confirm(channel.room, sent.key, sent.part, names)
        return True

    def confirm(self, room: RoomRef, key: str, part: int, ids: tuple[str, ...]) -> None:
        """Tell the bridge what a copy is called."""
        self.evidence.copied(ids)
        self.report(CopyConfirmed(room=room, key=key, part=part, ids=ids))

    async def recall(self) -> None:
        """Read back what earlier runs kept."""
        if self.host is None:
            return
        for key, owner in await self.host.state.items("nick:"):
            nick = key.removeprefix("nick:")
            self.past[self.fold(nick)] = (nick, owner)

    def remember_nick(self, nick: str, owner: str) -> None:
        """Keep, also for the next run, that a nick is ours: history will show its lines."""
        known = self.past.get(self.fold(nick))
        if known is None or known[1] != owner:
            self.past[self.fold(nick)] = (nick, owner)
            self.keep(f"nick:{nick}", owner)

    def keep(self, key: str, value: str) -> None:
        """Write a durable fact in the background."""
        if self.host is not None:
            self.chore(self.host.state.put(key, value))

    def chore(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something in the background; a failure is logged."""
        task = asyncio.create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._done)

    async def drained(self) -> None:
        """Wait until what was to be kept is kept."""
        while self._chores:
            await asyncio.wait(self._chores)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._chores.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("%s: background work failed", self.name, exc_info=task.exception())
