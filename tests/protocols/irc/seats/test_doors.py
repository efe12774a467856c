"""Who is let in, and who is not, on a real server."""

import pytest

from bridge.model import Invited, Rejected, RoomRef, Roster, SeatLost
from protocols.irc.seats import doors
from protocols.irc.seats.doors import grouped
from protocols.irc.seats.sitting import Seat
from protocols.irc.view import View
from tests.protocols.irc.seats.people import BY_SEATS, enter, gateway, irssi, somebody, states
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


async def test_who_was_made_to_join_may_stay_and_who_does_not_come_is_out_again(
    inspircd: InspIRCd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "STAY", 0.5)
    bob = await irssi("bob107", inspircd.port, "#sa107", "#sb107")
    bob.send("OPER oper oper", "MODE #sa107 +i", "TOPIC #sa107 :for few")
    await bob.line(lambda line: line.command == "381")
    async with gateway(inspircd.port, "#here107") as (network, bridge, (room,)):
        anna = somebody("anna107")
        await enter(network, room, anna)
        shut = await network.find("#sa107")
        network.visit(shut, BY_SEATS)
        with pytest.raises(Rejected) as error:
            await enter(network, shut, anna)
        assert error.value.why == "closed"
        await network.leave(shut, "")
        bob.send("SAJOIN anna107 #sa107", "SAJOIN anna107 #sb107")
        for name in ("#sa107", "#sb107"):
            await bridge.saw(Invited, lambda invited, name=name: invited.address == name)
        network.visit(shut, BY_SEATS)
        entered = await enter(network, shut, anna)
        assert entered.topic == "for few"
        (roster,) = (s for s in states(bridge, Roster) if s.room == shut)
        assert [member.name for member in roster.members] == ["bob107"]
        await bob.line(lambda line: line.command == "PART" and line.params[0] == "#sb107")
        assert network.is_seated(anna.user, shut)
    await bob.close()


def test_channels_are_joined_together_as_far_as_a_line_holds() -> None:
    view = View("net")

    def seat(name: str, key: str = "") -> Seat:
        return Seat(view.open_channel(RoomRef("net", name), name), key)

    def names(seats: list[Seat]) -> list[list[str]]:
        return [[seat.channel.name for seat in group] for group in grouped(seats)]

    assert names([]) == []
    assert names([seat("#a"), seat("#k", "key"), seat("#b")]) == [["#k"], ["#a", "#b"]]
    assert list(map(len, names([seat(f"#{n}") for n in range(25)]))) == [10, 10, 5]
    long = [seat("#" + str(n) + "x" * 150) for n in range(5)]
    assert list(map(len, names(long))) == [2, 2, 1]
