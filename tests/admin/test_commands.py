"""The command table: what each command asks of the daemon and answers."""

from pathlib import Path
from typing import Any

import pytest

from bridge.admin import commands
from bridge.admin.answers import Answer
from bridge.admin.facade import NewLeg, Refused
from bridge.model import LegPolicy
from tests.admin.office import Office, den


async def told(office: Office, command: str, /, **given: Any) -> tuple[Answer, list[str]]:
    said: list[str] = []
    return await commands.run(office, command, given, said.append), said


async def test_link_asks_for_the_rooms_and_tells_when_they_are_joined() -> None:
    office = Office()
    office.up_after = 3
    addresses = ["xmpp:a@b", "libera:#a"]
    answer, said = await told(office, "link", addresses=addresses, members=["libera=all"])
    legs = [NewLeg("xmpp", "a@b"), NewLeg("libera", "#a", LegPolicy(members="all"))]
    assert office.asked == [("link", None, legs)]
    assert answer.text == "“new” is one conversation now."
    assert said == [
        "Looking for 2 rooms …",
        "Linked as “new”. Joining the rooms …",
        "  xmpp:a@b: joined",
        "  libera:#a: joined",
    ]


async def test_link_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "JOINED_WITHIN", 0.05)
    office = Office()
    office.up_after = 10_000
    answer, _ = await told(office, "link", addresses=["libera:#a"], name="den")
    assert answer.text.startswith("1 room not joined yet")


async def test_unlink_takes_a_room_or_the_whole_portal() -> None:
    office = Office(den())
    answer, _ = await told(office, "unlink", portal="den")
    assert office.asked == [("unlink", "den", None)]
    assert answer.data[0]["name"] == "den"


async def test_the_rooms_are_listed_as_data_and_as_a_table() -> None:
    answer, _ = await told(Office(den()), "rooms")
    assert [leg["address"] for leg in answer.data[0]["legs"]] == ["den@muc.example.org", "#Den"]
    assert len(answer.tables[0].rows) == 2


async def test_a_backup_tells_its_size() -> None:
    office = Office()
    answer, _ = await told(office, "backup", file="/tmp/x.db")
    assert office.asked == [("backup", Path("/tmp/x.db"))]
    assert answer.data == {"file": "/tmp/x.db", "bytes": 4096}


async def test_a_queue_is_cleared() -> None:
    office = Office(den())
    answer, _ = await told(office, "queue clear", portal="den", address="libera:#Den")
    assert office.asked == [("clear", "den", "libera:#Den")]
    assert answer.text == "Dropped 1 waiting message."


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("dance", {}, "there is no command “dance”"),
        ("link", {}, "link needs ADDRESSES: rooms, each as network:room"),
        ("link", {"addresses": ["#den"]}, "is not network:room"),
        ("link", {"addresses": [7]}, "addresses must be text"),
        ("unlink", {"portal": ["den"]}, "portal must be text"),
        ("rooms", {"colour": "red"}, "rooms takes no colour"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    name: str, given: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Refused, match=reason):
        await told(Office(), name, **given)
