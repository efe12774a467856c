"""Who sends what, and what a refusal changes about it."""

from collections.abc import AsyncIterator

import pytest

from bridge.model import Rejected, Thread
from tests.protocols.matrix.bridge import running, say, someone
from tests.protocols.matrix.fake import Fake, error, misbehaving

THREAD = Thread("t", ("$root",), ("$latest",))


@pytest.fixture
async def fake() -> AsyncIterator[Fake]:
    async with misbehaving() as server:
        yield server


async def test_a_message_leaves_its_thread_under_the_same_name(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        fake.next("/send/", error(400, "M_UNKNOWN", "Cannot start threads"))
        await say(network, "!r", someone("bob"), "hi", thread=THREAD)
    first, second = fake.asked("/send/")
    assert first[1] == second[1]
    assert b"m.thread" in first[3]
    assert b"m.relates_to" not in second[3]


async def test_what_is_wrong_without_a_thread_as_well_is_refused(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        fake.next("/send/", *(error(400, "M_BAD_JSON", "odd") for _ in range(2)))
        with pytest.raises(Rejected, match="odd"):
            await say(network, "!r", someone("bob"), "hi", thread=THREAD)


async def test_a_device_that_is_gone_is_made_again_in_a_thread_too(fake: Fake) -> None:
    async with running(fake, "!r") as (network, _):
        await say(network, "!r", someone("bob"), "hi")
        fake.next("/send/", *(error(400, "M_UNKNOWN_DEVICE") for _ in range(2)))
        await say(network, "!r", someone("bob"), "ho", thread=THREAD)
    assert b"m.thread" in fake.asked("/send/")[-1][3]
