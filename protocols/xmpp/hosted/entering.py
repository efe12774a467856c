"""Coming into a hosted room and leaving it, in the order that the wire demands (XEP-0045 §7)."""

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from bridge.model import (
    Account,
    Enter,
    Entered,
    Leave,
    MembersChanged,
    Past,
    Rejected,
    Rename,
    SeatLost,
    Send,
    UserRef,
)
from protocols.xmpp import encode
from protocols.xmpp.hosted import presence, refusals, stanza, wishes
from protocols.xmpp.hosted.occupants import Occupant
from protocols.xmpp.hosted.seats import Client, Seat, Wish

if TYPE_CHECKING:
    from protocols.xmpp.hosted.room import HostedRoom

log = logging.getLogger(__name__)

SETTLING_SECONDS = 5.0
"""How long a client may still name the nick before the last one."""
CROWD = 100
"""Occupants; to show so many of them costs as much as one more stanza."""


class Entrance:
    """The door of one room."""

    def __init__(self, room: "HostedRoom"):
        self._room = room
        self._leaving: dict[UserRef, asyncio.Task[None]] = {}

    # --- in --------------------------------------------------------------------------------------

    def knock(self, jid: str, user: UserRef, wish: Wish) -> None:
        """A client wants to come in, or is in and wants to see everything again (§7.2)."""
        room = self._room
        seat = room.seats.get(user)
        if seat is None:
            seat = Seat(user, wish.nick)
            seat.knocking[jid] = wish
            room.gateway.seated(room, seat)
            room.gateway.start(self._take(seat, wish))
        elif not seat.entered:
            seat.knocking[jid] = wish
        else:
            # Everybody in the room is shown to whoever asks: who asks again and again must pay.
            room.gateway.people.check_stanza(seat.jid, len(room.occupants) / CROWD)
            room.gateway.start(self._admit(seat, jid, wish))

    async def _take(self, seat: Seat, wish: Wish) -> None:
        """Ask the network behind for a seat; then let in who waited for it."""
        room = self._room
        try:
            if leaving := self._leaving.get(seat.user):
                await asyncio.wait({leaving})
            entered = await room.gateway.ask(
                Enter(
                    person=Account(seat.user, wish.nick, about=seat.jid),
                    room=room.ref,
                    network=room.place.server,
                    address=room.place.name,
                    nick=wish.nick,
                    password=wish.password,
                )
            )
        except Exception as reason:
            self._refuse(seat, reason)
            return
        if not isinstance(entered, Entered) or room.seats.get(seat.user) is not seat:
            self._refuse(seat, Rejected("the channel could not be entered", "gone"))
            return
        self._seated(seat, entered)
        if seat.is_empty:  # Gone again before they were in.
            self._give_up(seat, "")
            return
        knocking, seat.knocking = seat.knocking, {}
        await asyncio.gather(*(self._admit(seat, jid, w) for jid, w in knocking.items()))

    def _refuse(self, seat: Seat, reason: Exception) -> None:
        room = self._room
        if not isinstance(reason, Rejected):
            log.info("%s cannot enter %s: %r", seat.jid, room.jid, reason)
        room.gateway.unseated(room, seat)
        error = refusals.of(reason, "enter")
        for jid, wish in seat.knocking.items():
            answer = presence.refusal(room.jid, wish.nick, error)
            room.gateway.post(answer.to(stanza.recipient(jid)))
        room.gateway.release(room)

    def _seated(self, seat: Seat, entered: Entered) -> None:
        room = self._room
        seat.entered = True
        room.behind = entered
        room.showing.entered()
        native = entered.room.network if entered.room else ""
        changes = room.occupants.seat(Account(seat.user, entered.nick), entered.nick, native)
        known = room.occupants.of(seat.user)
        seat.nick = known.nick if known else entered.nick
        room.announce(changes)
        room.gateway.private.learn(seat.jid, native, room.place.server)
        room.gateway.observe(MembersChanged(room.ref, joined=(seat.account,)))

    async def _admit(self, seat: Seat, jid: str, wish: Wish) -> None:
        """Show a client the room: who is there, itself, what was said, the subject (§7.2.2)."""
        room, gateway = self._room, self._room.gateway
        await gateway.kept.add(room.jid, jid, seat.nick)
        me = room.occupants.of(seat.user)
        if room.seats.get(seat.user) is not seat or me is None:
            await gateway.kept.remove(room.jid, jid)
            return
        client = room.clients.get(jid) or Client(jid, seat, wish.nick)
        client.waiting = []
        client.away = wish.away
        room.clients[jid] = seat.clients[jid] = client
        gateway.post(self._who_is_there(client, me, wish))
        gateway.absence.changed(seat)
        seen = await self._show_history(client, wish)
        if room.clients.get(jid) is client:
            gateway.post(room.showing.subject().to(client.to))
            self._go_on(client, seen)

    def _go_on(self, client: Client, seen: set[str]) -> None:
        """Show what was said meanwhile, and from now on everything at once."""
        waiting, client.waiting = client.waiting or [], None
        late = [text.to(client.to) for sid, text in waiting if sid not in seen]
        if late:
            self._room.gateway.post("".join(late))

    def catch_up(self, since: float) -> None:
        """There was no stream for a while: show everybody what was said then. A client that is
        gone by now is found out by the errors that come back.
        """
        for client in tuple(self._room.clients.values()):
            if client.waiting is None:
                client.waiting = []
                self._room.gateway.start(self._catch_up(client, since))

    async def _catch_up(self, client: Client, since: float) -> None:
        room = self._room
        room.gateway.post(stanza.message(room.jid, "groupchat", "", encode.NO_STORE).to(client.to))
        wish = Wish(client.seat.nick, past=Past(wishes.MOST, since))
        self._go_on(client, await self._show_history(client, wish))

    def _who_is_there(self, client: Client, me: Occupant, wish: Wish) -> str:
        room = self._room
        out = [
            presence.available(room.jid, who, room.address(who)).to(client.to)
            for who in room.occupants
            if who is not me
        ]
        codes = [presence.SELF, presence.OPEN]
        if me.nick != wish.nick:
            codes.append(presence.NICK_GIVEN)
        out.append(presence.available(room.jid, me, client.jid, *codes).to(client.to))
        return "".join(out)

    async def _show_history(self, client: Client, wish: Wish) -> set[str]:
        """Show what was said before; return the ids of it."""
        room = self._room
        if not wish.past.count:
            return set()
        try:
            past: list[Send] = await room.gateway.past(room.ref, client.seat.user, wish.past)
        except Exception as error:  # The bridge itself says what is wrong with the disk.
            log.warning("no history of %s: %s", room.jid, error)
            return set()
        texts: list[str] = []
        left = wish.characters
        for send in reversed(past):
            text = "".join([it.to(client.to) for it in room.showing.past(send)])
            if left is not None and (left := left - len(text)) < 0:
                break
            texts.append(text)
        if texts:
            room.gateway.post("".join(reversed(texts)))
        return {send.key for send in past}

    # --- inside ----------------------------------------------------------------------------------

    def update(self, client: Client, nick: str, away: str | None) -> None:
        """A client that is in says that its user is away or back, or wants another nick."""
        if nick and nick != client.seat.nick and not self._is_stale(client, nick, away):
            self._room.gateway.start(self._rename(client, nick))
        if away != client.away:
            client.away = away
            self._room.gateway.absence.changed(client.seat)

    def _is_stale(self, client: Client, nick: str, away: str | None) -> bool:
        """Tell whether a client just goes on saying its old nick, and asks for nothing.

        COMPAT(profanity and others): it repeats its presence under the nick it had, or that it
        wished for and did not get. biboumi makes a change of nick of each.
        """
        former, since = client.seat.former
        if nick == former and time.monotonic() - since < SETTLING_SECONDS:
            return True
        return nick == client.wished and (away is not None or client.away is not None)

    async def _rename(self, client: Client, nick: str) -> None:
        room, seat = self._room, client.seat
        request = Rename(person=seat.account, room=room.ref, nick=nick)
        try:
            await room.gateway.ask(request)
        except Exception as reason:
            error = refusals.of(reason, "enter")
            room.gateway.post(presence.refusal(room.jid, nick, error).to(client.to))

    # --- out -------------------------------------------------------------------------------------

    def leave(self, jid: str, user: UserRef, text: str) -> bool:
        """A client leaves (§7.14). False: it was not here."""
        room = self._room
        seat = room.seats.get(user)
        if seat is None:
            return False
        if seat.knocking.pop(jid, None) is None and jid not in seat.clients:
            return False
        answer = presence.outside(room.jid, seat.nick, text=text)
        room.gateway.post(answer.to(stanza.recipient(jid)))
        self._forget_client(seat, jid)
        if seat.is_empty and seat.entered:
            self._give_up(seat, text)
        return True

    def vanish(self, jid: str, user: UserRef) -> None:
        """A client is gone without a word: what was sent to it came back (RFC 6120 §8.3)."""
        seat = self._room.seats.get(user)
        if seat is None or jid not in seat.clients:
            return
        self._forget_client(seat, jid)
        if seat.is_empty:
            self._give_up(seat, "", lost=True)

    def lost(self, state: SeatLost) -> None:
        """The network behind took the person's seat."""
        room = self._room
        seat = room.seats.get(state.user)
        if seat is None or not seat.entered:
            return
        how = "left" if state.how == "link" else state.how
        changes = room.occupants.remove(state.user, reason=state.reason, by=state.by, how=how)
        if state.how == "link":
            self._say_stopping(seat, state.reason)
            for jid in tuple(seat.clients):
                self._forget_client(seat, jid)
        room.announce(changes)
        self._end(seat)

    def stop(self, text: str) -> None:
        """The daemon stops: everybody is told, so that clients may come back (332)."""
        for seat in tuple(self._room.seats.values()):
            self._say_stopping(seat, text)
            for jid in tuple(seat.clients):
                self._forget_client(seat, jid)

    def renamed(self, seat: Seat, nick: str) -> None:
        """The person goes by another nick; keep where their clients are under that one."""
        seat.former = (seat.nick, time.monotonic())
        seat.nick = nick
        for jid in seat.clients:
            self._room.gateway.start(self._room.gateway.kept.add(self._room.jid, jid, seat.nick))

    def _give_up(self, seat: Seat, text: str, *, lost: bool = False) -> None:
        """The last client of a person is gone."""
        room = self._room
        changes = room.occupants.remove(seat.user, reason=text, transient=lost)
        room.announce(changes)
        account = seat.account
        self._end(seat)
        task = room.gateway.start(self._leave(account, text))
        self._leaving[seat.user] = task

    async def _leave(self, person: Account, text: str) -> None:
        try:
            await self._room.gateway.ask(Leave(person=person, room=self._room.ref, text=text))
        except Rejected as refused:
            log.info("%s could not leave %s: %s", person.user, self._room.jid, refused)
        finally:
            if self._leaving.get(person.user) is asyncio.current_task():
                del self._leaving[person.user]
            self._room.gateway.release(self._room)

    def _end(self, seat: Seat) -> None:
        room = self._room
        for jid in tuple(seat.clients):
            self._forget_client(seat, jid)
        room.gateway.unseated(room, seat)
        room.gateway.observe(MembersChanged(room.ref, left=(seat.user,)))
        room.gateway.release(room)

    def _forget_client(self, seat: Seat, jid: str) -> None:
        room = self._room
        seat.clients.pop(jid, None)
        room.clients.pop(jid, None)
        room.gateway.start(room.gateway.kept.remove(room.jid, jid))

    def _say_stopping(self, seat: Seat, text: str) -> None:
        room = self._room
        room.tell_seat(seat, presence.outside(room.jid, seat.nick, presence.STOPPING, text=text))

    @property
    def is_busy(self) -> bool:
        """Tell whether somebody is still on the way out."""
        return bool(self._leaving)
