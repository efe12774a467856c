"""What people with seats ask for."""

import pytest

from bridge.model import Look, PuppetNamed, Rejected, Rename, SeatWaits, SetAway, Standings
from tests.protocols.irc.seats.people import SERVER, ask, enter, gateway, irssi, somebody
from tests.servers.inspircd import InspIRCd


async def test_a_taken_nick_is_replaced_and_another_can_be_taken(inspircd: InspIRCd) -> None:
    bob = await irssi("bob65", inspircd.port, "#nick65")
    async with gateway(inspircd.port, "#nick65") as (network, bridge, (room,)):
        anna = somebody("anna65")
        entered = await enter(network, room, anna, "bob65")
        assert entered.nick == "bob65_"
        assert await ask(network, Rename(person=anna, room=room, nick="anna65")) == "anna65"
        assert bridge.states[-1] == PuppetNamed(room, anna.user, "anna65")
        with pytest.raises(Rejected) as error:
            await ask(network, Rename(person=anna, room=room, nick="bob65"))
        assert error.value.why == "nick"
        with pytest.raises(Rejected):
            await ask(network, Rename(person=anna, room=room, nick="a b\r\nQUIT"))
        assert network.seats.nick_of(anna.user) == "anna65"
    await bob.close()


async def test_who_is_away_is_away_everywhere_also_after_a_reconnect(inspircd: InspIRCd) -> None:
    bob = await irssi("bob98", inspircd.port, "#away98")
    async with gateway(inspircd.port, "#away98") as (network, bridge, (room,)):
        anna = somebody("anna98")
        await enter(network, room, anna)

        async def whois() -> list[str]:
            start = len(bob.lines.items)
            bob.send("WHOIS anna98")
            await bob.line(lambda line: line.command == "318", 10, start)
            return [ln.params[-1] for ln in bob.lines.items[start:] if ln.command == "301"]

        await ask(network, SetAway(person=anna, reason="at\nlunch"))
        await bridge.saw(
            Standings, lambda s: any(u == anna.user and v.away for u, v in s.standings)
        )
        assert await whois() == ["at lunch"]
        session = network.seats.present(anna.user, room)
        assert session is not None
        session.abort()
        await bridge.saw(SeatWaits, lambda waits: not waits.reason)
        assert await whois() == ["at lunch"]
        await ask(network, SetAway(person=anna, reason=None))
        await ask(network, Look(person=anna, network=SERVER, nick="bob98", what="whois"))
        assert await whois() == []
    await bob.close()
