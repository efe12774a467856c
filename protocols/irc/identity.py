"""Who is who on one IRC network: a nick is only what somebody is called at the moment.

A *person* here is one connection from its JOIN (as far as we see) to its QUIT. The ``UserRef`` says
which puppet stands for them elsewhere (the display key): ``account:<name>`` for everybody logged in
to that account, else ``nick:<folded nick>``; a guest who logs in before our eyes stays the puppet
that everybody knows. The authority key proves whose hand it is: the account, or the epoch of a
guest's connection.
"""

from collections.abc import Iterator
from itertools import count

from bridge.model import Account, UserRef
from protocols.irc.casemap import Fold, folding
from protocols.irc.decode import Mask


class Person:
    """Somebody we can see now."""

    __slots__ = ("account", "away", "channels", "epoch", "host", "key", "nick", "user")

    def __init__(self, nick: str, key: str, epoch: str):
        self.nick = nick
        self.key = key
        """The part of the ``UserRef`` that belongs to us."""
        self.epoch = epoch
        self.account = ""
        self.user = ""
        self.host = ""
        self.away: str | None = None
        """Why they are away, if the server said so; None: they are here."""
        self.channels = 0
        """In how many channels of ours they are."""


class People:
    """Everybody we can see on one network, by folded nick."""

    def __init__(self, network: str, born: str):
        self.network = network
        self.fold: Fold = folding()
        self._born = born
        """Something no other run of the daemon has, so that epochs are never mistaken."""
        self._epochs = count(1)
        self._people: dict[str, Person] = {}
        self._keys: dict[str, Person] = {}
        """Who holds a guest's display key; people with accounts share theirs."""

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def get(self, nick: str) -> Person | None:
        """Return who is called so now."""
        return self._people.get(self.fold(nick))

    def find(self, user: UserRef) -> Person | None:
        """Return who this is, if we can see them now."""
        if user.network != self.network:
            return None
        if user.id in self._keys:
            return self._keys[user.id]
        if not user.id.startswith("account:"):
            return None
        return next((p for p in self._people.values() if p.key == user.id), None)

    def meet(self, mask: Mask, account: str = "") -> Person:
        """Return the person of this mask, new or known. ``account`` counts only for somebody new:
        for others see ``log_in``."""
        folded = self.fold(mask.nick)
        person = self._people.get(folded)
        if person is None:
            key = self._account_key(account) if account else self._guest_key(folded)
            person = Person(mask.nick, key, f"{self._born}-{next(self._epochs)}")
            person.account = account
            self._people[folded] = person
            if not account:
                self._keys[key] = person
        if mask.user:
            person.user, person.host = mask.user, mask.host
        return person

    def passing(self, mask: Mask, account: str) -> Account:
        """Describe somebody who speaks without being seen: from outside the channel, or in its
        history. Nothing is remembered of them."""
        person = self.get(mask.nick)
        if person is not None and (not account or person.account == account):
            return self.account(person)
        folded = self.fold(mask.nick)
        key = self._account_key(account) if account else f"nick:{folded}"
        authority = key if account else f"mask:{folded}!{mask.user}@{mask.host}"
        return Account(UserRef(self.network, key), mask.nick, authority, about=_about(mask))

    def log_in(self, person: Person, account: str, *, just_now: bool = False) -> None:
        """Note that somebody is logged in to an account, or is a guest (empty). ``just_now``: that
        was otherwise until now; else we have only learnt of it."""
        person.account = account
        if person.key in self._keys and (just_now or not account):
            return
        self._release(person)
        if account:
            person.key = self._account_key(account)
        else:
            person.key = self._guest_key(self.fold(person.nick))
            self._keys[person.key] = person

    def rename(self, old: str, new: str) -> Person | None:
        """Note a new nick; the person keeps their key. None: we do not see them (any more)."""
        person = self._people.pop(self.fold(old), None)
        if person is None:
            return None
        person.nick = new
        stranger = self._people.get(self.fold(new))
        if stranger is not None and stranger is not person:
            self._release(stranger)
        self._people[self.fold(new)] = person
        return person

    def forget(self, person: Person) -> None:
        """Note that we cannot see this person any more."""
        if self._people.get(self.fold(person.nick)) is person:
            del self._people[self.fold(person.nick)]
        self._release(person)

    def refold(self, fold: Fold) -> None:
        """Compare names in another way from now on. Keys given out already stay."""
        self.fold = fold
        self._people = {fold(person.nick): person for person in self._people.values()}

    def account(self, person: Person) -> Account:
        """Describe a person to the bridge."""
        return Account(
            UserRef(self.network, person.key),
            person.nick,
            self._account_key(person.account) if person.account else person.epoch,
            about=_about(Mask(person.nick, person.user, person.host)),
        )

    def is_hand(self, nick: str, author: Account) -> bool:
        """Tell whether who is called so now did what this author did: by the account, or by the
        same connection before it logged in."""
        person = self.get(nick)
        if person is None or self.ref(person) != author.user:
            return False
        return author.authority in (person.epoch, self.account(person).authority)

    def ref(self, person: Person) -> UserRef:
        """Return the person's reference."""
        return UserRef(self.network, person.key)

    def _account_key(self, account: str) -> str:
        return f"account:{self.fold(account)}"

    def _guest_key(self, folded: str) -> str:
        """Return ``nick:anna``; or ``nick:anna/2`` while somebody else, who came as anna, still
        holds that. A slash cannot be part of a nick."""
        key = f"nick:{folded}"
        for number in count(2):
            if key not in self._keys:
                break
            key = f"nick:{folded}/{number}"
        return key

    def _release(self, person: Person) -> None:
        if self._keys.get(person.key) is person:
            del self._keys[person.key]


def _about(mask: Mask) -> str:
    return f"{mask.nick}!{mask.user}@{mask.host}" if mask.user else mask.nick
