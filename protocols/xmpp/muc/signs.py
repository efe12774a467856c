"""Passing signs in a room: who is typing (XEP-0085), and up to where people have read (XEP-0333).

They are worth little and come often, so that large rooms do without.
"""

import asyncio
from typing import TYPE_CHECKING

from bridge.model import Account, ReadUpTo, Typing, Unavailable, UserRef
from protocols.xmpp import encode
from protocols.xmpp.decode import MucMessage
from protocols.xmpp.muc import reading

if TYPE_CHECKING:
    from protocols.xmpp.muc.room import Room

TYPING_CROWD = 50
"""Occupants from which on nobody is shown typing."""
READING_CROWD = 20
"""Occupants above which nobody is shown reading."""
TYPING_SECONDS = 30.0
"""How long somebody types without news."""


class Heard:
    """Tells the bridge what signs the room's own people give."""

    def __init__(self, room: "Room"):
        self._room = room
        self._typing: set[UserRef] = set()

    def take(self, message: MucMessage, author: Account) -> None:
        """Take in a message of now; what is said ends the typing."""
        if not message.nick:
            return
        if message.state == "composing" and not message.body:
            self._typing.add(author.user)
            self._room.wire.host.observe(Typing(self._room.ref, author, True))
        elif author.user in self._typing and (message.state or message.body):
            self._typing.discard(author.user)
            self._room.wire.host.observe(Typing(self._room.ref, author, False))
        read = reading.meant(message.displayed, self._room.stable_ids)
        if read and self._room.shows_reading:
            self._room.wire.host.observe(ReadUpTo(self._room.ref, author, (read,)))


class Shown:
    """Lets puppets give signs."""

    def __init__(self, room: "Room"):
        self._room = room
        self._typing: dict[UserRef, asyncio.TimerHandle] = {}
        self._read: dict[UserRef, str] = {}

    def type(self, state: Typing) -> None:
        """Show that somebody types, or no longer does; it ends by itself after a while."""
        user = state.account.user
        ending = self._typing.pop(user, None)
        if ending:
            ending.cancel()
        if not state.active:
            if ending:
                self._post(user, encode.chat_state("paused"))
            return
        if not self._room.shows_typing or not self._room.puppets.jid(user):
            return
        if ending is None:
            self._post(user, encode.chat_state("composing"))
        stop = Typing(state.room, state.account, False)
        self._typing[user] = asyncio.get_running_loop().call_later(TYPING_SECONDS, self._end, stop)

    def spoke(self, user: UserRef) -> None:
        """Whoever says something has stopped typing; clients know that by themselves."""
        if ending := self._typing.pop(user, None):
            ending.cancel()

    def read(self, state: ReadUpTo) -> None:
        """Show how far somebody has read."""
        user, stanza_id = state.account.user, reading.native(state.ids, "sid:")
        if not stanza_id or not self._room.shows_reading or self._read.get(user) == stanza_id:
            return
        if self._post(user, encode.displayed(stanza_id)):
            self._read[user] = stanza_id

    def clear(self) -> None:
        """The room is out of reach, or left: nobody types there."""
        for ending in self._typing.values():
            ending.cancel()
        self._typing.clear()
        self._read.clear()

    def _end(self, stop: Typing) -> None:
        self.type(stop)

    def _post(self, user: UserRef, payload: str) -> bool:
        """Send a sign as the person's puppet, if it is in the room; a relay gives none."""
        room, jid = self._room, self._room.puppets.jid(user)
        if jid is None or not room.is_up:
            return False
        try:
            room.wire.post(encode.sign(jid, room.ref.id, payload))
        except Unavailable:
            return False
        return True
