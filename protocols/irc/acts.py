"""Carry out what is no line of text: reactions (TAGMSG) and redactions (REDACT)."""

from collections.abc import Iterator

from bridge.model import Delivered, React, Rejected, Reply, Retract
from protocols.irc.caps import REDACTION
from protocols.irc.channel import Channel
from protocols.irc.delivery import EMOTE, Delivery
from protocols.irc.encode import one_line
from protocols.irc.evidence import Expectation
from protocols.irc.modes import is_operator
from protocols.irc.refusals import Refusal
from protocols.irc.rooms import Room
from protocols.irc.session import Session
from protocols.irc.tags import message_id, reacting, signature

REACTION, REDACTED = "react:", "redact:"
"""How a rendered part begins. A part is kept in the database: do not change these."""
_REASON = 200
_DONE = "UNKNOWN_MSGID"
"""The server does not know the message, or not any more: there is nothing left to take back."""

Act = React | Retract


class Acts:
    """Does what people of other networks did to messages."""

    def __init__(self, delivery: Delivery):
        self.delivery = delivery
        self.view = delivery.view

    def render(self, command: Act) -> tuple[str, ...]:
        """Say what is to be sent. Raises ``Rejected`` if the server has no name for the target."""
        if isinstance(command, React):
            return (REACTION + one_line(command.reaction),)
        known = dict.fromkeys(filter(None, map(message_id, command.target)))
        if not known:
            raise Rejected("the server gave this message no id by which it could be removed")
        return tuple(REDACTED + msgid for msgid in known)

    async def deliver(self, command: Act, parts: tuple[str, ...], done: int) -> Delivered:
        """See ``Network.deliver``."""
        if isinstance(command, React):
            return await self._react(command, parts[0].removeprefix(REACTION))
        room, channel = self.delivery.open(command)
        for part in parts[done:]:
            await self._redact(command, room, channel, part.removeprefix(REDACTED))
        return Delivered(tuple(() for _ in parts[done:]))

    # -- reactions

    async def _react(self, command: React, key: str) -> Delivered:
        """React as the person's own connection; the relay can only say that somebody did."""
        room, channel = self.delivery.open(command)
        puppet = await self.delivery.voices.of(command.speaker, room, channel)
        tags: dict[str, str] = {}
        if puppet is not None:
            tags = reacting(command.target, key, command.added, puppet.may_tag)
        if puppet is None or not tags:
            return await self._in_words(command, room, channel, key)
        expected = self._expect(command, puppet, channel, "TAGMSG", signature(tags))
        puppet.transmit(expected, channel.name, tags=tags)
        ids = await expected.outcome
        self.view.evidence.copied(ids)
        return Delivered((ids,))

    async def _in_words(self, command: React, room: Room, channel: Channel, key: str) -> Delivered:
        if not command.added:
            return Delivered(((),))
        seat = self.delivery.voices.seats.present(command.speaker.user, channel.room)
        prefix = "" if seat else self.delivery.prefix(room, EMOTE, command.speaker)
        text = EMOTE + one_line(f"reacted with {key} to {command.author.name}")
        about = Reply(command.target, command.author, "")
        return await self.delivery.say(
            command.key, seat or self.delivery.relay(room), channel.name, (text,), 0, channel,
            prefix, seat is not None, about,
        )  # fmt: skip

    # -- redactions

    async def _redact(self, command: Retract, room: Room, channel: Channel, msgid: str) -> None:
        """Have one line removed by whoever may: its author, an operator, the relay."""
        refused: Refusal | None = None
        for session in dict.fromkeys(self._hands(command, room, channel)):
            expected = self._expect(command, session, channel, "REDACT", msgid)
            reason = one_line(command.reason)[:_REASON]
            session.transmit(expected, channel.name, msgid, *filter(None, (reason,)))
            try:
                await expected.outcome
                return
            except Refusal as refusal:
                if refusal.code == _DONE:
                    return
                refused = refusal
        raise refused or Rejected("the server cannot remove messages (no draft/message-redaction)")

    def _hands(self, command: Retract, room: Room, channel: Channel) -> Iterator[Session]:
        voices = self.delivery.voices
        hands: list[Session | None] = []
        if command.own:
            hands.append(voices.present(command.author.user, channel))
        relay = None if voices.alone(room) else self.delivery.relay(room)
        if command.speaker is not None and not (relay and self._is_operator(relay, channel)):
            hands.append(voices.present(command.speaker.user, channel))
        hands.append(relay)
        yield from (hand for hand in hands if hand is not None and REDACTION in hand.caps)

    def _is_operator(self, session: Session, channel: Channel) -> bool:
        letters = channel.letters.get(self.view.fold(session.nick), "")
        return is_operator(letters, self.view.traits)

    def _expect(
        self, command: Act, session: Session, channel: Channel, verb: str, text: str
    ) -> Expectation:
        expected = Expectation(command.key, 0, verb, self.view.fold(channel.name), text)
        listener = channel.listening.listener
        expected.watched = listener is not None and listener is not session
        return expected
