"""Who is in a channel."""

from bridge.model import LegPolicy, Roster, Standings
from tests.protocols.irc.bridge import running
from tests.protocols.irc.seats.people import enter, gateway, irssi, somebody, states
from tests.servers.inspircd import InspIRCd


async def test_accounts_of_those_who_came_before_are_known(inspircd: InspIRCd) -> None:
    bob = await irssi("bob71", inspircd.port, "#names71")
    bob.send("PRIVMSG NickServ :IDENTIFY bob bob-pw")
    await bob.line(lambda line: line.command == "900")
    async with gateway(inspircd.port, "#names71") as (network, bridge, (room,)):
        await enter(network, room, somebody("anna71"))
        (roster,) = states(bridge, Roster)
        assert [member.user.id for member in roster.members] == ["account:bob"]
        await enter(network, room, somebody("cyd71"))
        assert len(states(bridge, Roster)) == 1
    await bob.close()


async def test_whoever_comes_to_a_linked_channel_is_told_of_all_by_the_relay_s_list(
    inspircd: InspIRCd,
) -> None:
    bob = await irssi("bob72", inspircd.port, "#names72")
    async with running(
        inspircd.port, "#names72", nick="relay72", policy=LegPolicy(), seats={"interval": 0}
    ) as (network, bridge, (room,)):
        await enter(network, room, somebody("anna72"))
        (standings, *_) = states(bridge, Standings)
        assert {user.id: s.rank for user, s in standings.standings}["nick:bob72"] == "operator"
        assert len(states(bridge, Roster)) == 1
    await bob.close()
