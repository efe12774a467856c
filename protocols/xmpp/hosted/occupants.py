"""Who is in a hosted room, and under which nick; what the rooms behind it tell. Pure."""

import hmac
from collections.abc import Iterable, Iterator

from msgspec import Struct, structs

from bridge.model import (
    Account,
    MembersChanged,
    PuppetNamed,
    Roster,
    Standing,
    Standings,
    UserRef,
)
from protocols.xmpp import address

PLAIN = Standing()


class Occupant:
    """Somebody in the room."""

    __slots__ = ("account", "id", "nick", "standing")

    def __init__(self, account: Account, nick: str, standing: Standing, occupant_id: str):
        self.account = account
        self.nick = nick
        self.standing = standing
        self.id = occupant_id


class Appeared(Struct, frozen=True):
    """Somebody is there now."""

    who: Occupant


class Altered(Struct, frozen=True):
    """Somebody may do more or less than before, is away, or back."""

    who: Occupant


class Renamed(Struct, frozen=True):
    """Somebody goes by another nick."""

    who: Occupant
    old: str


class Vanished(Struct, frozen=True):
    """Somebody is gone."""

    who: Occupant
    reason: str = ""
    by: str = ""
    how: str = "left"
    transient: bool = False


Change = Appeared | Altered | Renamed | Vanished


class Occupants:
    """The occupants of one room, by person and by nick."""

    def __init__(self, room: str, secret: bytes):
        self._room = room
        self._secret = secret
        self._native = ""
        self._by_user: dict[UserRef, Occupant] = {}
        self._by_nick: dict[str, Occupant] = {}
        self._standings: dict[UserRef, Standing] = {}
        self._puppets: dict[UserRef, str] = {}

    def __len__(self) -> int:
        return len(self._by_user)

    def __iter__(self) -> Iterator[Occupant]:
        return iter(self._by_user.values())

    def of(self, user: UserRef) -> Occupant | None:
        """Return the occupant who is this person."""
        return self._by_user.get(user)

    def called(self, nick: str) -> Occupant | None:
        """Return the occupant of this nick."""
        return self._by_nick.get(nick)

    def nick(self, account: Account) -> str:
        """Say under which nick to show what somebody says who may not be in the room."""
        if known := self._by_user.get(account.user):
            return known.nick
        return next(address.nicks(account.name, self._is_taken), "someone")

    def id_of(self, account: Account) -> str:
        """Return somebody's occupant-id (XEP-0421): the same for ever, and nobody else's."""
        known = self._by_user.get(account.user)
        if known and (known.account.authority == account.authority or not account.authority):
            return known.id
        return self._occupant_id(account)

    def whose(self, occupant_id: str) -> UserRef | None:
        """Say who of those present has this occupant-id."""
        return next((who.account.user for who in self if who.id == occupant_id), None)

    def has_puppet(self, user: UserRef) -> bool:
        """Tell whether somebody of another network is on the network behind by a nick there."""
        return user in self._puppets

    @property
    def native(self) -> str:
        """The network behind, once somebody of it was seen."""
        return self._native

    # --- what the rooms behind tell --------------------------------------------------------------

    def seat(self, account: Account, nick: str, native: str) -> list[Change]:
        """Somebody of ours has a seat behind, under this nick."""
        self._native = native or self._native
        self._puppets[account.user] = nick
        return self._place(account, nick)

    def guest(self, account: Account) -> list[Change]:
        """Somebody of a third network is there."""
        return self._place(account, self._puppets.get(account.user, account.name))

    def remove(self, user: UserRef, **how: object) -> list[Change]:
        """Somebody is gone."""
        self._puppets.pop(user, None)
        self._standings.pop(user, None)
        return self._vanish(user, **how)

    def roster(self, roster: Roster) -> list[Change]:
        """Take these for all there are of their network."""
        networks = {member.user.network for member in roster.members} or {self._native}
        here = {member.user for member in roster.members}
        gone = [
            user
            for user in self._by_user
            if user.network in networks and user not in here and user not in self._puppets
        ]
        changes = [change for user in gone for change in self._vanish(user)]
        return changes + self._arrive(roster.members)

    def changed(self, change: MembersChanged) -> list[Change]:
        """Follow a change of the members."""
        how = {
            "reason": change.reason,
            "by": change.by,
            "how": change.how,
            "transient": change.transient,
        }
        changes = [it for user in change.left for it in self.remove(user, **how)]
        # A nick that one gives up another may take in the same moment.
        for renamed in change.renamed:
            if (known := self._by_user.get(renamed.user)) and known.nick != renamed.name:
                self._by_nick.pop(known.nick, None)
        return changes + self._arrive((*change.joined, *change.renamed))

    def puppet(self, named: PuppetNamed) -> list[Change]:
        """Somebody of another network is called so on the network behind, or no longer is there."""
        user, name = named.user, named.name
        if name:
            self._puppets[user] = name
            known = self._by_user.get(user)
            return self._place(known.account if known else Account(user, name), name)
        if self._puppets.pop(user, None) is None or (known := self._by_user.get(user)) is None:
            return []
        return self._vanish(user)

    def stand(self, standings: Standings) -> list[Change]:
        """Take note of what people may do, and who is away."""
        changes: list[Change] = []
        for user, standing in standings.standings:
            if standing == PLAIN:
                self._standings.pop(user, None)
            else:
                self._standings[user] = standing
            known = self._by_user.get(user)
            if known and known.standing != standing:
                known.standing = standing
                changes.append(Altered(known))
        return changes

    # --- inside ----------------------------------------------------------------------------------

    def _arrive(self, members: Iterable[Account]) -> list[Change]:
        changes: list[Change] = []
        for member in members:
            if self._native == "" and member.user not in self._puppets:
                self._native = member.user.network
            changes += self._place(member, self._puppets.get(member.user, member.name))
        return changes

    def _place(self, account: Account, wanted: str) -> list[Change]:
        """Let somebody be there, under this nick if it is free."""
        user = account.user
        known = self._by_user.get(user)
        if known is None:
            nick, changes = self._claim(account, wanted)
            standing = self._standings.get(user, PLAIN)
            known = Occupant(account, nick, standing, self._occupant_id(account))
            self._by_user[user] = self._by_nick[nick] = known
            return [*changes, Appeared(known)]
        about = account.about or known.account.about
        known.account = structs.replace(account, about=about)
        if known.nick == wanted:
            return []
        old = known.nick
        if self._by_nick.get(old) is known:
            del self._by_nick[old]
        nick, changes = self._claim(account, wanted)
        self._by_nick[nick] = known
        known.nick = nick
        return changes if nick == old else [*changes, Renamed(known, old)]

    def _claim(self, account: Account, wanted: str) -> tuple[str, list[Change]]:
        """Find a nick; those of the network behind have theirs, and others make way."""
        nick = address.nick(wanted)
        holder = self._by_nick.get(nick)
        if holder is None:
            return nick, []
        if self._is_native(account.user) and not self._is_native(holder.account.user):
            other = next(address.nicks(holder.account.name, self._is_taken))
            self._by_nick[other] = holder
            holder.nick = other
            return nick, [Renamed(holder, nick)]
        return next(address.nicks(wanted, self._is_taken)), []

    def _is_native(self, user: UserRef) -> bool:
        return user.network == self._native or user in self._puppets

    def _is_taken(self, folded: str) -> bool:
        return any(nick.casefold() == folded for nick in self._by_nick)

    def _vanish(self, user: UserRef, **how: object) -> list[Change]:
        self._standings.pop(user, None)
        who = self._by_user.pop(user, None)
        if who is None:
            return []
        if self._by_nick.get(who.nick) is who:
            del self._by_nick[who.nick]
        return [Vanished(who, **how)]  # type: ignore[arg-type]

    def _occupant_id(self, account: Account) -> str:
        text = f"{self._room}\0{account.user}\0{account.authority}"
        return hmac.digest(self._secret, text.encode("utf-8", "replace"), "sha256")[:20].hex()
