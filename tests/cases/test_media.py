"""Pictures with captions, and what becomes of them when they are taken back (T7, C29)."""

import re
from typing import Any

import aiohttp
import pytest

from tests.cases.wire import picture, redact, stanza_id, stanzas, upload
from tests.live.stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
OOB = "{jabber:x:oob}x/{jabber:x:oob}url"
SHARED = "{urn:xmpp:sfs:0}file-sharing"
REPLY = "{urn:xmpp:reply:0}reply"
REPLACE = "{urn:xmpp:message-correct:0}replace"
RETRACT = "{urn:xmpp:message-retract:1}retract"
BODY = "{jabber:client}body"


async def _show(stage: Stage, caption: str) -> str:
    data = picture()
    content = {
        "msgtype": "m.image",
        "body": caption,
        "filename": "cat.png",
        "url": await upload(stage.carol, data, "image/png"),
        "info": {"mimetype": "image/png", "size": len(data), "w": 16, "h": 16},
    }
    return await stage.carol.send(stage.room, "m.room.message", content)


async def _status(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        return answer.status, await answer.read()


async def test_t7_a_picture_with_a_caption(lounge: Stage):
    heard = stanzas(lounge.alice)
    event_id = await _show(lounge, "look!")
    shown = await heard.wait_for(lambda xml: xml.find(OOB) is not None, 20)
    url = shown.findtext(OOB) or ""
    assert shown.findtext(BODY) == url
    assert url.endswith("/cat.png")
    assert shown.find(SHARED) is not None
    assert await _status(url) == (200, picture())
    caption = await heard.wait_for(lambda xml: xml.findtext(BODY) == "look!", 20)
    assert caption.find(REPLY).get("id") == stanza_id(shown)
    line = await lounge.bob.line(lambda line: "look!" in line.params[-1], 20)
    assert re.fullmatch(r"look! http://\S+/cat\.png \(image, \d+ bytes\)", line.params[-1])

    edit = {
        "m.new_content": {"msgtype": "m.image", "body": "look here!", "filename": "cat.png"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }
    event = next(e for e in lounge.carol.events.items if e.get("event_id") == event_id)
    edit["m.new_content"] |= {name: event["content"][name] for name in ("url", "info")}
    content = {**edit["m.new_content"], "body": "* look here!", **edit}
    await lounge.carol.send(lounge.room, "m.room.message", content)
    changed = await heard.wait_for(lambda xml: xml.find(REPLACE) is not None, 20)
    assert changed.findtext(BODY) == "look here!"
    assert changed.find(REPLACE).get("id") == caption.get("id")
    await redact(lounge.carol, lounge.room, event_id)
    gone = {stanza_id(shown), stanza_id(caption)}
    for sid in gone:
        await heard.wait_for(lambda xml, sid=sid: _takes_back(xml, sid), 20)
    assert (await _status(url))[0] == 410


def _takes_back(xml: Any, sid: str) -> bool:
    found = xml.find(RETRACT)
    return found is not None and found.get("id") == sid


async def test_a_retracted_picture_is_gone_everywhere(lounge: Stage):
    """C29"""
    heard = stanzas(lounge.alice)
    event_id = await _show(lounge, "not for you")
    shown = await heard.wait_for(lambda xml: xml.find(OOB) is not None, 20)
    url = shown.findtext(OOB) or ""
    line = await lounge.bob.line(lambda line: "not for you" in line.params[-1], 20)
    link = re.search(r"http://\S+", line.params[-1])
    assert link is not None
    assert (await _status(url))[0] == (await _status(link[0]))[0] == 200
    await redact(lounge.carol, lounge.room, event_id)
    await heard.wait_for(lambda xml: _takes_back(xml, stanza_id(shown)), 20)
    assert [(await _status(it))[0] for it in (url, link[0])] == [410, 410]
    again = await _show(lounge, "for you")  # the same bytes
    assert again != event_id
    new = await heard.wait_for(
        lambda xml: xml.findtext(OOB) not in (None, url), 20, len(heard.items) - 1
    )
    assert (await _status(new.findtext(OOB) or ""))[0] == 200
    assert [(await _status(it))[0] for it in (url, link[0])] == [410, 410]
