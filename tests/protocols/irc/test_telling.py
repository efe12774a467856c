"""Changes are gathered for a moment."""

from bridge.model import MembersChanged, RoomRef, Standings, UserRef
from protocols.irc.decode import Mask
from protocols.irc.telling import Telling
from protocols.irc.view import View
from tests.protocols.irc.bridge import Bridge

ROOM = RoomRef("net", "#c")


async def test_what_changes_within_a_moment_is_told_at_once() -> None:
    view, bridge = View("net"), Bridge()
    view.host = bridge
    channel = view.open_channel(ROOM, "#c")
    telling = Telling(view)
    for nick in ("anna", "bert"):
        channel.members.join(view.people.meet(Mask(nick, "u", "h")))
        telling.restood(channel, nick)
        telling.gather(channel)
    change = await bridge.saw(MembersChanged)
    assert [account.name for account in change.joined] == ["anna", "bert"]
    assert len(bridge.states) == 1


async def test_standings_are_told_only_where_somebody_has_a_seat() -> None:
    view, bridge = View("net"), Bridge()
    view.host = bridge
    channel = view.open_channel(ROOM, "#c")
    telling = Telling(view)
    channel.members.join(view.people.meet(Mask("anna", "u", "h")))
    channel.members.drain()
    channel.letters["anna"] = "o"
    telling.everybody(channel)
    assert bridge.states == []
    channel.seated[_Ear()] = UserRef("xmpp", "x@y")
    channel.now_known()
    telling.restood(channel, "anna")
    told = await bridge.saw(Standings)
    ((user, standing),) = told.standings
    assert (user.id, standing.rank, standing.address) == ("nick:anna", "operator", "u@h")


class _Ear:
    rank = (0,)
    last_read = 0.0
