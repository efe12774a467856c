"""Who types in a hosted room, and up to where people have read: passed on, never kept."""

from typing import TYPE_CHECKING

from bridge.model import Account, ReadUpTo, Typing, UserRef
from protocols.xmpp import encode
from protocols.xmpp.decode import MucMessage
from protocols.xmpp.hosted import stanza
from protocols.xmpp.hosted.seats import Seat

if TYPE_CHECKING:
    from protocols.xmpp.hosted.room import HostedRoom

TYPING_CROWD = 50
"""Occupants from which on nobody is shown typing (signs grow with the square of the crowd)."""
READING_CROWD = 20
_STATES = ("active", "composing", "paused")


class Signs:
    """The signs of one room."""

    def __init__(self, room: "HostedRoom"):
        self._room = room
        self._typing: set[UserRef] = set()

    def take(self, seat: Seat, message: MucMessage) -> None:
        """Take in a sign of one of us: the others see it, and the bridge is told."""
        if message.state in _STATES:
            self._typed(seat.account, message.state)
        if message.displayed and self._is_quiet(READING_CROWD):
            self._pass(seat.account, encode.displayed(message.displayed))
            read = ReadUpTo(self._room.ref, seat.account, (message.displayed,))
            self._room.gateway.observe(read)

    def spoke(self, account: Account) -> None:
        """Whoever says something has stopped typing."""
        if account.user in self._typing:
            self._typing.discard(account.user)
            self._room.gateway.observe(Typing(self._room.ref, account, False))

    def show(self, state: Typing | ReadUpTo) -> None:
        """Show the sign of somebody of another network."""
        if self._room.occupants.of(state.account.user) is None:
            return
        match state:
            case Typing() if self._is_quiet(TYPING_CROWD):
                mark = encode.chat_state("composing" if state.active else "paused")
                self._pass(state.account, mark)
            case ReadUpTo() if state.ids and self._is_quiet(READING_CROWD):
                self._pass(state.account, encode.displayed(state.ids[0]))

    def _typed(self, account: Account, state: str) -> None:
        if not self._is_quiet(TYPING_CROWD):
            return
        active = state == "composing"
        if active or account.user in self._typing:
            (self._typing.add if active else self._typing.discard)(account.user)
            self._room.gateway.observe(Typing(self._room.ref, account, active))
        self._pass(account, encode.chat_state(state))

    def _pass(self, account: Account, children: str) -> None:
        room = self._room
        nick = room.occupants.nick(account)
        room.say("", stanza.message(f"{room.jid}/{nick}", "groupchat", "", children))

    def _is_quiet(self, crowd: int) -> bool:
        return len(self._room.clients) < crowd
