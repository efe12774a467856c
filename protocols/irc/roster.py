"""The one member list of a channel, shared by all our connections in it, and its changes gathered
for a moment: a netsplit of 3,000 is one change, a change of host is none."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from bridge.model import Account, MembersChanged, RoomRef, Roster, UserRef
from protocols.irc.identity import People, Person

MOMENT = 0.3
"""Seconds for which changes are gathered."""
REHOST_MOMENT = 1.2
"""The same while a QUIT waits for the JOIN that makes it a change of host."""


How = Literal["left", "quit", "kicked", "banned"]


class _Gone(NamedTuple):
    """How somebody left."""

    reason: str
    transient: bool
    nick: str
    how: How
    by: str


_MANY = _Gone("", False, "", "left", "")
_MOST_APART = 20
"""Ways of leaving within a moment that are told apart."""


class Members:
    """Who is in a channel, without our own connections."""

    def __init__(self, room: RoomRef, people: People):
        self.room = room
        self.people = people
        self._members: dict[str, Person] = {}
        self._keys: Counter[str] = Counter()
        """How many connections each identity has here: an account may be in twice."""
        self._named: list[Person] | None = None
        self._joined: dict[UserRef, Account] = {}
        self._renamed: dict[UserRef, Account] = {}
        self._left: dict[UserRef, _Gone] = {}
        self.rehosting = False

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, nick: str) -> bool:
        return self.people.fold(nick) in self._members

    def __iter__(self) -> Iterator[Person]:
        return iter(self._members.values())

    def get(self, nick: str) -> Person | None:
        """Return the member who is called so."""
        return self._members.get(self.people.fold(nick))

    # -- the list as NAMES tells it

    def name(self, person: Person) -> None:
        """Note an entry of a NAMES reply."""
        if self._named is None:
            self._named = []
        self._named.append(person)

    def named(self) -> Roster:
        """Take over a complete NAMES reply and return the roster; it replaces all changes."""
        fold = self.people.fold
        fresh = {fold(person.nick): person for person in self._named or ()}
        self._named = None
        before, self._members = self._members, {}
        self._keys.clear()
        for key, person in fresh.items():
            self._members[key] = person
            self._keys[person.key] += 1
            person.channels += person is not before.get(key)
        for key, person in before.items():
            if fresh.get(key) is not person:
                self._unseen(person)
        return self.roster()

    def roster(self) -> Roster:
        """Return everybody who is in now; it replaces all changes."""
        self._forget_changes()
        return Roster(self.room, tuple(map(self.people.account, self._members.values())))

    # -- changes

    def join(self, person: Person) -> bool:
        """Note that somebody came. False: they were in already."""
        key = self.people.fold(person.nick)
        if self._members.get(key) is person:
            return False
        self._members[key] = person
        self._keys[person.key] += 1
        person.channels += 1
        if self._keys[person.key] == 1:
            self._came(self.people.account(person))
        return True

    def leave(
        self, nick: str, reason: str, transient: bool = False, how: How = "left", by: str = ""
    ) -> Person | None:
        """Note that somebody left; return who, or None if they were not in."""
        person = self._members.pop(self.people.fold(nick), None)
        if person is None:
            return None
        self._drop_key(person.key, _Gone(reason, transient, person.nick, how, by))
        self._unseen(person)
        return person

    def rename(self, old: str, person: Person) -> bool:
        """Note that somebody is called otherwise now. False: they are not in."""
        fold = self.people.fold
        if self._members.get(fold(old)) is not person:
            return False
        del self._members[fold(old)]
        self._members[fold(person.nick)] = person
        account = self.people.account(person)
        if account.user in self._joined:
            self._joined[account.user] = account
        else:
            self._renamed[account.user] = account
        return True

    def become(self, person: Person, key: str) -> None:
        """Note that somebody logged in or out: ``key`` is who they were before."""
        if self._members.get(self.people.fold(person.nick)) is not person or key == person.key:
            return
        self._drop_key(key, _Gone("", False, person.nick, "left", ""))
        self._keys[person.key] += 1
        if self._keys[person.key] == 1:
            self._came(self.people.account(person))

    def refold(self) -> None:
        """Compare names as ``people`` does it now."""
        self._members = {self.people.fold(p.nick): p for p in self._members.values()}

    def clear(self) -> None:
        """Forget everybody: none of our connections sees the channel any more."""
        for person in self._members.values():
            self._unseen(person)
        self._members.clear()
        self._keys.clear()
        self._named = None
        self._forget_changes()

    @property
    def moment(self) -> float | None:
        """Seconds until the changes should be drained; None if there are none."""
        if not (self._joined or self._renamed or self._left):
            return None
        return REHOST_MOMENT if self.rehosting else MOMENT

    def drain(self) -> list[MembersChanged]:
        """Return the changes since the last time, the lasting and the transient ones apart."""
        lasting: dict[_Gone, list[UserRef]] = {}
        passing: list[UserRef] = []
        for user, gone in self._left.items():
            if gone.transient:
                passing.append(user)
            else:
                lasting.setdefault(gone._replace(nick=""), []).append(user)
        if len(lasting) > _MOST_APART:
            lasting = {_MANY: [user for users in lasting.values() for user in users]}
        changes = [
            MembersChanged(self.room, left=tuple(users), reason=g.reason, how=g.how, by=g.by)
            for g, users in lasting.items()
        ]
        if passing:
            changes.append(
                MembersChanged(
                    self.room, left=tuple(passing), reason="netsplit", how="quit", transient=True
                )
            )
        if self._joined or self._renamed:
            came, renamed = tuple(self._joined.values()), tuple(self._renamed.values())
            changes.append(MembersChanged(self.room, joined=came, renamed=renamed))
        self._forget_changes()
        return changes

    def _came(self, account: Account) -> None:
        gone = self._left.pop(account.user, None)
        if gone is None:
            self._joined[account.user] = account
        elif gone.nick != account.name:
            self._renamed[account.user] = account

    def _drop_key(self, key: str, gone: _Gone) -> None:
        self._keys[key] -= 1
        if self._keys[key] > 0:
            return
        del self._keys[key]
        user = UserRef(self.people.network, key)
        self._renamed.pop(user, None)
        if self._joined.pop(user, None) is None:
            self._left[user] = gone

    def _unseen(self, person: Person) -> None:
        person.channels -= 1
        if person.channels <= 0:
            self.people.forget(person)

    def _forget_changes(self) -> None:
        self._joined.clear()
        self._renamed.clear()
        self._left.clear()
        self.rehosting = False
