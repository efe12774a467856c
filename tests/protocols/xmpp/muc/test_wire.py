"""What rooms share: tasks beside, and their end."""

import asyncio
import logging

import pytest

from bridge.model import Unavailable
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.muc.wire import Wire
from tests.protocols.xmpp.bridge import Bridge


class NoStream:
    def post(self, stanza: str) -> None:
        raise Unavailable("no stream")


def wire() -> Wire:
    config = XmppConfig(jid="bridge.localhost", secret="secret")
    return Wire(config, NoStream(), Bridge())  # type: ignore[arg-type]


async def test_what_goes_wrong_beside_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    shared = wire()

    async def fails() -> None:
        raise RuntimeError("a bug")

    async def cannot() -> None:
        shared.post("<x/>")

    with caplog.at_level(logging.INFO):
        await asyncio.gather(shared.start(fails()), shared.start(cannot()), return_exceptions=True)
        await asyncio.sleep(0)
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


async def test_stopping_ends_everything() -> None:
    shared = wire()
    task = shared.start(asyncio.Event().wait())
    await asyncio.sleep(0)
    await shared.stop()
    assert task.cancelled()
