"""Lists of channels."""

from bridge.model import Listing, ListRooms, Raw
from protocols.irc.decode import Line
from protocols.irc.seats.directory import MOST, ListQuestion
from tests.protocols.irc.seats.people import SERVER, ask, enter, gateway, irssi, somebody
from tests.servers.inspircd import InspIRCd


async def test_a_list_is_kept_for_whoever_asked_and_secret_channels_for_members(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob89", inspircd.port, "#list89")
    bob.topic("#list89", "a \x02bold\x02 topic")
    async with gateway(inspircd.port, "#secret89") as (network, _, (secret,)):
        anna, cyd = somebody("anna89"), somebody("cyd89")
        await enter(network, secret, anna)
        await ask(network, Raw(person=anna, network=SERVER, line="MODE #secret89 +s"))
        hers = await ask(network, ListRooms(person=anna, network=SERVER))
        others = await ask(network, ListRooms(person=cyd, network=SERVER))
        assert isinstance(hers, Listing)
        assert isinstance(others, Listing)
        found = {room.address: room for room in hers.rooms}
        assert (found["#list89"].members, found["#list89"].topic) == (1, "a bold topic")
        assert hers.complete
        assert "#secret89" in found
        assert "#secret89" not in {room.address for room in others.rooms}
        again = await ask(network, ListRooms(person=anna, network=SERVER))
        assert again is hers
    await bob.close()


async def test_a_hostile_server_does_not_fill_the_memory() -> None:
    question = ListQuestion()
    for number in range(MOST + 10):
        assert question.takes(Line("322", ["me", f"#c{number}", "9" * 50, "x"]), frozenset())
    assert len(question.rooms) == MOST
    assert question.rooms[0].members == 0
    assert question.takes(Line("323", ["me", "End"]), frozenset())
    assert question.outcome.done()
