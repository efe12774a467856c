"""Who is in a visited room: its own people, told from our puppets. Pure."""

import itertools
from collections.abc import Callable, Iterator

from msgspec import Struct

from bridge.model import Account, MembersChanged, RoomRef, Roster, UserRef
from protocols.xmpp import address
from protocols.xmpp.decode import MucPresence

KICKED, RENAMED, UNAFFILIATED, MEMBERS_ONLY, BANNED, SHUTDOWN, LOST = (
    307,
    303,
    321,
    322,
    301,
    332,
    333,
)


class Occupant(Struct):
    """Somebody in the room, under the name they have now."""

    account: Account
    nick: str
    occupant_id: str = ""
    ours: bool = False
    """Their real JID is one of our puppets', perhaps left over from before a crash."""


class _Gone(Struct, frozen=True):
    reason: str = ""
    transient: bool = False


class Occupants:
    """The room's occupants by nick, and what of it the bridge has not been told yet.

    Puppets are kept like everyone else, because whose a nick is may only be known a moment after
    its presence came; they are left out when the bridge is told.
    """

    def __init__(self, room: RoomRef, component: str, era: str = ""):
        """``era`` is never the same for two runs of the daemon."""
        self.present: dict[str, Occupant] = {}
        self.trusts_occupant_ids = False
        """The room announces occupant-ids (XEP-0421 §5); else anybody may have written them."""
        self.open_jids = False
        """Everybody sees real JIDs here. Where only moderators do, we tell nobody."""
        self._room = room
        self._component = component
        self._visits = (f"{era}.{number}" for number in itertools.count(1))
        self._nicks: dict[UserRef, dict[str, None]] = {}
        self._folded: dict[str, int] = {}
        self._told: dict[UserRef, str] = {}
        self._changed: dict[UserRef, _Gone] = {}

    def clear(self) -> None:
        """Begin anew: we are about to enter. What the bridge was told is kept."""
        self.present.clear()
        self._nicks.clear()
        self._folded.clear()
        self._changed.clear()

    def saw(self, presence: MucPresence) -> bool:
        """Take in a presence; tell whether it may have changed who is there."""
        if presence.kind == "available":
            return self._came(presence)
        if presence.kind != "unavailable" or presence.nick not in self.present:
            return False
        if RENAMED in presence.codes and presence.new_nick:
            self._renamed(presence)
        else:
            self._left(presence)
        return True

    def account(self, nick: str, occupant_id: str = "") -> Account:
        """Say who speaks under this nick, also if they are not in the room (any more)."""
        occupant = self.present.get(nick)
        occupant_id = occupant_id if self.trusts_occupant_ids else ""
        if occupant and occupant_id in ("", occupant.occupant_id):
            return occupant.account
        return self._account(nick, occupant_id, "")

    def sender(self, nick: str, occupant_id: str = "") -> str:
        """Say whose the ids are that a client under this nick makes up."""
        if self.trusts_occupant_ids:
            known = self.present.get(nick)
            occupant_id = occupant_id or (known.occupant_id if known else "")
            if occupant_id:
                return occupant_id
        return f"{self._room.id}/{nick}"

    def is_taken(self, folded: str) -> bool:
        """Tell whether somebody has a nick that a service might hold for the same."""
        return folded in self._folded

    def nick(self, user: UserRef) -> str | None:
        """Return the nick under which this person is in the room now."""
        return next(reversed(self._nicks.get(user, {})), None)

    def occupant_id(self, user: UserRef) -> str:
        """Return the occupant-id of a person who is in the room now; empty if it is not known."""
        nick = self.nick(user)
        return self.present[nick].occupant_id if nick else ""

    def whose(self, occupant_id: str) -> UserRef | None:
        """Return who has this occupant-id and is in the room now."""
        here = self.present.values()
        return next((it.account.user for it in here if it.occupant_id == occupant_id), None)

    def roster(self, ours: Callable[[str], bool]) -> Roster:
        """Tell everything anew."""
        members: dict[UserRef, Account] = {}
        for nick, occupant in self.present.items():
            if not ours(nick) and not occupant.ours:
                members[occupant.account.user] = occupant.account
        self._told = {user: account.name for user, account in members.items()}
        self._changed.clear()
        return Roster(self._room, tuple(members.values()))

    def changes(self, ours: Callable[[str], bool]) -> Iterator[MembersChanged]:
        """Tell what has changed since the last time; someone who left and is back has not."""
        joined, renamed = [], []
        left: dict[_Gone, list[UserRef]] = {}
        for user, gone in self._changed.items():
            nick = self._foreign_nick(user, ours)
            told = self._told.get(user)
            if nick is not None:
                account = self.present[nick].account
                if told is None:
                    joined.append(account)
                elif told != nick:
                    renamed.append(account)
                self._told[user] = nick
            elif told is not None:
                left.setdefault(gone, []).append(user)
                del self._told[user]
        self._changed.clear()
        if joined or renamed:
            yield MembersChanged(self._room, joined=tuple(joined), renamed=tuple(renamed))
        for gone, users in left.items():
            yield MembersChanged(
                self._room, left=tuple(users), reason=gone.reason, transient=gone.transient
            )

    def owner_unsure(self, nick: str) -> None:
        """Whose a nick is has become known or has changed: look at it again."""
        if occupant := self.present.get(nick):
            self._changed.setdefault(occupant.account.user, _Gone())

    def _foreign_nick(self, user: UserRef, ours: Callable[[str], bool]) -> str | None:
        for nick in reversed(self._nicks.get(user, {})):
            if not ours(nick) and not self.present[nick].ours:
                return nick
        return None

    # --- what presences do -----------------------------------------------------------------------

    def _came(self, presence: MucPresence) -> bool:
        known = self.present.get(presence.nick)
        occupant_id = presence.occupant_id if self.trusts_occupant_ids else ""
        if known and occupant_id in ("", known.occupant_id):
            return False
        if known:
            self._forget(presence.nick)
        jid = presence.jid if self.open_jids else ""
        account = self._account(presence.nick, occupant_id, address.bare(jid), visits=True)
        ours = address.domain(presence.jid) == self._component
        self._put(Occupant(account, presence.nick, occupant_id, ours))
        return True

    def _renamed(self, presence: MucPresence) -> None:
        """They keep their ``UserRef``; the presence under the new nick follows."""
        occupant = self._forget(presence.nick)
        old = occupant.account
        nick = presence.new_nick
        authority = occupant.occupant_id or self._visit(nick)
        account = Account(old.user, nick, authority=authority, about=old.about)
        if nick in self.present:
            self._forget(nick)
        self._put(Occupant(account, nick, occupant.occupant_id, occupant.ours))

    def _left(self, presence: MucPresence) -> None:
        occupant = self._forget(presence.nick)
        reason = presence.reason
        if KICKED in presence.codes and LOST not in presence.codes:
            reason = f"kicked{f' by {presence.actor}' if presence.actor else ''}" + (
                f": {reason}" if reason else ""
            )
        transient = bool(presence.codes & {LOST, SHUTDOWN})
        self._changed[occupant.account.user] = _Gone(reason, transient)

    def _put(self, occupant: Occupant) -> None:
        folded = occupant.nick.casefold()
        self.present[occupant.nick] = occupant
        self._nicks.setdefault(occupant.account.user, {})[occupant.nick] = None
        self._folded[folded] = self._folded.get(folded, 0) + 1
        self._changed.setdefault(occupant.account.user, _Gone())

    def _forget(self, nick: str) -> Occupant:
        occupant = self.present.pop(nick)
        user = occupant.account.user
        nicks = self._nicks[user]
        del nicks[nick]
        if not nicks:
            del self._nicks[user]
        folded = nick.casefold()
        if self._folded[folded] == 1:
            del self._folded[folded]
        else:
            self._folded[folded] -= 1
        self._changed.setdefault(user, _Gone())
        return occupant

    def _visit(self, nick: str) -> str:
        """Nothing but a stay under one nick proves who somebody is here (semantics 0.4)."""
        return f"{self._room.id}/{nick} {next(self._visits)}"

    def _account(self, nick: str, occupant_id: str, jid: str, *, visits: bool = False) -> Account:
        room = self._room.id
        occupant_jid = f"{room}/{nick}"
        if jid:
            user = jid
        elif occupant_id:
            user = f"{room}/occ:{occupant_id}"
        else:
            user = self._free(occupant_jid)
        return Account(
            UserRef(self._room.network, user),
            nick,
            authority=occupant_id or (self._visit(nick) if visits else occupant_jid),
            about=jid or occupant_jid,
        )

    def _free(self, wanted: str) -> str:
        """A stranger who takes the nick that somebody here had before is not them."""
        ref, number = wanted, 2
        while nicks := self._nicks.get(UserRef(self._room.network, ref)):
            if wanted.removeprefix(f"{self._room.id}/") in nicks:
                break
            ref, number = f"{wanted}~{number}", number + 1
        return ref
