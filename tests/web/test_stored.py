"""What links lead to is found in the archive."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from bridge.model import File, MessageRetracted
from bridge.model.content import Place
from bridge.web.links import FileLinks
from bridge.web.stored import Gone, StoredFiles, StoredTexts
from tests.engine.house import House

LINKS = FileLinks("secret", "http://t", 60)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with House(tmp_path, backlog_lines=2) as house:
        yield house


def key(text: str) -> str:
    """The key of the link in a text."""
    found = re.search(r"http://t/([\w.]+)", text)
    assert found, text
    return found[1]


async def test_a_message_is_found_by_the_key_that_its_copies_carry(house: House) -> None:
    story = "a long story\n" * 20
    await house.say("ada@a", story)
    await house.until(lambda: house.seen("b"))
    send: Any = house.networks["b"].delivered[0]
    page = await StoredTexts(house.store, LINKS.offer).page(key(send.more))
    assert page is not None
    assert page.title == "A message of ada"
    assert [(entry.author, entry.text) for entry in page.entries] == [("ada", story)]


async def test_what_a_room_missed_is_listed_in_its_order(house: House) -> None:
    house.networks["b"].set_up(False)
    for number in range(6):
        await house.say(f"ada@{'ac'[number % 2]}", f"line {number}")
    await house.settle()
    house.networks["b"].set_up(True)
    await house.until(lambda: any("http://t/" in line for line in house.seen("b")))
    told = next(line for line in house.seen("b") if "http://t/" in line)
    page = await StoredTexts(house.store, LINKS.offer).page(key(told))
    assert page is not None
    texts = [entry.text for entry in page.entries]
    assert texts == sorted(texts)
    here = {line.removeprefix("ada: ") for line in house.seen("b")}
    assert {f"line {number}" for number in range(6)} <= set(texts) | here


@pytest.mark.parametrize(
    "key", ["", "x", "1", "1.2.3.4", "zz.1", "ffff.0", "missed.1", "missed.x.y.z"]
)
async def test_a_key_that_leads_nowhere_finds_nothing(house: House, key: str) -> None:
    assert await StoredTexts(house.store, LINKS.offer).page(key) is None


async def test_what_is_attached_is_linked_to_anew(house: House) -> None:
    attached = (
        File(kind="image", source="mxc://x", network="a", name="cat.jpg"),
        File(kind="file", source="aesgcm://x#key"),
        Place(uri="geo:1,2", name="here"),
    )
    event = house.message("ada@a", "look!", "m1")
    content = structs.replace(event.content, attached=attached)
    await house.networks["a"].say(structs.replace(event, content=content))
    await house.until(lambda: house.seen("b"))
    page = await StoredTexts(house.store, LINKS.offer).page("m.1.0")
    assert page is not None
    [entry] = page.entries
    [(label, url)] = entry.files
    assert label == "cat.jpg"
    assert LINKS.read(url.split("/")[4]) == (1, 0)
    assert "aesgcm" not in entry.text
    assert "location: here" in entry.text


async def test_what_was_taken_back_says_so_and_its_files_are_gone(house: House) -> None:
    event = house.message("ada@a", "secret", "m1")
    file = File(kind="image", source="mxc://x", network="a")
    content = structs.replace(event.content, attached=(file,))
    await house.networks["a"].say(structs.replace(event, content=content))
    await house.settle()
    files = StoredFiles(house.store)
    assert await files.file(1, 0) == file
    assert await files.file(1, 1) is None
    assert await files.file(2, 0) is None
    await house.networks["a"].say(
        MessageRetracted(room=event.room, author=event.author, target="m1", time=house.now)
    )
    await house.settle()
    page = await StoredTexts(house.store, LINKS.offer).page("m.1.0")
    assert page is not None
    assert [(entry.text, entry.files, entry.gone) for entry in page.entries] == [("", (), True)]
    with pytest.raises(Gone):
        await files.file(1, 0)
