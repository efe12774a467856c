"""What people may do, and whether they are away."""

import asyncio

from bridge.model import MembersChanged, Standing, Standings
from tests.protocols.irc.seats.people import enter, gateway, irssi, somebody
from tests.servers.inspircd import InspIRCd


async def test_others_who_are_kicked_or_banned_are_told_as_such(inspircd: InspIRCd) -> None:
    bob = await irssi("bob63", inspircd.port, "#put63")
    dan = await irssi("dan63", inspircd.port, "#put63")
    async with gateway(inspircd.port, "#put63") as (network, bridge, (room,)):
        await enter(network, room, somebody("anna63"))
        bob.send("KICK #put63 dan63 :first")
        change = await bridge.saw(MembersChanged, lambda change: change.left)
        assert (change.how, change.by, change.reason) == ("kicked", "bob63", "first")
        await dan.join("#put63")
        await bridge.saw(MembersChanged, lambda change: change.joined)
        start = len(bridge.states)
        bob.send("MODE #put63 +b *!*@127.0.0.1", "KICK #put63 dan63 :second")
        change = await bridge.saw(MembersChanged, lambda change: change.left, start)
        assert (change.how, change.by, change.reason) == ("banned", "bob63", "second")
    await asyncio.gather(bob.close(), dan.close())


async def test_a_change_of_standing_is_told(inspircd: InspIRCd) -> None:
    bob = await irssi("bob70", inspircd.port, "#stand70")
    dan = await irssi("dan70", inspircd.port, "#stand70")
    dan.send("AWAY :at lunch")
    await dan.line(lambda line: line.command == "306")
    async with gateway(inspircd.port, "#stand70") as (network, bridge, (room,)):
        anna = somebody("anna70")
        await enter(network, room, anna)
        first = (await bridge.saw(Standings)).standings
        known = {user.id: standing for user, standing in first}
        assert known["nick:bob70"] == Standing("operator", None, "bob70@127.0.0.1")
        assert known["nick:dan70"] == Standing("none", "", "dan70@127.0.0.1")
        assert known[anna.user.id].address.endswith("@127.0.0.1")

        async def becomes(who: str, what: Standing) -> None:
            await bridge.saw(
                Standings,
                lambda s: any(
                    u.id == who and (v.rank, v.away) == (what.rank, what.away)
                    for u, v in s.standings
                ),
            )

        bob.send("MODE #stand70 +v anna70")
        await becomes(anna.user.id, Standing("voice"))
        bob.send("MODE #stand70 +o anna70")
        await becomes(anna.user.id, Standing("operator"))
        dan.send("AWAY")
        await becomes("nick:dan70", Standing("none"))
        dan.send("AWAY :again")
        await becomes("nick:dan70", Standing("none", "again"))
        bob.send("MODE #stand70 +m")
        await becomes("nick:dan70", Standing("muted", "again"))
        bob.send("MODE #stand70 +v dan70")
        await becomes("nick:dan70", Standing("voice", "again"))
    await asyncio.gather(bob.close(), dan.close())
