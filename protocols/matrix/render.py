"""Which events a command becomes, decided from memory."""

from typing import TypeVar

from msgspec import structs

from bridge.model import (
    Command,
    Edit,
    Mention,
    React,
    Rejected,
    Retract,
    Say,
    Send,
    SetTopic,
    Tell,
    UserRef,
)
from protocols.matrix import encode, markup, message
from protocols.matrix.address import Ghosts
from protocols.matrix.markup import Pill
from protocols.matrix.rooms import Room, Rooms

S = TypeVar("S", Send, Edit)


class Renderer:
    """Knows whom a mention can lead to in each room."""

    def __init__(self, name: str, ghosts: Ghosts, rooms: Rooms):
        self._name = name
        self._ghosts = ghosts
        self._rooms = rooms

    def pill(self, room: Room | None) -> Pill:
        """Return the rule that finds whom a mention leads to: people of this homeserver, and
        ghosts that are in the room."""

        def find(user: UserRef) -> str | None:
            if user.network == self._name:
                return user.id if user.id.startswith("@") else None
            mxid = self._ghosts.mxid(user)
            return mxid if room is not None and mxid in room.ghosts else None

        return find

    def addressed(self, send: S) -> S:
        """Call everybody who is mentioned as the room calls them (semantics.md 1.7)."""
        room = self._rooms.get(send.room.id)
        if room is None or not markup.mentioned(send.content.blocks, self.pill(room)):
            return send

        def called(mention: Mention) -> str:
            if mention.user is None:
                return mention.name
            if mention.user.network == self._name:
                member = room.members.get(mention.user.id)
                return member.name if member else mention.name
            return room.ghosts.get(self._ghosts.mxid(mention.user)) or mention.name

        return structs.replace(send, content=markup.named(send.content, called))

    def render(self, command: Command) -> tuple[str, ...]:
        """Cut a command into events; see ``Network.render``."""
        match command:
            case Send() | Edit():
                return self.spoken(command, self._ghosts.mxid(command.speaker.user))
            case React():
                return (encode.reaction(command),)
            case Retract():
                return _redactions(command)
            case SetTopic():
                return (encode.topic(command.topic),)
            case Tell():
                return encode.told(command, self._name)
            case Say():
                return (encode.notice(command.text, command.key),)

    def spoken(self, command: Send | Edit, mxid: str, relay: str | None = None) -> tuple[str, ...]:
        """Write what somebody says, or says now; ``relay`` is the template of who says it for
        them."""
        pill = self.pill(self._rooms.get(command.room.id))
        if isinstance(command, Edit):
            return (message.edit(self.addressed(command), pill, mxid, relay),)
        return message.message(self.addressed(command), pill, mxid, relay)


def _redactions(command: Retract) -> tuple[str, ...]:
    """Take back the message and each of its edits, which else would be there to read."""
    reason = command.reason
    if command.speaker and command.speaker.user != command.author.user:
        reason = f"{reason} (by {command.speaker.name})" if reason else f"by {command.speaker.name}"
    if not command.own and any(len(ids) > 1 for ids in command.target):
        raise Rejected("it began a thread that is older than the bridge; remove it on Matrix")
    targets = dict.fromkeys(ids[0] for ids in command.target if ids)
    if not targets:
        raise Rejected("the message that was taken back has no id on Matrix")
    return tuple(encode.redaction(target, reason) for target in targets)
