"""What people do to others in a channel, with their own rights there: kick, ban, rank, invite; and
its topic."""

from bridge.model import Invite, ListBans, Moderate, Rejected, RoomRef, SetSubject, UserRef
from protocols.irc.channel import Channel, fit_topic
from protocols.irc.decode import Mask
from protocols.irc.encode import one_line
from protocols.irc.modes import modes_of
from protocols.irc.seats.asking import Question
from protocols.irc.seats.crew import Seats
from protocols.irc.seats.sitting import Sitter
from protocols.irc.session import Session
from protocols.irc.standings import glob

_REASON = 250
_MOST = 1000
"""Bans of a channel that are told."""


class Moderation:
    """Does it on the person's own connection; the server decides whether they may."""

    def __init__(self, seats: Seats):
        self.seats = seats
        self.view = seats.view

    async def moderate(self, request: Moderate) -> None:
        """See ``Moderate``. Raises ``Rejected`` in the server's words."""
        sitter, session, channel = self._in(request.person.user, request.room)
        nick = request.nick.strip()
        match request.deed:
            case "kick":
                await self._kick(sitter, session, channel, nick, request.reason)
            case "ban":
                banned = await self._mask(sitter, session, channel, nick)
                await self._mode(sitter, session, channel, "+b", banned)
                if self._is_here(channel, nick):
                    await self._kick(sitter, session, channel, nick, request.reason)
            case "unban":
                await self._unban(sitter, session, channel, nick)
            case "rank" if request.rank == "muted":
                await self._mute(sitter, session, channel, nick)
            case "rank":
                now = channel.letters.get(self.view.fold(nick), "")
                letters, count = modes_of(request.rank, now, session.traits)
                if count:
                    await self._mode(sitter, session, channel, letters, *[nick] * count)

    async def subject(self, request: SetSubject) -> None:
        """Set the topic; empty clears it."""
        sitter, session, channel = self._in(request.person.user, request.room)
        room = min(session.traits.topic_length, session.budget("TOPIC", channel.name))
        question = Question([self.view.fold(channel.name)])
        topic = fit_topic(request.topic, room)
        await sitter.questions.ask(session, question, "TOPIC", channel.name, topic)

    async def invite(self, request: Invite) -> None:
        """Ask somebody to come."""
        sitter, session, channel = self._in(request.person.user, request.room)
        nick = request.nick.strip()
        question = Question(map(self.view.fold, (nick, channel.name)), answers="341")
        await sitter.questions.ask(session, question, "INVITE", nick, channel.name)

    async def bans(self, request: ListBans) -> str:
        """Return who is banned, a mask to a line."""
        sitter, session, channel = self._in(request.person.user, request.room)
        return "\n".join(await self._bans(sitter, session, channel))

    # -- inside

    def _in(self, user: UserRef, room: RoomRef) -> tuple[Sitter, Session, Channel]:
        sitter, session = self.seats.of(user), self.seats.present(user, room)
        channel = self.view.channel(room.id)
        if sitter is None or session is None or channel is None:
            raise Rejected("you are not in this channel", "gone")
        return sitter, session, channel

    def _is_here(self, channel: Channel, nick: str) -> bool:
        ours = self.view.ours.get(self.view.fold(nick))
        return nick in channel.members or (ours is not None and ours in channel.listening)

    async def _kick(
        self, sitter: Sitter, session: Session, channel: Channel, nick: str, reason: str
    ) -> None:
        question = Question(map(self.view.fold, (nick, channel.name)))
        words = one_line(reason)[:_REASON] or session.nick
        await sitter.questions.ask(session, question, "KICK", channel.name, nick, words)

    async def _mode(
        self, sitter: Sitter, session: Session, channel: Channel, letters: str, *about: str
    ) -> None:
        question = Question(map(self.view.fold, (channel.name, *about)))
        await sitter.questions.ask(session, question, "MODE", channel.name, letters, *about)

    async def _bans(self, sitter: Sitter, session: Session, channel: Channel) -> list[str]:
        question = Question([self.view.fold(channel.name)], answers="367", ends="368")
        lines = await sitter.questions.ask(session, question, "MODE", channel.name, "+b")
        return [line.param(2) for line in lines[:_MOST]]

    async def _unban(self, sitter: Sitter, session: Session, channel: Channel, nick: str) -> None:
        """Lift the ban with this mask, or all that somebody falls under."""
        found = [nick]
        if not _is_mask(nick):
            source = await self._source(sitter, session, nick)
            whole = self.view.fold(f"{nick}!{source.user or '*'}@{source.host or '*'}")
            person = channel.members.get(nick)
            account = session.traits.account_ban + person.account if person is not None else ""
            found = [
                ban
                for ban in await self._bans(sitter, session, channel)
                if ban == account or glob(self.view.fold(ban)).fullmatch(whole)
            ]
            if not found:
                raise Rejected(f"{nick} is not banned in {channel.name}", "unknown")
        for ban in found:
            await self._mode(sitter, session, channel, "-b", ban)

    async def _mute(self, sitter: Sitter, session: Session, channel: Channel, nick: str) -> None:
        """Silence somebody: as the server has it, else by taking their voice away."""
        traits = session.traits
        if "q" in traits.modes[0]:
            muted = await self._mask(sitter, session, channel, nick)
            await self._mode(sitter, session, channel, "+q", muted)
        elif traits.mute_ban:
            muted = await self._mask(sitter, session, channel, nick, account=False)
            await self._mode(sitter, session, channel, "+b", traits.mute_ban + muted)
        now = channel.letters.get(self.view.fold(nick), "")
        letters, count = modes_of("muted", now, traits)
        if count:
            await self._mode(sitter, session, channel, letters, *[nick] * count)

    async def _mask(
        self, sitter: Sitter, session: Session, channel: Channel, nick: str, account: bool = True
    ) -> str:
        """Return the mask that bans somebody: by account where that can be, else by host; people
        of our gateway, who all come from our host, by their user names (semantics.md 7.2)."""
        if _is_mask(nick):
            return nick
        ours = self.view.ours.get(self.view.fold(nick))
        if ours is not None:
            return f"*!{ours.user or ours.profile.username}@{ours.host or '*'}"
        person = channel.members.get(nick)
        if account and person is not None and person.account and session.traits.account_ban:
            return session.traits.account_ban + person.account
        source = await self._source(sitter, session, nick)
        if not source.host:
            raise Rejected(f"{nick} is not there; ban them by a mask like *!*@host", "unknown")
        return f"*!*@{source.host}"

    async def _source(self, sitter: Sitter, session: Session, nick: str) -> Mask:
        """Return where somebody comes from, asking the server if need be."""
        person = self.view.people.get(nick)
        if person is not None and person.host:
            return Mask(nick, person.user, person.host)
        ours = self.view.ours.get(self.view.fold(nick))
        if ours is not None and ours.host:
            return ours.mask
        question = Question(answers="302", ends="302")
        lines = await sitter.questions.ask(session, question, "USERHOST", nick, seconds=10)
        told = lines[0].params[-1].strip() if lines else ""
        user, _, host = told.partition("=")[2][1:].partition("@")
        return Mask(nick, user, host)


def _is_mask(text: str) -> bool:
    return any(c in text for c in "!@*:$~")
