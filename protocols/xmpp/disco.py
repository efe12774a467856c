"""Answers what strangers ask of the component and of puppets: features, version, ping."""

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as metadata_version
from xml.etree.ElementTree import Element

from protocols.xmpp import about, encode

INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
PING = "<ping xmlns='urn:xmpp:ping'/>"

_FEATURES = (
    "http://jabber.org/protocol/disco#info",
    "http://jabber.org/protocol/disco#items",
    "jabber:iq:version",
    "urn:xmpp:ping",
)
_TALK = (
    encode.CHAT_STATES,
    encode.MARKERS,
    encode.MENTIONS,
    about.CORRECT,
    about.FALLBACK,
    about.REACTIONS,
    about.REPLY,
    about.RETRACT,
)
"""What our occupants know to do in a conversation."""


def answer(xml: Element) -> str:
    """Write the answer to an IQ of type get or set (RFC 6120 §8.2.3: each gets exactly one)."""
    asker, asked, name = xml.get("from", ""), xml.get("to", ""), xml.get("id", "")
    query = next(iter(xml), None)
    reply = _REPLIES.get(query.tag) if query is not None and xml.get("type") == "get" else None
    if reply is None or query is None:
        return encode.iq("error", asked, asker, name, encode.error("cancel", "service-unavailable"))
    if query.get("node") is not None:
        return encode.iq("error", asked, asker, name, encode.error("cancel", "item-not-found"))
    return encode.iq("result", asked, asker, name, reply(asked))


def _info(asked: str) -> str:
    """The component is a gateway; a puppet is somebody's client on another network."""
    if "@" in asked:
        identity = "<identity category='client' type='bot' name='Tercet'/>"
        known: tuple[str, ...] = (*_FEATURES, *_TALK)
    else:
        identity = "<identity category='gateway' type='irc' name='Tercet'/>"
        known = _FEATURES
    features = "".join(f"<feature var='{feature}'/>" for feature in known)
    return f"<query xmlns='http://jabber.org/protocol/disco#info'>{identity}{features}</query>"


def _items(_: str) -> str:
    return "<query xmlns='http://jabber.org/protocol/disco#items'/>"


def version() -> str:
    """Say which program this is (XEP-0092)."""
    return (
        "<query xmlns='jabber:iq:version'><name>Tercet</name>"
        f"<version>{encode.text_node(_installed())}</version></query>"
    )


def _installed() -> str:
    try:
        return metadata_version("tercet")
    except PackageNotFoundError:
        return "unknown"


def _pong(_: str) -> str:
    return ""


_REPLIES: dict[str, Callable[[str], str]] = {
    "{http://jabber.org/protocol/disco#info}query": _info,
    "{http://jabber.org/protocol/disco#items}query": _items,
    "{jabber:iq:version}query": lambda _: version(),
    "{urn:xmpp:ping}ping": _pong,
}
