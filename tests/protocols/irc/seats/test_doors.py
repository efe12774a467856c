"""Who is let in, and who is not, on a real server."""

import pytest

from bridge.model import Invited, Rejected, SeatLost
from tests.protocols.irc.seats.people import enter, gateway, irssi, somebody, states
from tests.servers.inspircd import InspIRCd


@pytest.mark.parametrize(
    ("mode", "why"),
    [("+i", "closed"), ("+k secret", "password"), ("+l 1", "full"), ("+b *!*@*", "banned"),
     ("+R", "closed")],
)  # fmt: skip
async def test_who_is_not_let_in_hears_the_server_s_words(
    inspircd: InspIRCd, mode: str, why: str
) -> None:
    name = f"#shut{why}{len(mode)}"
    bob = await irssi("bob64", inspircd.port, name)
    bob.send(f"MODE {name} {mode}")
    await bob.line(lambda line: line.command == "MODE" and line.params[0] == name)
    async with gateway(inspircd.port, name) as (network, bridge, (room,)):
        anna = somebody("anna64")
        with pytest.raises(Rejected) as error:
            await enter(network, room, anna)
        assert error.value.why == why
        assert "4" in str(error.value)
        assert not network.is_seated(anna.user, room)
        if why == "password":
            await enter(network, room, anna, password="secret")
        assert not states(bridge, SeatLost)
    await bob.close()


async def test_who_is_made_to_join_is_invited(inspircd: InspIRCd) -> None:
    bob = await irssi("bob69", inspircd.port, "#inv69", "#sa69")
    bob.send("OPER oper oper")
    await bob.line(lambda line: line.command == "381")
    async with gateway(inspircd.port, "#here69") as (network, bridge, (room,)):
        anna = somebody("anna69")
        await enter(network, room, anna)
        bob.send("INVITE anna69 #inv69")
        invited = await bridge.saw(Invited)
        assert invited == Invited("irc.example.net", "#inv69", anna.user, "bob69")
        bob.send("SAJOIN anna69 #sa69")
        invited = await bridge.saw(Invited, lambda i: i.address == "#sa69")
        assert invited.user == anna.user
    await bob.close()
