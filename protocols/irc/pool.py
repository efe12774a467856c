"""Personal puppets: a connection of their own for people of other networks, made, kept and ended
within the limits that an admin set. Whoever has none speaks through the relay."""

import asyncio
import logging
import time

from msgspec import structs

from bridge.model import Account, PuppetNamed, PuppetRemoved, RoomRef, Unavailable, UserRef
from protocols.irc import nicks
from protocols.irc.channel import Channel
from protocols.irc.decode import Line
from protocols.irc.encode import one_line
from protocols.irc.ground import Ground, Profile
from protocols.irc.rooms import Rooms
from protocols.irc.session import Session
from protocols.irc.view import View

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Failed connections of a puppet in a row, before it rests."""
REST = 300.0
"""Seconds for which a puppet that cannot connect, or may not join, is not tried again."""
SPARE_AFTER = 300.0
"""Seconds of silence after which a puppet may be ended for somebody who speaks now."""


class Puppet:
    """One person's connection."""

    def __init__(self, account: Account):
        self.account = account
        self.session: Session | None = None
        self.task: asyncio.Task[None] | None = None
        self.wanted: dict[RoomRef, Channel] = {}
        self.here: set[RoomRef] = set()
        """The channels it has joined."""
        self.removed: set[RoomRef] = set()
        """Where it was put out: it does not come back by itself."""
        self.refused: dict[RoomRef, float] = {}
        """Where it is not let in, and until when it does not ask again."""
        self.rests_until = 0.0
        self.lasting = False
        """Shown because the person is there, not because they spoke."""
        self.used = time.monotonic()
        self.arrivals: dict[RoomRef, asyncio.Future[bool]] = {}

    def arrived(self, room: RoomRef, yes: bool) -> None:
        """Tell whoever waits for it to be in a channel."""
        waiting = self.arrivals.pop(room, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(yes)


class Pool:
    """The crew of all puppets."""

    def __init__(self, view: View, ground: Ground, rooms: Rooms):
        self.view = view
        self.ground = ground
        self.rooms = rooms
        self._puppets: dict[UserRef, Puppet] = {}
        self._by_session: dict[Session, Puppet] = {}
        self._turns = asyncio.Lock()
        self._next_turn = 0.0

    def __len__(self) -> int:
        return sum(p.session is not None and p.session.up for p in self._puppets.values())

    def nick_of(self, user: UserRef) -> str | None:
        """Return the nick of somebody's puppet, if it is connected."""
        puppet = self._puppets.get(user)
        if puppet is None or puppet.session is None or not puppet.session.up:
            return None
        return puppet.session.nick

    def present(self, user: UserRef, channel: Channel) -> Session | None:
        """Return the connection that somebody has in a channel already."""
        puppet = self._puppets.get(user)
        return puppet.session if puppet is not None and channel.room in puppet.here else None

    async def voice(self, account: Account, channel: Channel) -> Session | None:
        """Return the connection that speaks for a person in a channel, waiting for it a while.
        None: let the relay speak."""
        puppet = self._puppets.get(account.user) or self._create(account)
        if puppet is None:
            return None
        puppet.used = time.monotonic()
        self._rename(puppet, account)
        key = channel.room
        if key in puppet.here:
            return puppet.session
        if not self._want(puppet, channel):
            return None
        waiting = puppet.arrivals.get(key)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            puppet.arrivals[key] = waiting
        try:
            async with asyncio.timeout(self.ground.config.puppet_wait):
                arrived = await asyncio.shield(waiting)
        except TimeoutError:
            return None
        return puppet.session if arrived else None

    def show(self, account: Account, channel: Channel, present: bool, reason: str) -> None:
        """Let a person be seen in a channel, or no longer."""
        puppet = self._puppets.get(account.user)
        if present:
            puppet = puppet or self._create(account)
            if puppet is not None:
                puppet.lasting = True
                self._rename(puppet, account)
                self._want(puppet, channel)
        elif puppet is not None:
            self._withdraw(puppet, channel, reason)

    def follow(self, account: Account) -> None:
        """Take note of what a person is called now."""
        puppet = self._puppets.get(account.user)
        if puppet is not None:
            self._rename(puppet, account)

    def allow(self, channel: Channel) -> None:
        """An admin has linked the channel anew: puppets that were put out may try again."""
        key = channel.room
        for puppet in self._puppets.values():
            puppet.removed.discard(key)
            puppet.refused.pop(key, None)

    def empty(self, channel: Channel, reason: str) -> None:
        """Take all puppets out of a channel."""
        for puppet in list(self._puppets.values()):
            self._withdraw(puppet, channel, reason)

    def close(self, reason: str) -> list[Session]:
        """End all connections; return them, for whoever wants to wait."""
        sessions = [p.session for p in self._puppets.values() if p.session is not None]
        for puppet in list(self._puppets.values()):
            self._end(puppet, reason)
        return sessions

    def tick(self, now: float) -> None:
        """End puppets that nobody needs any more."""
        idle = self.ground.config.puppet_idle
        for puppet in list(self._puppets.values()):
            over = idle and not puppet.lasting and now - puppet.used > idle
            if over or (not puppet.wanted and not puppet.removed and not puppet.refused):
                self._end(puppet, "idle")

    # -- crew

    async def turn(self, session: Session) -> None:
        """Connect one after the other, since servers take a crowd for an attack; and after the
        relay, which learns what nicks may be, and whether there is a server at all."""
        async with self._turns:
            await self.rooms.connected.wait()
            await asyncio.sleep(self._next_turn - time.monotonic())
            self._next_turn = time.monotonic() + self.ground.config.puppet_interval
        puppet = self._by_session.get(session)
        if puppet is not None and not session.profile.nick:
            nick = self._nick_for(puppet.account)
            session.profile = structs.replace(session.profile, nick=nick)

    def up(self, session: Session) -> None:
        """Registered: join what is wanted."""
        puppet = self._by_session.get(session)
        if puppet is None:
            return
        self.view.remember_nick(session.nick, str(puppet.account.user))
        for channel in puppet.wanted.values():
            self._join(session, channel)

    def down(self, session: Session, reason: str) -> None:
        """Not connected: the relay speaks meanwhile."""
        puppet = self._by_session.get(session)
        if puppet is None:
            return
        log.info("%s: puppet %s: %s", self.view.name, session.profile.nick, reason)
        self._not_here(puppet)
        for key in list(puppet.arrivals):
            puppet.arrived(key, False)

    def joined(self, session: Session, channel: Channel) -> None:
        """In: speak."""
        puppet = self._by_session.get(session)
        if puppet is None:
            return
        key = channel.room
        if key not in puppet.wanted:
            session.send("PART", channel.name)
            return
        puppet.here.add(key)
        self._name(puppet, key, session.nick)
        puppet.arrived(key, True)

    def left(self, session: Session, channel: Channel, by: str, reason: str) -> None:
        """Put out: it stays out, and the person is told."""
        puppet, key = self._by_session.get(session), channel.room
        if puppet is None:
            return
        puppet.here.discard(key)
        if puppet.wanted.pop(key, None) is None:
            return
        puppet.removed.add(key)
        puppet.arrived(key, False)
        self._name(puppet, key, "")
        self.view.report(
            PuppetRemoved(room=channel.room, user=puppet.account.user, by=by, reason=reason)
        )
        if not puppet.wanted:
            self._disconnect(puppet, reason)

    def refused(self, session: Session, name: str, answer: Line) -> None:
        """Not let in: the relay speaks; ask again much later."""
        puppet, channel = self._by_session.get(session), self.view.channel(name)
        if puppet is None or channel is None or answer.command == "INVITE":
            return
        key = channel.room
        log.info("%s: %s may not join %s: %s", self.view.name, session.nick, name, answer.params)
        puppet.refused[key] = time.monotonic() + REST
        puppet.wanted.pop(key, None)
        puppet.arrived(key, False)

    def renamed(self, session: Session) -> None:
        """The server gave a puppet another nick."""
        puppet = self._by_session.get(session)
        if puppet is not None:
            self.view.remember_nick(session.nick, str(puppet.account.user))
            for key in puppet.here:
                self._name(puppet, key, session.nick)

    def takes(self, session: Session, line: Line) -> bool:
        """Whoever speaks to it in private hears that nobody reads it (``courtesy``)."""
        return False

    def told(self, session: Session, line: Line) -> None:
        """The server's words to it do not matter."""

    # -- inside

    def _create(self, account: Account) -> Puppet | None:
        limit = self.ground.config.puppet_limit
        if len(self._puppets) >= limit and not self._make_room():
            return None
        puppet = self._puppets[account.user] = Puppet(account)
        return puppet

    def _make_room(self) -> bool:
        now = time.monotonic()
        spare = [p for p in self._puppets.values() if now - p.used > SPARE_AFTER and not p.lasting]
        if not spare:
            return False
        self._end(min(spare, key=lambda puppet: puppet.used), "making room for others")
        return True

    def _want(self, puppet: Puppet, channel: Channel) -> bool:
        """Have a puppet join a channel. False: it may not, or not now."""
        key, now = channel.room, time.monotonic()
        if key in puppet.removed or puppet.refused.get(key, 0) > now or puppet.rests_until > now:
            return False
        puppet.refused.pop(key, None)
        new = key not in puppet.wanted
        puppet.wanted[key] = channel
        if puppet.task is None:
            self._connect(puppet)
        elif new and puppet.session is not None and puppet.session.up:
            self._join(puppet.session, channel)
        return True

    def _connect(self, puppet: Puppet) -> None:
        account = puppet.account
        name = nicks.ident(str(account.user))
        realname = one_line(account.about or account.name) or "bridged"
        profile = Profile("", name, realname, attempts=ATTEMPTS)  # the nick is chosen in ``turn``
        session = puppet.session = Session(self.ground, self, profile)
        self._by_session[session] = puppet
        puppet.task = asyncio.create_task(session.run(), name=f"puppet {account.user}")
        puppet.task.add_done_callback(lambda _: self._gave_up(puppet, session))

    def _nick_for(self, account: Account) -> str:
        length = self.view.traits.nick_length
        nick = nicks.wanted(self.ground.config.puppet_nick, account.name, length)
        if not self.ground.is_known_nick(nick):
            return nick
        others = nicks.alternatives(nick, length, nicks.ident(str(account.user)))
        return next((other for other in others if not self.ground.is_known_nick(other)), nick)

    def _rename(self, puppet: Puppet, account: Account) -> None:
        """Follow a person who has another name now."""
        before, puppet.account = puppet.account, account
        session = puppet.session
        if session is not None and session.profile.nick and before.name != account.name:
            session.profile = structs.replace(session.profile, nick=self._nick_for(account))
            session.reclaim()

    def _gave_up(self, puppet: Puppet, session: Session) -> None:
        self._by_session.pop(session, None)
        if puppet.session is session:
            puppet.session = puppet.task = None
            puppet.rests_until = time.monotonic() + REST
            for key in list(puppet.arrivals):
                puppet.arrived(key, False)

    def _withdraw(self, puppet: Puppet, channel: Channel, reason: str) -> None:
        key = channel.room
        puppet.removed.discard(key)
        puppet.refused.pop(key, None)
        if puppet.wanted.pop(key, None) is None:
            return
        puppet.arrived(key, False)
        if not puppet.wanted:
            self._end(puppet, reason)
            return
        if key in puppet.here and puppet.session is not None:
            puppet.here.discard(key)
            self._name(puppet, key, "")
            puppet.session.send("PART", channel.name, one_line(reason)[:200])

    def _end(self, puppet: Puppet, reason: str) -> None:
        self._puppets.pop(puppet.account.user, None)
        self._disconnect(puppet, reason)

    def _disconnect(self, puppet: Puppet, reason: str) -> None:
        self._not_here(puppet)
        for key in list(puppet.arrivals):
            puppet.arrived(key, False)
        session, task = puppet.session, puppet.task
        puppet.session = puppet.task = None
        if session is not None:
            self._by_session.pop(session, None)
            connecting = not session.up
            session.quit(reason or self.ground.config.quit_message)
            if task is not None and connecting:
                task.cancel()

    def _not_here(self, puppet: Puppet) -> None:
        for key in puppet.here:
            self._name(puppet, key, "")
        puppet.here.clear()

    def _name(self, puppet: Puppet, room: RoomRef, nick: str) -> None:
        self.view.observe(PuppetNamed(room, puppet.account.user, nick))

    def _join(self, session: Session, channel: Channel) -> None:
        room = self.rooms.get(channel.room)
        key = (room.policy.password,) if room is not None and room.policy.password else ()
        try:
            session.send("JOIN", channel.name, *key)
        except Unavailable as error:
            log.info("%s: %s cannot join yet: %s", self.view.name, session.nick, error)
