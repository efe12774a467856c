"""Who is away on XMPP is away on IRC."""

import pytest

from bridge.model import SetAway
from protocols.xmpp.hosted import absence
from tests.protocols.xmpp.hosted.house import Client, House, room


def reasons(house: House) -> list[str | None]:
    return [it.reason for it in house.asked if isinstance(it, SetAway)]


async def test_one_is_away_and_back(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absence, "PAUSE", 0.01)
    await anna.join("#away", "anna")
    me = f"to='{room('#away')}/anna'"
    anna.send(f"<presence {me}><show>away</show><status>lunch</status></presence>")
    await house.until(lambda: reasons(house) == ["lunch"])
    anna.send(f"<presence {me}/>")
    await house.until(lambda: reasons(house) == ["lunch", None])


async def test_flapping_is_told_once(house: House, anna: Client) -> None:
    await anna.join("#flap", "anna")
    me = f"to='{room('#flap')}/anna'"
    for _ in range(5):
        anna.send(f"<presence {me}><show>away</show></presence>")
        anna.send(f"<presence {me}/>")
    await anna.join("#flap", "anna")
    assert reasons(house) == ["away"]
