"""Who is in a hosted room, and under which nick."""

from bridge.model import (
    Account,
    MembersChanged,
    PuppetNamed,
    RoomRef,
    Roster,
    Standing,
    Standings,
    UserRef,
)
from protocols.xmpp.hosted.occupants import Altered, Appeared, Occupants, Renamed, Vanished

ROOM = RoomRef("xmpp", "#c%net@gw")
BOB = Account(UserRef("net", "bob"), "bob")
EVE = Account(UserRef("net", "eve"), "eve")
ANNA = Account(UserRef("xmpp", "anna@x"), "anna")
MATRIX = Account(UserRef("matrix", "@bob:hs"), "bob")


def there(*members: Account) -> Occupants:
    occupants = Occupants(ROOM.id, b"secret")
    occupants.roster(Roster(ROOM, members))
    return occupants


def nicks(occupants: Occupants) -> set[str]:
    return {who.nick for who in occupants}


def test_a_roster_tells_only_what_is_new() -> None:
    occupants = Occupants(ROOM.id, b"secret")
    (appeared,) = occupants.roster(Roster(ROOM, (BOB,)))
    assert isinstance(appeared, Appeared)
    assert occupants.native == "net"
    gone, new = occupants.roster(Roster(ROOM, (EVE,)))
    assert isinstance(gone, Vanished)
    assert isinstance(new, Appeared)
    assert occupants.roster(Roster(ROOM, (EVE,))) == []


def test_a_roster_leaves_our_people_and_guests() -> None:
    occupants = there(BOB)
    occupants.seat(ANNA, "anna", "net")
    occupants.guest(MATRIX)
    occupants.roster(Roster(ROOM, ()))
    assert nicks(occupants) == {"anna", "bob (2)"}


def test_the_network_behind_has_its_nicks_and_others_make_way() -> None:
    occupants = there()
    occupants.seat(ANNA, "anna", "net")
    occupants.guest(MATRIX)
    assert nicks(occupants) == {"anna", "bob"}
    renamed, appeared = occupants.changed(MembersChanged(ROOM, joined=(BOB,)))
    assert isinstance(renamed, Renamed)
    assert (renamed.old, renamed.who.nick) == ("bob", "bob (2)")
    assert isinstance(appeared, Appeared)
    assert occupants.called("bob") is appeared.who


def test_two_may_swap_their_nicks() -> None:
    occupants = there(BOB, EVE)
    changes = occupants.changed(
        MembersChanged(ROOM, renamed=(Account(BOB.user, "eve"), Account(EVE.user, "bob")))
    )
    assert [(it.old, it.who.nick) for it in changes if isinstance(it, Renamed)] == [
        ("bob", "eve"),
        ("eve", "bob"),
    ]
    bob = occupants.called("eve")
    assert bob is not None
    assert bob.account.user == BOB.user


def test_standings_are_remembered_and_told_once() -> None:
    occupants = Occupants(ROOM.id, b"secret")
    operator = Standings(ROOM, ((BOB.user, Standing("operator")),))
    assert occupants.stand(operator) == []
    occupants.roster(Roster(ROOM, (BOB,)))
    bob = occupants.called("bob")
    assert bob is not None
    assert bob.standing.rank == "operator"
    assert occupants.stand(operator) == []
    (altered,) = occupants.stand(Standings(ROOM, ((BOB.user, Standing()),)))
    assert isinstance(altered, Altered)


def test_a_puppet_is_the_person_it_speaks_for() -> None:
    occupants = there(BOB)
    (appeared,) = occupants.puppet(PuppetNamed(ROOM, MATRIX.user, "bob[m]"))
    assert isinstance(appeared, Appeared)
    assert occupants.nick(MATRIX) == "bob[m]"
    (gone,) = occupants.puppet(PuppetNamed(ROOM, MATRIX.user, ""))
    assert isinstance(gone, Vanished)
    assert occupants.puppet(PuppetNamed(ROOM, MATRIX.user, "")) == []


def test_occupant_ids_are_stable_and_differ() -> None:
    first, second = there(BOB, EVE), there(BOB, EVE)
    assert first.id_of(BOB) == second.id_of(BOB)
    assert first.id_of(BOB) != first.id_of(EVE)
    assert Occupants("other", b"secret").id_of(BOB) != first.id_of(BOB)
    assert Occupants(ROOM.id, b"other").id_of(BOB) != first.id_of(BOB)
    later = Account(BOB.user, "bob", authority="another epoch")
    assert first.id_of(later) != first.id_of(BOB)
    assert first.whose(first.id_of(EVE)) == EVE.user


def test_a_netsplit_takes_everything_of_somebody() -> None:
    occupants = there(BOB, EVE)
    changes = occupants.changed(
        MembersChanged(ROOM, left=(BOB.user, EVE.user), reason="a b", transient=True)
    )
    assert all(isinstance(it, Vanished) and it.transient for it in changes)
    assert len(occupants) == 0


def test_a_new_name_is_the_accounts_too() -> None:
    occupants = there(Account(BOB.user, "bob", about="bob!b@h"))
    occupants.changed(MembersChanged(ROOM, renamed=(Account(BOB.user, "robert"),)))
    bob = occupants.called("robert")
    assert bob is not None
    assert (bob.account.name, bob.account.about) == ("robert", "bob!b@h")
