"""Who is in the room: names change, people do not; strangers do not become them."""

import time

from hypothesis import given
from hypothesis import strategies as st

from bridge.model import MembersChanged, RoomRef, UserRef
from protocols.xmpp.decode import MucPresence
from protocols.xmpp.muc.occupants import Occupants

ROOM = RoomRef("xmpp", "room@muc")


def nobody(_: str) -> bool:
    return False


def room(*, ids: bool = False, open_jids: bool = False) -> Occupants:
    occupants = Occupants(ROOM, "bridge")
    occupants.trusts_occupant_ids = ids
    occupants.open_jids = open_jids
    return occupants


def comes(nick: str, occupant_id: str = "", jid: str = "") -> MucPresence:
    return MucPresence(nick=nick, kind="available", occupant_id=occupant_id, jid=jid)


def goes(nick: str, *codes: int, **more: str) -> MucPresence:
    return MucPresence(nick=nick, kind="unavailable", codes=frozenset(codes), **more)


def changes(occupants: Occupants) -> list[MembersChanged]:
    return list(occupants.changes(nobody))


def test_people_are_known_by_the_best_that_the_room_shows() -> None:
    plain, ids, jids = room(), room(ids=True), room(ids=True, open_jids=True)
    for occupants in (plain, ids, jids):
        occupants.saw(comes("anna", "id1", "Anna@x/phone"))
    assert plain.account("anna").user.id == "room@muc/anna"
    assert plain.account("anna").authority.startswith("room@muc/anna ")
    assert ids.account("anna").user.id == "room@muc/occ:id1"
    assert ids.account("anna").authority == "id1"
    assert jids.account("anna").user.id == "Anna@x"
    assert jids.account("anna").about == "Anna@x"


def test_a_new_name_is_not_a_new_person() -> None:
    occupants = room()
    occupants.saw(comes("anna"))
    before = occupants.roster(nobody).members[0]
    occupants.saw(goes("anna", 303, new_nick="anne"))
    occupants.saw(comes("anne"))
    (change,) = changes(occupants)
    assert change.renamed[0].user == before.user
    assert change.renamed[0].name == "anne"
    assert change.renamed[0].authority.startswith("room@muc/anne ")
    assert occupants.nick(before.user) == "anne"


def test_a_stranger_who_takes_a_nick_is_not_who_had_it() -> None:
    occupants = room()
    occupants.saw(comes("anna"))
    occupants.saw(goes("anna", 303, new_nick="anne"))
    occupants.saw(comes("anna"))
    assert occupants.account("anna").user != occupants.account("anne").user
    with_ids = room(ids=True)
    with_ids.saw(comes("anna", "id1"))
    with_ids.saw(comes("anna", "id2"))
    assert with_ids.account("anna").authority == "id2"


def test_two_clients_of_one_person_are_one_person() -> None:
    occupants = room(open_jids=True)
    occupants.saw(comes("anna", jid="anna@x/1"))
    occupants.roster(nobody)
    occupants.saw(comes("anna-phone", jid="anna@x/2"))
    occupants.saw(goes("anna"))
    (change,) = changes(occupants)
    assert (len(change.renamed), change.left) == (1, ())
    occupants.saw(goes("anna-phone"))
    assert changes(occupants)[0].left == (UserRef("xmpp", "anna@x"),)


def test_someone_who_is_back_at_once_was_not_away() -> None:
    occupants = room()
    occupants.saw(comes("anna"))
    occupants.roster(nobody)
    occupants.saw(goes("anna", 333))
    occupants.saw(comes("anna"))
    assert changes(occupants) == []


def test_reasons_are_kept_and_time_outs_are_passing() -> None:
    occupants = room()
    for nick in ("a", "b", "c", "d"):
        occupants.saw(comes(nick))
    occupants.roster(nobody)
    occupants.saw(goes("a", 307, actor="boss", reason="spam"))
    occupants.saw(goes("b", 307, 333))
    occupants.saw(goes("c", 332))
    occupants.saw(goes("d", reason="bye"))
    told = {
        tuple(user.id[-1] for user in change.left): (change.reason, change.transient)
        for change in changes(occupants)
    }
    assert told == {
        ("a",): ("kicked by boss: spam", False),
        ("b", "c"): ("", True),
        ("d",): ("bye", False),
    }


def test_puppets_are_never_told_however_late_they_are_known() -> None:
    occupants = room()
    ours = {"bob"}
    occupants.saw(comes("anna"))
    occupants.saw(comes("bob"))
    assert [member.name for member in occupants.roster(ours.__contains__).members] == ["anna"]
    ours.clear()  # the nick turned out to be somebody else's
    occupants.owner_unsure("bob")
    (change,) = occupants.changes(ours.__contains__)
    assert [account.name for account in change.joined] == ["bob"]


def test_leftover_puppets_are_known_by_their_jid() -> None:
    occupants = room()
    occupants.saw(comes("bob", jid="irc%bob@bridge/puppet"))
    assert occupants.roster(nobody).members == ()
    assert changes(occupants) == []


def test_who_is_unknown_speaks_all_the_same() -> None:
    occupants = room(ids=True)
    assert occupants.account("ghost", "id9").user.id == "room@muc/occ:id9"
    assert occupants.account("ghost").user.id == "room@muc/ghost"


def test_a_forged_occupant_id_is_not_believed_where_the_room_announces_none() -> None:
    assert room().account("anna", "victim").authority == "room@muc/anna"


NICKS = st.sampled_from(["a", "b", "A", "c"])
STEP = st.one_of(
    NICKS.map(comes),
    st.tuples(NICKS, NICKS).map(lambda pair: goes(pair[0], 303, new_nick=pair[1])),
    st.tuples(NICKS, st.sampled_from([307, 333, 301])).map(lambda pair: goes(*pair)),
)


@given(st.lists(st.lists(STEP, max_size=6), max_size=5))
def test_the_changes_add_up_to_the_roster(rounds: list[list[MucPresence]]) -> None:
    occupants = room()
    told = {account.user: account.name for account in occupants.roster(nobody).members}
    for steps in rounds:
        for step in steps:
            occupants.saw(step)
        for change in occupants.changes(nobody):
            for account in (*change.joined, *change.renamed):
                told[account.user] = account.name
            for user in change.left:
                del told[user]
    now = {account.user: account.name for account in occupants.roster(nobody).members}
    assert told == now
    assert all(occupants.is_taken(nick.casefold()) for nick in occupants.present)


def test_a_netsplit_of_thousands_is_one_change() -> None:
    occupants = room()
    for number in range(3000):
        occupants.saw(comes(f"nick{number}"))
    occupants.roster(nobody)
    began = time.process_time()
    for number in range(3000):
        occupants.saw(goes(f"nick{number}", 333))
    (change,) = changes(occupants)
    assert len(change.left) == 3000
    assert change.transient
    assert time.process_time() - began < 0.5


def test_without_occupant_ids_only_a_stay_under_one_nick_proves_a_hand() -> None:
    occupants = room()
    occupants.saw(comes("anna"))
    before = occupants.account("anna")
    occupants.saw(comes("anna"))
    assert occupants.account("anna").authority == before.authority
    occupants.saw(goes("anna"))
    assert occupants.account("anna").authority != before.authority  # only the history speaks now
    occupants.saw(comes("anna"))
    assert occupants.account("anna").authority != before.authority
    assert occupants.sender("anna") == "room@muc/anna"
    other_run = Occupants(ROOM, "bridge", "era2")
    other_run.saw(comes("anna"))
    assert other_run.account("anna").authority != before.authority


def test_the_ids_of_a_client_are_its_occupants_own() -> None:
    occupants = room(ids=True)
    occupants.saw(comes("anna", "id1"))
    assert occupants.sender("anna") == occupants.sender("anna", "id1") == "id1"
    assert occupants.sender("anna", "id2") == "id2"
    assert occupants.sender("gone") == "room@muc/gone"
    assert occupants.occupant_id(occupants.account("anna").user) == "id1"
    assert occupants.occupant_id(UserRef("irc", "bob")) == ""
