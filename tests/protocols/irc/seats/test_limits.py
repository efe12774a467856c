"""How much one person may ask of a network."""

import pytest

from bridge.model import Rejected, UserRef
from protocols.irc.config import SeatsConfig
from protocols.irc.seats import limits
from protocols.irc.seats.limits import CONNECTIONS, Limits
from tests.protocols.irc.seats.people import enter, gateway, leave, somebody
from tests.servers.inspircd import InspIRCd

ANNA, BERT = UserRef("xmpp", "anna"), UserRef("xmpp", "bert")


def limited(**values: int) -> Limits:
    return Limits(SeatsConfig.model_validate(values))


def test_joins_are_counted_for_a_minute_and_for_each_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr(limits.time, "monotonic", lambda: now)
    mine = limited(joins=3, channels=10)
    for _ in range(3):
        mine.join(ANNA, 0)
    with pytest.raises(Rejected) as error:
        mine.join(ANNA, 0)
    assert error.value.why == "limit"
    mine.join(BERT, 9)
    with pytest.raises(Rejected, match="at most 10"):
        mine.join(BERT, 10)
    now += 61
    mine.join(ANNA, 0)


def test_connections_are_counted_even_if_nothing_came_of_them() -> None:
    mine = limited(limit=5)
    for _ in range(CONNECTIONS):
        mine.connect(ANNA, 0)
    with pytest.raises(Rejected, match="too often"):
        mine.connect(ANNA, 0)
    mine.connect(BERT, 4)
    with pytest.raises(Rejected, match="too many people"):
        mine.connect(BERT, 5)


async def test_whoever_is_refused_leaves_nothing_behind(inspircd: InspIRCd) -> None:
    options = {"limit": 1, "joins": 2, "interval": 0, "grace": 0}
    async with gateway(inspircd.port, "#limit105", seats=options) as (network, bridge, (room,)):
        anna, bert = somebody("anna105"), somebody("bert105")
        await enter(network, room, anna)
        with pytest.raises(Rejected, match="too many people"):
            await enter(network, room, bert)
        assert network.seats.of(bert.user) is None
        await leave(network, room, anna)
        await bridge.until(lambda: network.seats.of(anna.user) is None)
        await enter(network, room, bert)
        await leave(network, room, bert)
        await bridge.until(lambda: network.seats.of(bert.user) is None)
        await enter(network, room, anna)
        await leave(network, room, anna)
        await bridge.until(lambda: network.seats.of(anna.user) is None)
        with pytest.raises(Rejected, match="wait a minute"):
            await enter(network, room, anna)
        assert network.seats.of(anna.user) is None


async def test_who_cannot_connect_does_not_try_on_and_on(unused_tcp_port: int) -> None:
    async with gateway(unused_tcp_port, "#limit106") as (network, _, (room,)):
        anna = somebody("anna106")
        for _ in range(CONNECTIONS):
            with pytest.raises(Rejected) as error:
                await enter(network, room, anna)
            assert error.value.why == "gone"
        with pytest.raises(Rejected) as error:
            await enter(network, room, anna)
        assert error.value.why == "limit"
