from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.live.stage import Stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lounge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One stage for all tests of a module: puppets on IRC too, and the bridge may moderate."""
    stage = Stage(tmp_path_factory.mktemp("lounge"))
    stage.power = 50
    await stage.open("--edit-hold", "1s", irc={"puppets": "speakers", "puppet_interval": 0})
    stage.alice.set_affiliation(stage.muc, f"tercet@{stage.prosody.component}", "admin")
    for side, name in (("xmpp", "alice"), ("irc", "bob"), ("matrix", "carol")):
        await stage.say(side, f"hello from {name}")
    for name in ("alice", "bob", "carol"):
        for client in (stage.alice, stage.bob, stage.carol):
            await client.wait_for(lambda said, name=name: said.body == f"hello from {name}", 20)
    yield stage
    await stage.close()
