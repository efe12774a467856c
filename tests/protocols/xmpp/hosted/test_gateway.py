"""Rooms that come and go, as the bridge and their people want."""

from bridge.model import Enter, LegPolicy, Rejected, RoomRef, RoomStatus
from protocols.xmpp.network import XmppNetwork
from tests.protocols.xmpp.bridge import config
from tests.protocols.xmpp.hosted.house import Client, House, room
from tests.servers.prosody import Prosody


def hosted(house: House) -> set[str]:
    assert house.network
    assert house.network._gateway
    return set(house.network._gateway.rooms)


def test_rooms_are_known_by_their_form(prosody: Prosody) -> None:
    network = XmppNetwork("xmpp", config(prosody, gateway={"allow": ["*"]}))
    assert network.is_hosted(RoomRef("xmpp", room("#c")))
    assert not network.is_hosted(RoomRef("xmpp", "den@muc.localhost"))
    assert not XmppNetwork("xmpp", config(prosody)).is_hosted(RoomRef("xmpp", room("#c")))
    assert network.capabilities(RoomRef("xmpp", room("#c"))).reactions


async def test_a_linked_room_is_up_and_kept(house: House, anna: Client) -> None:
    assert house.network
    ref = RoomRef("xmpp", room("#kept"))
    house.network.visit(ref, LegPolicy(hosted=True))
    assert RoomStatus(ref, True) in house.states
    await anna.join("#kept", "anna")
    anna.send(f"<presence type='unavailable' to='{ref.id}/anna'/>")
    await anna.presence(lambda xml: xml.get("type") == "unavailable")
    await anna.join("#other", "anna")
    assert ref.id in hosted(house)
    await house.network.leave(ref, "")
    assert ref.id not in hosted(house)


async def test_rooms_that_nobody_could_enter_are_forgotten(house: House, anna: Client) -> None:
    house.answers[Enter] = Rejected("no such channel", "unknown")
    for n in range(200):
        anna.enter(f"#r{n}", "anna")
    await house.until(lambda: len(house.asked) == 200)
    await anna.presence(lambda xml: xml.get("from", "").startswith("#r199"))
    assert hosted(house) == set()
