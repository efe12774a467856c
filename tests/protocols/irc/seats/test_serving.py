"""What people with seats ask for."""

import pytest

from bridge.model import PuppetNamed, Rejected, Rename
from tests.protocols.irc.seats.people import ask, enter, gateway, irssi, somebody
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
