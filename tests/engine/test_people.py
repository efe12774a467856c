"""Puppets follow their people."""

from msgspec import structs

from bridge.model import (
    LegPolicy,
    MembersChanged,
    Mention,
    Presence,
    PuppetNamed,
    RoomRef,
    Roster,
)
from tests.engine.house import House, person

A = RoomRef("a", "r")
ANNA, BERT = person("anna@a"), person("bert@a")


def shown(house, network):
    found = [s for s in house.networks[network].shown if isinstance(s, Presence)]
    return [(s.account.name, s.present) for s in found]


async def test_by_default_only_those_who_spoke_are_seen_and_they_leave_when_they_leave(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA, BERT)))
        assert shown(house, "b") == []
        await house.say("anna@a", "hi")
        await house.settle()
        house.bridge.observe(MembersChanged(A, left=(ANNA.user, BERT.user), reason="bye"))
        assert shown(house, "b") == [("anna", False)]


async def test_with_members_all_everybody_is_seen(tmp_path):
    house = House(tmp_path)
    house.policies["b"] = LegPolicy(members="all")
    async with house:
        house.bridge.observe(Roster(A, (ANNA,)))
        house.bridge.observe(MembersChanged(A, joined=(BERT,)))
        house.bridge.observe(MembersChanged(A, left=(ANNA.user,)))
        assert shown(house, "b") == [("anna", True), ("bert", True), ("anna", False)]
        assert shown(house, "c") == []
        assert house.portal.people.count(A) == 1


async def test_a_new_name_reaches_the_puppet(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        await house.say("anna@a", "hi")
        await house.settle()
        house.bridge.observe(MembersChanged(A, renamed=(structs.replace(ANNA, name="Anna B"),)))
        assert shown(house, "b") == [("Anna B", True)]


async def test_a_netsplit_moves_nobody(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        await house.say("anna@a", "hi")
        await house.settle()
        house.bridge.observe(MembersChanged(A, left=(ANNA.user,), transient=True))
        house.bridge.observe(MembersChanged(A, joined=(ANNA,)))
        assert [present for _, present in shown(house, "b")] == [True]


async def test_somebody_who_left_stays_until_their_last_line_is_told(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        house.networks["b"].set_up(False)
        await house.say("anna@a", "last words")
        await house.settle()
        house.bridge.observe(MembersChanged(A, left=(ANNA.user,)))
        assert shown(house, "b") == []
        house.networks["b"].set_up(True)
        await house.until(lambda: shown(house, "b") == [("anna", False)])
        assert house.seen("b") == ["anna: last words"]


async def test_who_left_while_we_were_down_is_taken_out_when_we_are_back(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA, BERT)))
        for who in ("anna@a", "bert@a"):
            await house.say(who, f"hi from {who}")
        await house.settle()
        await house.restart()
        house.bridge.observe(Roster(A, (BERT,)))
        assert ("anna", False) in shown(house, "b")
        assert ("bert", False) not in shown(house, "b")


async def test_people_are_mentioned_by_the_name_of_their_puppet(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        house.bridge.observe(PuppetNamed(RoomRef("b", "r"), ANNA.user, "anna[m]"))
        await house.say("bob@b", "anna[m]: hello")
        await house.until(lambda: house.networks["a"].delivered)
        [command] = house.networks["a"].delivered
        assert command.content.blocks[0].children[0] == Mention("anna[m]", ANNA.user)


async def test_a_name_given_up_is_good_for_a_while(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        house.bridge.observe(MembersChanged(A, renamed=(structs.replace(ANNA, name="queen"),)))
        find = house.portal.people.finder(RoomRef("b", "r"))
        assert find({"anna", "queen", "nobody"}) == {"anna": ANNA.user, "queen": ANNA.user}
        assert find({"nobody"}) == {}


async def test_an_unlinked_room_takes_its_peoples_puppets_along(tmp_path):
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        await house.say("anna@a", "hi")
        await house.settle()
        await house.bridge.remove(house.portal, [A])
        assert shown(house, "b") == [("anna", False)]


async def test_one_way_links_show_people_one_way(tmp_path):
    house = House(tmp_path)
    house.policies["b"] = LegPolicy(members="all", direction="in")
    house.policies["c"] = LegPolicy(members="all")
    async with house:
        house.bridge.observe(Roster(A, (ANNA,)))
        assert shown(house, "b") == []
        assert shown(house, "c") == [("anna", True)]


async def test_who_does_not_come_back_from_a_netsplit_goes_in_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr("bridge.core.membership.HOLD", 0.05)
    async with House(tmp_path) as house:
        house.bridge.observe(Roster(A, (ANNA,)))
        await house.say("anna@a", "hi")
        await house.settle()
        for _ in range(2):  # it is told twice, as by two of our connections
            house.bridge.observe(MembersChanged(A, left=(ANNA.user,), transient=True))
        await house.until(lambda: shown(house, "b") == [("anna", False)])
        assert house.portal.people._leaving == {}
