"""Which events a command becomes, decided from memory."""

from msgspec import structs

from bridge.model import Command, Mention, Rejected, Say, Send, SetTopic, Tell, UserRef
from protocols.matrix import encode, markup
from protocols.matrix.address import Ghosts
from protocols.matrix.markup import Pill
from protocols.matrix.rooms import Room, Rooms


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

    def addressed(self, send: Send) -> Send:
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
            case Send():
                speaker = self._ghosts.mxid(command.speaker.user)
                pill = self.pill(self._rooms.get(command.room.id))
                return (encode.message(self.addressed(command), pill, speaker),)
            case SetTopic():
                return (encode.topic(command.topic),)
            case Tell():
                return encode.told(command, self._name)
            case Say():
                return (encode.notice(command.text, command.key),)
            case _:
                raise Rejected("this network is not told of this yet")
