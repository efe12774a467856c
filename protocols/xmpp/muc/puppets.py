"""The seats of other networks' people in a room: one occupant for each person who has one."""

import asyncio
import itertools
import logging
from collections.abc import Callable

from bridge.model import Account, PuppetNamed, PuppetRemoved, RoomRef, Unavailable, UserRef
from protocols.xmpp import address, encode
from protocols.xmpp.decode import Failure, MucPresence
from protocols.xmpp.muc.bars import Bars, How
from protocols.xmpp.muc.occupants import (
    BANNED,
    KICKED,
    LOST,
    MEMBERS_ONLY,
    RENAMED,
    SHUTDOWN,
    UNAFFILIATED,
)
from protocols.xmpp.muc.seat import Answer, Seat
from protocols.xmpp.muc.wire import Wire

log = logging.getLogger(__name__)

MOST_NICKS = 8
"""How many nicks are tried before a person is left to the relay."""
BACK_SECONDS = 5.0
"""Until a puppet that fell out by an error comes back without having anything to say."""
_NICK_ERRORS = frozenset({"conflict", "not-acceptable", "jid-malformed"})


class Barred(Exception):
    """The person has no seat here and gets none: the relay speaks."""


class Puppets:
    """All our puppets in one room."""

    def __init__(self, room: RoomRef, wire: Wire, is_taken: Callable[[str], bool]):
        self.by_jid: dict[str, Seat] = {}
        self.by_nick: dict[str, Seat] = {}
        self.password = ""
        self.bars = Bars(room.id, wire.host.state)
        self.unsure: Callable[[str], None] = lambda nick: None
        """Told about nicks of which it was not known whether they are ours, or are no longer."""
        self._room = room
        self._wire = wire
        self._is_taken = is_taken
        self._by_user: dict[UserRef, Seat] = {}
        self._shades: dict[str, Seat] = {}
        self._open = False

    # --- what the bridge wants -------------------------------------------------------------------

    async def clear_leftovers(self) -> None:
        """Take those out who were still in the room when the daemon died."""
        state = self._wire.host.state
        for key, nick in await state.items(f"seat:{self._room.id} "):
            jid = key.partition(" ")[2]
            if jid not in self.by_jid:
                self._wire.post(encode.part(jid, f"{self._room.id}/{nick}"))
                await state.delete(key)

    async def seat(self, account: Account) -> Seat:
        """Return the person's seat, with the puppet in the room.

        Raises ``Barred`` if the relay must speak, ``Unavailable`` if it cannot be told yet.
        """
        if how := self.bars.stands(account.user):
            raise Barred(how)
        seat = self._want(account)
        seat.leaving = None
        if not seat.nick:
            await self._enter(seat)
        if seat.account.name != account.name:
            await self._rename(seat, account)
        return seat

    def appear(self, account: Account) -> None:
        """The person should be seen in the room."""
        self._wire.start(self._appear(account))

    async def _appear(self, account: Account) -> None:
        try:
            await self.seat(account)
        except (Barred, Unavailable) as reason:
            log.debug("no seat for %s in %s: %s", account.user, self._room, reason)

    async def vanish(self, user: UserRef, reason: str) -> None:
        """The person should no longer be seen. A kick is forgotten with it; a ban is not."""
        if self.bars.stands(user) == "kicked":
            await self.bars.lift(user)
        seat = self._by_user.get(user)
        if seat is None:
            return
        seat.leaving = reason
        if not seat.speaking:
            await self._leave(seat)

    async def settle(self, seat: Seat) -> None:
        """A message of this seat is through: leave, if that was waiting for it."""
        if seat.leaving is not None and not seat.speaking:
            await self._leave(seat)

    async def empty(self, reason: str) -> None:
        """Take everybody out."""
        for seat in tuple(self.by_jid.values()):
            await self._leave(seat, reason)

    def say_goodbye(self, reason: str) -> None:
        """Take everybody out while the daemon stops: nothing is waited for."""
        for seat in self.by_jid.values():
            seat.cancel()
            if nick := seat.nick or seat.asked:
                self._wire.post(encode.part(seat.jid, self._occupant(nick), reason))

    def resume(self) -> None:
        """The listener is in: those who had a seat come back."""
        self._open = True
        for seat in self.by_jid.values():
            if not seat.nick:
                self.appear(seat.account)

    def lost(self) -> None:
        """The room is out of reach: nobody is in it."""
        self._open = False
        for seat in self.by_jid.values():
            if seat.nick:
                seat.shade = seat.nick
                self._shades[seat.nick] = seat
                self._out(seat)
            seat.give_up("the room is out of reach")

    def owns(self, nick: str) -> bool:
        """Tell whether this nick is a puppet's, or may become one's in a moment."""
        return nick in self.by_nick or nick in self._shades

    def speaks(self, nick: str) -> bool:
        """Tell whether a message from this nick is a puppet's."""
        seat = self.by_nick.get(nick)
        return seat is not None and seat.nick == nick

    def named(self, user: UserRef) -> str | None:
        """Return the nick of the person's puppet, if it has one."""
        seat = self._by_user.get(user)
        return seat.nick or None if seat else None

    def jid(self, user: UserRef) -> str | None:
        """Return the JID of the person's puppet, if it is in the room."""
        seat = self._by_user.get(user)
        return seat.jid if seat and seat.nick else None

    def occupant_id(self, user: UserRef) -> str:
        """Return the occupant-id of the person's puppet, if it is in the room."""
        seat = self._by_user.get(user)
        return seat.occupant_id if seat and seat.nick else ""

    def whose(self, occupant_id: str) -> UserRef | None:
        """Return the person whose puppet has this occupant-id."""
        seats = self.by_nick.values()
        return next((it.account.user for it in seats if it.occupant_id == occupant_id), None)

    @property
    def present(self) -> int:
        """How many puppets are in the room."""
        return len(self.by_nick)

    # --- what the room says ----------------------------------------------------------------------

    def heard(self, seat: Seat, presence: MucPresence) -> None:
        """Take in a presence that concerns the puppet itself."""
        if presence.kind == "error":
            seat.hear(Answer(failure=presence.failure or Failure()))
        elif presence.kind == "available":
            seat.occupant_id = presence.occupant_id
            self._in(seat, presence.nick)
            seat.hear(Answer(presence.nick))
        elif presence.kind == "unavailable" and presence.nick == seat.nick:
            if RENAMED in presence.codes and presence.new_nick:
                self._in(seat, presence.new_nick)
            else:
                self._put_out(seat, presence)

    def concerns(self, seat: Seat, nick: str) -> bool:
        """Tell cheaply whether a presence from this nick may be about the puppet itself."""
        return not seat.nick or nick in (seat.nick, seat.asked)

    def fell_out(self, seat: Seat) -> None:
        """The room says that the puppet is not in it; it enters again with the next message."""
        if seat.nick:
            self._out(seat)

    def _put_out(self, seat: Seat, presence: MucPresence) -> None:
        codes = presence.codes
        self._out(seat)
        if codes & {LOST, SHUTDOWN} or presence.destroyed:
            if self._open and not presence.destroyed:
                self._wire.start(self._come_back(seat))
            return
        if codes & {KICKED, BANNED}:
            how: How = "banned" if BANNED in codes else "kicked"
            self._keep_out(seat, how, presence.reason or how)
            self._report(seat, how, presence.actor, presence.reason)
        elif codes & {UNAFFILIATED, MEMBERS_ONLY}:
            self._keep_out(seat, "refused", "the room is for members only now")

    def _report(self, seat: Seat, how: How, by: str, reason: str) -> None:
        user, banned = seat.account.user, how == "banned"
        self._wire.host.report(
            PuppetRemoved(room=self._room, user=user, by=by, reason=reason, banned=banned)
        )

    async def _come_back(self, seat: Seat) -> None:
        await asyncio.sleep(BACK_SECONDS)
        if self.by_jid.get(seat.jid) is seat and self._open:
            await self._appear(seat.account)

    # --- entering and leaving --------------------------------------------------------------------

    def _want(self, account: Account) -> Seat:
        seat = self._by_user.get(account.user)
        if seat is None:
            jid = address.puppet_jid(account.user, self._wire.config.jid)
            seat = self._by_user[account.user] = self.by_jid[jid] = Seat(account, jid)
        return seat

    async def _enter(self, seat: Seat) -> None:
        if not self._open:
            raise Unavailable("we are not in the room")
        if seat.entering is None or seat.entering.done():
            seat.entering = asyncio.create_task(self._enter_or_refuse(seat))
            seat.entering.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            await asyncio.shield(seat.entering)
        except asyncio.CancelledError:
            if (me := asyncio.current_task()) and me.cancelling():
                raise
            raise Unavailable("the person left meanwhile") from None

    async def _enter_or_refuse(self, seat: Seat) -> None:
        try:
            failure = await self._try_nicks(seat)
        finally:
            if self._open:
                self._forget_shade(seat)
        if failure:
            await self._wire.host.state.delete(self._key(seat))
            self._not_let_in(seat, failure)

    async def _try_nicks(self, seat: Seat) -> Failure | None:
        """Ask for one nick after the other; return why none was given."""
        failure = Failure(text="no nick is free")
        # First the nick it had: if the room has not noticed that we were away, that is still us.
        shade = [seat.shade] if seat.shade else []
        candidates = itertools.chain(shade, address.nicks(seat.account.name, self._is_used))
        for nick in itertools.islice(candidates, MOST_NICKS):
            await self._wire.host.state.put(self._key(seat), nick)
            async with self._wire.door(self._room.id):
                answer = await self._ask(seat, nick, self._join(seat, nick))
            if answer.failure is None:
                if answer.nick != nick:
                    await self._wire.host.state.put(self._key(seat), answer.nick)
                return None
            failure = answer.failure
            if failure.condition not in _NICK_ERRORS:
                break
        return failure

    def _join(self, seat: Seat, nick: str) -> str:
        return encode.join(seat.jid, self._occupant(nick), password=self.password)

    async def _ask(self, seat: Seat, nick: str, stanza: str) -> Answer:
        """Ask for a nick; until it is answered, it may be ours."""
        if not self._open:
            raise Unavailable("we are not in the room")
        self.by_nick.setdefault(nick, seat)
        try:
            return await seat.ask(self._wire, nick, stanza)
        finally:
            if seat.nick != nick and self.by_nick.get(nick) is seat:
                del self.by_nick[nick]
                self.unsure(nick)

    async def _rename(self, seat: Seat, account: Account) -> None:
        """Follow the person to another name; if the room will not have it, keep the old nick."""
        seat.account = account
        nick = next(address.nicks(account.name, lambda it: self._is_used(it, but=seat)), seat.nick)
        if nick == seat.nick:
            return
        try:
            answer = await self._ask(seat, nick, encode.rename(seat.jid, self._occupant(nick)))
        except Unavailable:
            log.info("%s did not answer a nick change", self._room)
            return
        if answer.failure:
            log.info("%s refused the nick %s: %s", self._room, nick, answer.failure)
        else:
            await self._wire.host.state.put(self._key(seat), seat.nick)

    def _is_used(self, folded: str, but: Seat | None = None) -> bool:
        if but is not None and but.nick.casefold() == folded:
            return False
        return self._is_taken(folded)

    def _not_let_in(self, seat: Seat, failure: Failure) -> None:
        if failure.condition == "forbidden":
            if not self.bars.was_told(seat.account.user):
                self._report(seat, "banned", "", failure.text)
            self._keep_out(seat, "banned", str(failure))
            raise Barred("banned")
        if failure.kind == "wait" and failure.condition != "service-unavailable":
            raise Unavailable(f"{self._room.id}: {failure}")
        self._keep_out(seat, "refused", str(failure))
        raise Barred("refused")

    def _keep_out(self, seat: Seat, how: How, words: str) -> None:
        log.warning("%s: %s has no seat (%s), the relay speaks", self._room, seat.jid, words)
        self._drop(seat)
        self.bars.put(seat.account.user, how)
        self._wire.start(self.bars.save(seat.account.user))

    def _drop(self, seat: Seat) -> None:
        self.by_jid.pop(seat.jid, None)
        self._by_user.pop(seat.account.user, None)
        self._forget_shade(seat)
        self._tell(seat, "")

    def _forget_shade(self, seat: Seat) -> None:
        if self._shades.get(seat.shade) is seat:
            del self._shades[seat.shade]
            self.unsure(seat.shade)
        seat.shade = ""

    def _in(self, seat: Seat, nick: str) -> None:
        if seat.nick == nick:
            return
        if seat.nick and self.by_nick.get(seat.nick) is seat:
            del self.by_nick[seat.nick]
        seat.nick = nick
        self.by_nick[nick] = seat
        self.unsure(nick)
        self._tell(seat, nick)

    def _out(self, seat: Seat) -> None:
        """It is not in the room now, but may be again in a moment: the bridge is not told."""
        if self.by_nick.get(seat.nick) is seat:
            del self.by_nick[seat.nick]
        seat.nick = ""

    def _tell(self, seat: Seat, nick: str) -> None:
        if seat.named != nick:
            seat.named = nick
            self._wire.host.observe(PuppetNamed(self._room, seat.account.user, nick))

    async def _leave(self, seat: Seat, reason: str | None = None) -> None:
        nick = seat.nick or seat.asked
        seat.cancel()
        self._out(seat)
        self._drop(seat)
        if not self._open:
            return  # The room may still have it; it is taken out as a leftover when we are back.
        if nick:
            words = seat.leaving if reason is None else reason
            self._wire.post(encode.part(seat.jid, self._occupant(nick), words or ""))
        await self._wire.host.state.delete(self._key(seat))

    def _occupant(self, nick: str) -> str:
        return f"{self._room.id}/{nick}"

    def _key(self, seat: Seat) -> str:
        return f"seat:{self._room.id} {seat.jid}"
