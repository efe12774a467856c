"""What all connections see together."""

from bridge.model import RoomRef, UserRef
from protocols.irc.decode import Mask
from protocols.irc.modes import Traits
from protocols.irc.view import View
from tests.protocols.irc.bridge import Bridge, Memory


async def test_nicks_of_earlier_runs_are_known_in_history_only() -> None:
    state = Memory()
    before = View("net")
    before.host = Bridge(state)
    before.remember_nick("anna[x]", "hs:@anna:hs")

    await before.drained()
    after = View("net")
    after.host = Bridge(state)
    await after.recall()
    after.adopt(Traits(casemapping="ascii"))
    assert after.is_ours("ANNA[x]", played_back=True)
    assert not after.is_ours("anna[x]")
    assert after.spoke_as(UserRef("hs", "@anna:hs")) == {"anna[x]"}


def test_another_casemapping_rekeys_channels_and_people() -> None:
    view = View("net")
    room = RoomRef("net", "#a[b]")
    channel = view.open_channel(room, "#a[b]")
    channel.members.join(view.people.meet(Mask("Nick[]")))
    assert view.channel("#A{B}") is channel
    view.adopt(Traits(casemapping="ascii"))
    assert view.channel("#A{B}") is None
    assert view.channel("#A[B]") is channel
    assert "nick[]" in channel.members
    view.close_channel("#A[B]")
    assert view.channels == {}
    assert len(view.people) == 0
