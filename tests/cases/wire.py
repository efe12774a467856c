"""What the wire shows of a stanza, a line, an event."""

import struct
import zlib
from itertools import count
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import aiohttp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.live.stage import Stage
from tests.servers.clients import MatrixClient, Occupant, Transcript

SID = "{urn:xmpp:sid:0}stanza-id"
REACTIONS = "{urn:xmpp:reactions:0}reactions"
_COUNT = count(1)
API = "/_matrix/client/v3"


def stanzas(client: Occupant) -> Transcript[ET.Element]:
    """Return all messages that a client gets from now on, those without a body too."""
    found: Transcript[ET.Element] = Transcript()
    path = MatchXPath("{jabber:client}message")
    take = Callback(f"all {id(found)}", path, lambda message: found.add(message.xml))
    client.client.register_handler(take)
    return found


def stanza_id(xml: ET.Element) -> str:
    """Return the room's id of a message."""
    found = xml.find(SID)
    return "" if found is None else found.get("id", "")


def send(client: Occupant, room: str, *children: str, body: str | None = None, **attributes: str):
    """Send a message as it stands here."""
    message = client.client.make_message(room, mtype="groupchat", mbody=body)
    for name, value in attributes.items():
        message.xml.set(name, value)
    for child in children:
        message.xml.append(ET.fromstring(child))
    message.send()


def keys(xml: ET.Element) -> list[str] | None:
    """Return the reactions that a message sets."""
    found = xml.find(REACTIONS)
    return None if found is None else [child.text or "" for child in found]


def relation(event: dict[str, Any]) -> dict[str, Any]:
    """Return what an event is about."""
    return dict(event.get("content", {}).get("m.relates_to", {}))


async def redact(client: MatrixClient, room: str, event_id: str, reason: str = "") -> None:
    """Take an event back."""
    path = f"{API}/rooms/{quote(room)}/redact/{quote(event_id)}/{next(_COUNT)}"
    await client.request("PUT", path, {"reason": reason} if reason else {})


async def log_in(stage: Stage, name: str, called: str) -> MatrixClient:
    """Let another person of the homeserver into the linked room."""
    synapse = stage.synapse
    client = MatrixClient(synapse.url, synapse.user_id(name), synapse.token(name))
    await client.connect()
    await client.rename(called)
    await client.join(stage.room)
    return client


async def upload(client: MatrixClient, data: bytes, mime: str) -> str:
    """Give the homeserver a file and return its ``mxc://`` address."""
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": mime}
    path = f"{client.url}/_matrix/media/v3/upload"
    async with aiohttp.ClientSession(headers=headers) as http, http.post(path, data=data) as answer:
        return str((await answer.json())["content_uri"])


def picture(width: int = 16, height: int = 16) -> bytes:
    """Draw a black PNG; the same bytes everywhere."""
    rows = (b"\0" + b"\0\0\0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
