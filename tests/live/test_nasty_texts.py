"""What people and attackers write: each is delivered or refused with a reason, nothing breaks."""

import asyncio
import re
import urllib.request

import pytest

from tests.live.stage import SIDES

FAMILY = "👨‍👩‍👧‍👦"
LONG = ("All work and no play makes Jack a dull boy. " + FAMILY + " ") * 100
TEXTS = {
    "a long text with emoji": LONG[:5000],
    "400 times é": "é" * 400,
    "a CTCP request": "\x01VERSION\x01 asked",
    "line breaks and commands": "first\r\nQUIT :gone\r\nPRIVMSG bob :x\nlast",
    "NUL and other controls": "a\x00b\x02c\x7fd\u0085e",
    "a client command": "/quit now",
    "a colon first": ":-) hi",
    "script": "<script>alert(1)</script><b>not bold</b> & <img src=x onerror=alert(1)>",
    "right to left": "\u202eevil\u202c \u2066x\u2069 \u05e9\u05dc\u05d5\u05dd",
    "surroundings": "`code` *bold* _it_ ~s~ > quote ```",
    "an emote that is none": "/me waves",
}


@pytest.fixture
async def stage(stage):
    await stage.open()
    return stage


async def test_every_text_from_everywhere_leaves_the_bridge_alive(stage):
    for number, text in enumerate(TEXTS.values()):
        for side in SIDES:
            said = text
            if side == "xmpp":  # XML itself refuses these
                said = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
            if side == "irc":  # a line ends there
                said = re.sub("[\r\n\x00]", " ", text)[:400]
            await stage.say(side, said)
        for side in SIDES:
            await stage.say(side, f"{side[0]}{number}")
    async with asyncio.timeout(60):
        for at in SIDES:
            for of in SIDES:
                while at != of and stage.numbers(at, of) != list(range(len(TEXTS))):
                    await asyncio.sleep(0.1)
    assert await stage.sides_up() == set(SIDES)
    lines = [line for line in stage.bob.lines.items if line.nick == "tercet"]
    assert not any(line.command in ("QUIT", "PART") for line in lines)
    assert not any(line.command == "PRIVMSG" and line.params[0] == "bob" for line in lines)
    assert all(len(line.text.rpartition("PRIVMSG")[2].encode()) < 512 for line in lines)
    assert not any("\x01" in line.text and "ACTION" not in line.text for line in lines)
    assert "\ufffd" not in "".join(line.text for line in lines)
    for event in stage.carol.events.items:
        html = event.get("content", {}).get("formatted_body", "")
        assert "<script" not in html
        assert "onerror" not in html.replace("&lt;img src=x onerror", "")


async def test_a_long_text_ends_in_a_link_to_all_of_it(stage):
    await stage.say("matrix", TEXTS["a long text with emoji"])
    last = await stage.bob.wait_for(lambda said: "[full text" in said.body, 20)
    url = re.search(r"http://\S+(?=\])", last.body)[0]
    assert len([s for s in stage.heard("irc") if s.nick == "Carol" or s.nick == "carol"]) <= 3
    page = await asyncio.to_thread(lambda: urllib.request.urlopen(url + "?plain").read().decode())
    assert TEXTS["a long text with emoji"].strip() in page
    whole = await stage.alice.wait_for(lambda said: said.body.startswith("All work"))
    assert whole.body == TEXTS["a long text with emoji"].strip() or whole.body == LONG[:5000]


async def test_a_megabyte_is_cut_or_refused_and_the_next_message_arrives(stage):
    from tests.servers.clients.matrix import MatrixError

    with pytest.raises(MatrixError):  # the homeserver's own limit is 64 KiB
        await stage.say("matrix", "x" * 1_000_000)
    await stage.say("matrix", "x" * 60_000)
    message = stage.alice.client.make_message(stage.muc, mtype="groupchat", mbody="y" * 200_000)
    message.send()
    await stage.alice.wait_for(lambda said: len(said.body) == 200_000, 20)
    for side in SIDES:
        await stage.say(side, f"{side[0]}0")
    async with asyncio.timeout(60):
        for at in SIDES:
            for of in SIDES:
                while at != of and stage.numbers(at, of) != [0]:
                    await asyncio.sleep(0.1)
    await stage.carol.wait_for(lambda said: said.body.startswith("yyy"), 20)


async def test_somebody_called_by_spaces_and_right_to_left_marks_is_heard(stage):
    await stage.carol.rename("  \u202eevil \u2066 name\u2069 ")
    await stage.say("matrix", "who am I?")
    for client in (stage.alice, stage.bob):
        said = await client.wait_for(lambda said: "who am I?" in said.body, 20)
        assert "\u202e" not in said.nick + said.body
    await stage.say("matrix", "still me")
    await stage.alice.wait_for(lambda said: said.body == "still me", 20)
