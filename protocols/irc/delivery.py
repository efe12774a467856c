"""Say things on IRC: cut commands into lines, choose who says them, wait for the evidence."""

import re

from cachetools import LRUCache

from bridge.model import (
    Account,
    Command,
    Content,
    Delivered,
    Mention,
    Rejected,
    Reply,
    Say,
    Send,
    SetTopic,
    Tell,
    Unavailable,
)
from protocols.irc import nicks
from protocols.irc.channel import Channel, fit_topic
from protocols.irc.config import IrcConfig
from protocols.irc.courtesy import Courtesy
from protocols.irc.encode import one_line
from protocols.irc.evidence import Expectation
from protocols.irc.rooms import Room, Rooms
from protocols.irc.session import Session
from protocols.irc.split import LONGEST_MASK, budget, split
from protocols.irc.tags import answering
from protocols.irc.view import View
from protocols.irc.voices import Voices
from protocols.irc.writing import lines

SAID, EMOTE, NOTICE, TOPIC = "say:", "emote:", "notice:", "topic:"
"""How a rendered part begins. A part is kept in the database: do not change these."""

_KINDS = {"text": SAID, "emote": EMOTE, "notice": NOTICE}
_ACTION = len("\x01ACTION \x01")
_STAMP = re.compile(r"\[(?:\d{4}-\d\d-\d\d )?\d\d:\d\d\] ")
MOST_LINES = 200
"""Lines of a message that cannot be cut, because there is no link to its full text."""
_REMEMBERED = 4096
_MOST_TOLD = 3
"""Lines of a private notice."""


class Delivery:
    """Carries out commands."""

    def __init__(
        self, view: View, rooms: Rooms, voices: Voices, config: IrcConfig, limits: Courtesy
    ):
        self.view = view
        self.rooms = rooms
        self.voices = voices
        self.config = config
        self.limits = limits
        self._delivered: LRUCache[tuple[str, int], tuple[str, ...]] = LRUCache(_REMEMBERED)
        """The parts that are evident, for the case that the bridge could not note it."""

    # -- render

    def render(self, command: Command) -> tuple[str, ...]:
        """Cut a command into lines. Raises ``Rejected`` if nothing is left to say."""
        match command:
            case Send():
                return self._render_send(command)
            case SetTopic():
                return (TOPIC + fit_topic(command.topic, self._topic_room(command)),)
            case Say():
                room = self._budget("NOTICE", command.room.id, "")
                return self._notices(command.text, room)
            case Tell():
                return self._notices(command.text, self._budget("NOTICE", "x" * 32, ""))
            case _:
                raise Rejected("this network is not told of this yet")

    def _render_send(self, command: Send) -> tuple[str, ...]:
        content, room = command.content, self.rooms.get(command.room)
        kind = _KINDS[content.style]
        name = room.name if room is not None else command.room.id
        verb = "NOTICE" if kind == NOTICE else "PRIVMSG"
        alone = budget(name, LONGEST_MASK, verb, self.view.traits.line_length)
        most = alone - (_ACTION if kind == EMOTE else 0)
        if not self.voices.alone(room):
            told = self._budget(verb, name, self.prefix(room, kind, command.speaker))
            most = min(most, told) if self.voices.own(room) else told
        logical = lines(content, self._name_of, self.config.colours)
        parts: list[str] = []
        enough = self.config.line_limit if command.more else None
        for line in logical:
            for piece in split(line, most):
                if piece.strip():
                    parts.append(kind + piece)
                if enough is not None and len(parts) > enough:
                    more = one_line(command.more)
                    return (*parts[: max(enough - 1, 1)], kind + more)
                if len(parts) > MOST_LINES:
                    raise Rejected(f"too long: it would take more than {MOST_LINES} lines")
        if not parts:
            raise Rejected("empty")
        return tuple(parts)

    def private_parts(self, content: Content, session: Session, nick: str) -> tuple[str, ...]:
        """Cut a private message into lines. Raises ``Rejected`` if there is nothing to say."""
        kind = _KINDS[content.style]
        most = session.budget("NOTICE" if kind == NOTICE else "PRIVMSG", nick) - _ACTION
        logical = lines(content, self._name_of, self.config.colours)
        parts = tuple(kind + p for line in logical for p in split(line, most) if p.strip())
        if not parts:
            raise Rejected("empty", "malformed")
        if len(parts) > MOST_LINES:
            raise Rejected(f"too long: it would take more than {MOST_LINES} lines", "limit")
        return parts

    def said_already(self, key: str, parts: tuple[str, ...]) -> int:
        """Return how many parts of a command are known to have got through."""
        known = (number for number in range(len(parts)) if (key, number) not in self._delivered)
        return next(known, len(parts))

    def _notices(self, text: str, room: int) -> tuple[str, ...]:
        pieces = list(split(one_line(text), room))[:_MOST_TOLD]
        if not pieces:
            raise Rejected("empty")
        return tuple(NOTICE + piece for piece in pieces)

    def _name_of(self, mention: Mention) -> str:
        """Return the nick that reaches somebody here, else their name."""
        if mention.user is None:
            return mention.name
        person = self.view.people.find(mention.user)
        if person is not None:
            return person.nick
        return self.voices.nick_of(mention.user) or mention.name

    def _budget(self, command: str, target: str, prefix: str) -> int:
        relay = self.rooms.relay
        if relay is not None and relay.up:
            room = relay.budget(command, target)
        else:
            room = budget(target, LONGEST_MASK, command)
        return room - len(prefix.encode())

    def _topic_room(self, command: SetTopic) -> int:
        line = budget(command.room.id, LONGEST_MASK, "TOPIC", self.view.traits.line_length)
        return min(self.view.traits.topic_length, line)

    def prefix(self, room: Room | None, kind: str, speaker: Account) -> str:
        """Return how the relay writes who speaks."""
        name = nicks.unpinged(speaker.name)
        if kind == EMOTE:
            return f"* {name} "
        template = room.policy.relay if room is not None else None
        return one_line_prefix(template or self.config.relay).replace("{name}", name)

    # -- deliver

    async def deliver(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """See ``Network.deliver``."""
        match command:
            case Send():
                return await self._send(command, parts, done)
            case SetTopic():
                return await self._set_topic(command, parts[0].removeprefix(TOPIC))
            case Say():
                room, channel = self.open(command)
                relay = self.relay(room)
                return await self.say(command.key, relay, channel.name, parts, done, channel)
            case Tell():
                return await self._tell(command, parts, done)
            case _:
                raise Rejected("this network is not told of this yet")

    async def _send(self, command: Send, parts: tuple[str, ...], done: int) -> Delivered:
        room, channel = self.open(command)
        ids: list[tuple[str, ...]] = []
        if command.doubtful:
            self.witness(room)  # its join history must have been read before we look
            ids = self._found(command, room, channel, parts, done)
            if done + len(ids) == len(parts):
                return Delivered(tuple(ids))
            if not channel.played_back:
                self.view.evidence.in_doubt += 1
        puppet = await self.voices.of(command.speaker, room, channel)
        speaker = puppet or self.relay(room)
        prefix = "" if puppet else self.prefix(room, parts[0].partition(":")[0] + ":",
                                                command.speaker)  # fmt: skip
        more = await self.say(
            command.key, speaker, channel.name, parts, done + len(ids), channel, prefix,
            puppet is not None, command.reply,
        )  # fmt: skip
        return Delivered((*ids, *more.parts))

    def _found(
        self, command: Send, room: Room, channel: Channel, parts: tuple[str, ...], done: int
    ) -> list[tuple[str, ...]]:
        """Look for parts that an earlier attempt brought through."""
        names = {self.view.fold(self.config.nick), *self.view.spoke_as(command.speaker.user)}
        if self.rooms.relay is not None:
            names.add(self.view.fold(self.rooms.relay.nick))
        target, found = self.view.fold(channel.name), []
        for number, part in enumerate(parts[done:], done):
            kind, _, text = part.partition(":")
            prefix = self.prefix(room, kind + ":", command.speaker)
            bare = _STAMP.sub("", text, count=1) if number == 0 else text
            texts = {prefix + text, prefix + bare, text, bare}
            if kind + ":" == EMOTE:
                texts |= {f"\x01ACTION {text}\x01", f"\x01ACTION {bare}\x01"}
            ids = self._delivered.get((command.key, number))
            if ids is None:
                ids = self.view.evidence.claim(names, target, texts, command.time)
            if ids is None:
                break
            found.append(ids)
            if number + 1 < len(parts):
                self.view.confirm(command.room, command.key, number, ids)
        return found

    async def say(
        self, key: str, session: Session, target: str, parts: tuple[str, ...], done: int,
        channel: Channel | None = None, prefix: str = "", action: bool = False,
        reply: Reply | None = None,
    ) -> Delivered:  # fmt: skip
        """Send parts one behind the other, then wait for the evidence of each. Only the first
        says by its tags what it answers."""
        session.check_room(len(parts) - done)
        about = answering(reply.ids, session.may_tag) if reply and not done else None
        sent: list[list[Expectation]] = []
        for number, part in enumerate(parts[done:], done):
            sent.append(
                self._transmit(key, number, session, target, part, channel, prefix, action, about)
            )
            about = None
        ids: list[tuple[str, ...]] = []
        for number, pieces in enumerate(sent, done):
            known = [name for piece in pieces for name in await piece.outcome]
            ids.append(tuple(dict.fromkeys(known)))
            self._delivered[key, number] = ids[-1]
            if number + 1 < len(parts) and channel is not None:
                self.view.confirm(channel.room, key, number, ids[-1])
            else:
                self.view.evidence.copied(ids[-1])
        return Delivered(tuple(ids))

    def _transmit(
        self, key: str, number: int, session: Session, target: str, part: str,
        channel: Channel | None, prefix: str, action: bool, tags: dict[str, str] | None,
    ) -> list[Expectation]:  # fmt: skip
        """Send one part. It fitted when it was rendered; if our mask has grown since, it goes out
        in two pieces."""
        kind, _, text = part.partition(":")
        command = "NOTICE" if kind + ":" == NOTICE else "PRIVMSG"
        action = action and kind + ":" == EMOTE
        room = session.budget(command, target) - len(prefix.encode()) - (_ACTION if action else 0)
        sent: list[Expectation] = []
        for piece in split(text, room):
            words = f"\x01ACTION {piece}\x01" if action else prefix + piece
            expected = Expectation(key, number, command, self.view.fold(target), words)
            listener = channel.listening.listener if channel is not None else None
            expected.watched = listener is not None and listener is not session
            session.transmit(expected, target, words, tags=None if sent else tags)
            sent.append(expected)
        return sent

    async def _set_topic(self, command: SetTopic, topic: str) -> Delivered:
        room, channel = self.open(command)
        relay = self.relay(room)
        if channel.topic == topic:
            return Delivered(((),))
        expected = Expectation(command.key, 0, "TOPIC", self.view.fold(channel.name), topic)
        relay.transmit(expected, channel.name, topic)
        return Delivered((await expected.outcome,))

    async def _tell(self, command: Tell, parts: tuple[str, ...], done: int) -> Delivered:
        person = self.view.people.find(command.user)
        if person is None:
            raise Rejected("they are not on IRC any more")
        room = self.rooms.get(command.room)
        relay = self.relay(room) if room is not None else self.rooms.relay
        if relay is None:
            raise Unavailable("not connected to IRC", sent=False)
        cause = f"{command.room} {command.retriable} {command.text if not command.about else ''}"
        if done == 0 and not self.limits.may_tell(command.user.id, cause):
            return Delivered(tuple(() for _ in parts))
        return await self.say(command.key, relay, person.nick, parts, done)

    def open(self, command: Command) -> tuple[Room, Channel]:
        """Return where a command is to be carried out. Raises ``Unavailable``."""
        room = self.rooms.get(command.room)
        channel = self.view.channel(room.name) if room is not None else None
        if room is None or channel is None:
            raise Unavailable(f"{command.room} is not visited", sent=False)
        return room, channel

    def witness(self, room: Room) -> None:
        """Raise ``Unavailable`` unless somebody of ours is in that room."""
        if not self.voices.alone(room) or not room.up:
            self.relay(room)

    def relay(self, room: Room) -> Session:
        """Return the relay, in that room. Raises ``Unavailable``."""
        if self.rooms.relay is None or not room.up:
            detail = room.told.detail if room.told is not None else "not joined yet"
            raise Unavailable(detail or "not joined yet", sent=False)
        return self.rooms.relay


def one_line_prefix(template: str) -> str:
    """Make an admin's template safe for a line, keeping its last space."""
    return template.replace("\r", " ").replace("\n", " ").replace("\0", "").replace("\x01", "")
