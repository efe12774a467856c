import asyncio

import pytest

from bridge.model import NetworkStatus, UserRef
from protocols.matrix.address import Ghosts
from protocols.matrix.config import MatrixConfig
from protocols.matrix.rooms import Rooms
from protocols.matrix.site import Site
from tests.protocols.matrix.bridge import Bridge


async def site(bridge: Bridge) -> Site:
    config = MatrixConfig(
        url="http://127.0.0.1:9", server_name="hs", as_token="our-token", hs_token="their-token"
    )
    ghosts = Ghosts("hs", config.ghost_template, {"irc": "_irc_"})
    return Site("mx", config, bridge, ghosts, Rooms())


async def test_it_tells_people_ghosts_and_the_bot_apart() -> None:
    made = await site(Bridge())
    assert made.known("@alice:hs") == UserRef("mx", "@alice:hs")
    assert made.known("@_irc_bob:hs") == UserRef("irc", "bob")
    assert made.known("@tercet:hs") is None
    assert [made.ours(f"@{name}:hs") for name in ("tercet", "_irc_bob", "alice")] == [
        True,
        True,
        False,
    ]
    await made.close()


async def test_what_fails_beside_is_logged_and_what_is_left_is_stopped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bridge = Bridge()
    made = await site(bridge)

    async def fail() -> None:
        raise ZeroDivisionError

    made.spawn(fail())
    made.spawn(asyncio.Event().wait())
    await asyncio.sleep(0)
    made.status(False, "away")
    await made.close()
    assert "ZeroDivisionError" in caplog.text
    assert bridge.states == [NetworkStatus("mx", False, "away")]
