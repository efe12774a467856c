"""The chat with a server: what people write there is raw IRC, what the server says comes back."""

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from bridge.model import Raw, Rejected, ServerSaid
from protocols.xmpp import encode
from protocols.xmpp.hosted.places import Place

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

MOST_LINES = 20
"""Lines of one message."""
LONGEST_SAID = 65536


class Console:
    """All such chats of one gateway."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway

    def take(self, sender: str, place: Place, xml: Element) -> None:
        """Send what is written, line for line. Raises ``Rejected``."""
        body = (xml.findtext("{*}body") or "").strip()
        lines = [line.strip() for line in body.splitlines() if line.strip()]
        if not lines:
            return
        if len(lines) > MOST_LINES:
            raise Rejected(f"{MOST_LINES} lines at once are enough", "limit")
        person = self._gateway.person(sender)
        self._gateway.people.check_words(person.user.id)
        for line in lines:
            # Nothing in IRC's language begins so, but many people's habits do.
            request = Raw(person=person, network=place.server, line=line.removeprefix("/"))
            self._gateway.ask_for(sender, place.jid, xml.get("id", ""), request)

    def explain(self, sender: str, xml: Element) -> None:
        """Answer somebody who writes to the gateway itself."""
        if (xml.findtext("{*}body") or "").strip() and xml.get("type") in ("chat", "normal", None):
            right = self._gateway.places.right_form("", "")
            text = (
                f"This is a gateway to IRC. Join a channel as a room: {right} – or write raw IRC "
                f"to {self._gateway.places.server('irc.example.org')}."
            )
            children = f"<body>{encode.text_node(text)}</body>"
            self._gateway.send_chat(self._gateway.config.jid, sender, children)

    def hear(self, said: ServerSaid) -> None:
        """Show somebody what a server, or one of its services, says to them alone."""
        text = f"{said.sender}: {said.text}" if said.sender else said.text
        body = encode.cut(encode.clean(text), LONGEST_SAID, "")
        children = f"<body>{encode.text_node(body)}</body>"
        self._gateway.send_chat(self._gateway.places.server(said.network), said.user.id, children)
