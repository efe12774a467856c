"""Stanzas for many: written once, spliced for each recipient; and a client's own, cleaned. Pure."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from msgspec import Struct

from bridge.model import Rejected
from protocols.xmpp import encode

DEEPEST = 16
MOST_ELEMENTS = 400

_OURS = {
    "{urn:xmpp:sid:0}stanza-id",
    "{urn:xmpp:occupant-id:0}occupant-id",
    "{http://jabber.org/protocol/muc#user}x",
    "{urn:xmpp:delay}delay",
    "{jabber:x:delay}x",
    "{http://jabber.org/protocol/address}addresses",
    f"{{{encode.HOP}}}hop",
}
"""What only a room may say (XEP-0045, XEP-0359 §5, XEP-0421 §3)."""


class Stanza(Struct, frozen=True):
    """The text before and after the recipient's address."""

    head: str
    tail: str

    def to(self, recipient: str) -> str:
        """Write it for one; ``recipient`` is ready, as ``recipient`` below makes it."""
        return f"{self.head}{recipient}{self.tail}"


def recipient(jid: str) -> str:
    """Prepare an address for splicing."""
    return f" to='{encode.attribute(jid)}'"


def spliced(stanza: Stanza, recipients: Iterable[str]) -> str:
    """Write one stanza for many."""
    head, tail = stanza.head, stanza.tail
    return "".join([f"{head}{to}{tail}" for to in recipients])


def message(sender: str, kind: str, attr_id: str, children: str) -> Stanza:
    """A message of ours to several."""
    name = f" id='{encode.attribute(attr_id)}'" if attr_id else ""
    return Stanza(
        f"<message from='{encode.attribute(sender)}'", f" type='{kind}'{name}>{children}</message>"
    )


def stable_id(room: str, sid: str) -> str:
    """The room's id of a message (XEP-0359 §3)."""
    return f"<stanza-id xmlns='urn:xmpp:sid:0' by='{encode.attribute(room)}' id='{sid}'/>"


def origin_id(id_: str) -> str:
    """What a message we made ourselves is called by its maker: the same as by the room."""
    return f"<origin-id xmlns='{encode.ORIGIN_ID}' id='{encode.attribute(id_)}'/>"


def cleaned(xml: Element, limit: int) -> str:
    """Write the children of a client's message as they came, without what only a room may say.

    Raises ``Rejected`` if there is more in it than anybody needs.
    """
    writer = _Writer()
    own = xml.tag.rpartition("}")[0][1:]
    for child in xml:
        if child.tag not in _OURS:
            writer.element(child, own, 1)
    text = "".join(writer.out)
    if len(text) > limit or len(text.encode("utf-8", "replace")) > limit:
        raise Rejected(f"a message may have {limit} bytes here", "malformed")
    return text


class _Writer:
    """Writes elements with the namespaces they are in, without prefixes."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self._elements = 0

    def element(self, xml: Element, around: str, depth: int) -> None:
        self._elements += 1
        if depth > DEEPEST or self._elements > MOST_ELEMENTS:
            raise Rejected("there are too many elements in this message", "malformed")
        namespace, _, name = xml.tag.rpartition("}")
        namespace = namespace[1:]
        new = f" xmlns='{encode.attribute(namespace)}'" if namespace != around else ""
        self.out.append(f"<{name}{new}{_attributes(xml)}")
        if len(xml) == 0 and not xml.text:
            self.out.append("/>")
            return
        self.out.append(f">{encode.text_node(xml.text or '')}")
        for child in xml:
            self.element(child, namespace, depth + 1)
            if child.tail:
                self.out.append(encode.text_node(child.tail))
        self.out.append(f"</{name}>")


def _attributes(xml: Element) -> str:
    """Attributes of foreign namespaces are left out, but for the language."""
    written = []
    for name, value in xml.items():
        name = name.replace("{http://www.w3.org/XML/1998/namespace}", "xml:")
        if "}" not in name:
            written.append(f" {name}='{encode.attribute(value)}'")
    return "".join(written)
