"""Every message that a client gets, also those without a body; and messages with any children."""

from xml.etree.ElementTree import Element, fromstring

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from tests.servers.clients.transcript import Transcript
from tests.servers.clients.xmpp import Occupant

SID = "{urn:xmpp:sid:0}stanza-id"
BODY = "{jabber:client}body"


def listen(occupant: Occupant) -> Transcript[Element]:
    """Note every message from now on."""
    found: Transcript[Element] = Transcript()
    occupant.client.register_handler(
        Callback("raw", MatchXPath("{jabber:client}message"), lambda it: found.add(it.xml))
    )
    return found


def send(occupant: Occupant, room: str, attr_id: str, children: str) -> None:
    """Send a message with these children to a room."""
    message = occupant.client.make_message(room, mtype="groupchat")
    message["id"] = attr_id
    for child in fromstring(f"<x xmlns='jabber:client'>{children}</x>"):
        message.xml.append(child)
    message.send()


def stanza_id(xml: Element) -> str:
    """Return the room's id of a message."""
    found = xml.find(SID)
    assert found is not None
    return found.get("id", "")
