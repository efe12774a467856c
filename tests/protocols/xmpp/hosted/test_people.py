"""Who may use the gateway, and how much of it."""

import pytest

from bridge.model import Rejected
from protocols.xmpp.config import GatewayConfig
from protocols.xmpp.hosted import people as module
from protocols.xmpp.hosted.people import People


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def people(**settings: object) -> tuple[People, Clock]:
    clock = Clock()
    return People(GatewayConfig.model_validate({"allow": ["*"]} | settings), clock), clock


@pytest.mark.parametrize(
    ("allow", "may"),
    [
        (["*"], True),
        (["example.org"], True),
        (["anna@example.org"], True),
        (["otto@example.org"], False),
        (["org"], False),
        (["chat.example.org"], False),
    ],
)
def test_people_are_let_in_by_address_or_domain(allow: list[str], may: bool) -> None:
    house, _ = people(allow=allow)
    assert house.may_enter("anna@example.org") == may
    if not may:
        with pytest.raises(Rejected, match="not allowed"):
            house.check_stanza("anna@example.org")


def test_words_have_a_pace_of_their_own() -> None:
    house, clock = people(messages_per_second=2)
    for _ in range(20):
        house.check_words("anna@x")
    with pytest.raises(Rejected) as refused:
        house.check_words("anna@x")
    assert refused.value.why == "limit"
    house.check_words("otto@x")  # others are not concerned
    clock.now += 1
    house.check_words("anna@x")
    house.check_words("anna@x")
    with pytest.raises(Rejected):
        house.check_words("anna@x")


def test_stanzas_have_a_limit_too() -> None:
    house, clock = people()
    for _ in range(int(module.STANZAS_AT_ONCE)):
        house.check_stanza("anna@x")
    with pytest.raises(Rejected):
        house.check_stanza("anna@x")
    clock.now += 3600
    for _ in range(int(module.STANZAS_AT_ONCE)):
        house.check_stanza("anna@x")


def test_only_so_many_people_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 10)
    house, _ = people()
    for n in range(100):
        house.check_stanza(f"n{n}@x")
    assert len(house._stanzas) == 10


def test_admins_are_named() -> None:
    house, _ = people(admins=["boss@x"])
    assert house.is_admin("boss@x")
    assert not house.is_admin("anna@x")
