"""What the gateway, its servers, rooms and people are and can do (XEP-0030, XEP-0059). Pure."""

from collections.abc import Sequence
from typing import TypeVar
from xml.etree.ElementTree import Element

from msgspec import Struct

from bridge.model import Rejected
from protocols.xmpp import about, encode, files
from protocols.xmpp.hosted import forms

INFO = "http://jabber.org/protocol/disco#info"
ITEMS = "http://jabber.org/protocol/disco#items"
RSM = "http://jabber.org/protocol/rsm"
COMMANDS = "http://jabber.org/protocol/commands"
USUAL_PAGE = 100
MOST_PAGE = 500

_EVERYWHERE = (INFO, ITEMS, "jabber:iq:version", "urn:xmpp:ping", COMMANDS)
_SERVICE = (
    *_EVERYWHERE,
    encode.MUC,
    f"{encode.MUC}#stable_id",
    "jabber:iq:gateway",
    "jabber:iq:register",
    "urn:xmpp:sid:0",
    "urn:xmpp:occupant-id:0",
    RSM,
)
_ROOM = (
    *_EVERYWHERE,
    encode.MUC,
    f"{encode.MUC}#stable_id",
    f"{encode.MUC}#self-ping-optimization",
    "muc_nonanonymous",
    "muc_open",
    "muc_persistent",
    "muc_public",
    "muc_unmoderated",
    "muc_unsecured",
    "urn:xmpp:sid:0",
    "urn:xmpp:occupant-id:0",
    about.MODERATE,
    about.RETRACT,
    about.REACTIONS,
    about.REPLY,
    about.CORRECT,
    encode.CHAT_STATES,
)
_PERSON = (INFO, ITEMS, "jabber:iq:version", "urn:xmpp:ping", "vcard-temp")
TRAFFIC = (
    about.CORRECT,
    about.FALLBACK,
    about.REACTIONS,
    about.REPLY,
    about.RETRACT,
    encode.CHAT_STATES,
    encode.MARKERS,
    encode.MENTIONS,
    files.OOB,
    files.SHARING,
    "urn:xmpp:spoiler:0",
    "urn:xmpp:styling:0",
)
"""What a room passes on (XEP-0045 §6.4, ``muc#traffic``)."""

T = TypeVar("T")


class Page(Struct, frozen=True):
    """Which part of a long list is wanted (XEP-0059 §2)."""

    most: int = USUAL_PAGE
    after: str | None = None
    before: str | None = None
    """Empty: the last page."""
    index: int | None = None
    asked: bool = False


def page(query: Element) -> Page:
    """Read it from a question."""
    found = query.find(f"{{{RSM}}}set")
    if found is None:
        return Page()
    return Page(
        min(_number(found.findtext(f"{{{RSM}}}max"), USUAL_PAGE), MOST_PAGE),
        found.findtext(f"{{{RSM}}}after"),
        found.findtext(f"{{{RSM}}}before"),
        _number(found.findtext(f"{{{RSM}}}index"), -1)
        if found.find(f"{{{RSM}}}index") is not None
        else None,
        True,
    )


def cut(items: Sequence[T], names: Sequence[str], wanted: Page) -> tuple[int, Sequence[T]]:
    """Return the items of a page, and the number of its first.

    Raises ``Rejected`` if the list has nothing of the name that was given (XEP-0059 §2.3).
    """
    first = 0
    try:
        if wanted.after:
            first = names.index(wanted.after) + 1
        elif wanted.before:
            first = max(names.index(wanted.before) - wanted.most, 0)
            return first, items[first : names.index(wanted.before)]
        elif wanted.before is not None:
            first = max(len(items) - wanted.most, 0)
        elif wanted.index is not None:
            first = max(wanted.index, 0)
    except ValueError:
        raise Rejected("the list has changed; begin anew", "unknown") from None
    return first, items[first : first + wanted.most]


def items(rows: Sequence[tuple[str, str]], node: str = "") -> str:
    """Write a short list of (JID, name)."""
    return _query(ITEMS, node, "".join(_item(*row) for row in rows))


def listed(rows: Sequence[tuple[str, str]], wanted: Page, *, complete: bool = True) -> str:
    """Write one page of a list of (JID, name)."""
    first, found = cut(rows, [jid for jid, _ in rows], wanted)
    written = "".join(_item(*row) for row in found)
    if len(found) == len(rows) and not wanted.asked:
        return _query(ITEMS, "", written)
    ends = ""
    if found:
        ends = (
            f"<first index='{first}'>{encode.text_node(found[0][0])}</first>"
            f"<last>{encode.text_node(found[-1][0])}</last>"
        )
    count = f"<count>{len(rows)}</count>" if complete else ""
    return _query(ITEMS, "", f"{written}<set xmlns='{RSM}'>{ends}{count}</set>")


def gateway(contact: Sequence[str]) -> str:
    """What the gateway is (and, in fixed mode, the only server)."""
    known = _identity("gateway", "irc", "Tercet") + _identity("conference", "text", "IRC channels")
    form = ""
    if contact:
        addresses = [forms.field("admin-addresses", contact, kind="list-multi")]
        form = forms.result("http://jabber.org/network/serverinfo", addresses)
    return _query(INFO, "", known + _features(_SERVICE) + form)


def server(name: str) -> str:
    """What the address of an IRC server is."""
    known = _identity("conference", "text", f"IRC: {name}")
    return _query(INFO, "", known + _features(_SERVICE))


def room(name: str, topic: str, occupants: int | None) -> str:
    """What a room is (XEP-0045 §6.4); how many are in it is known once somebody is."""
    fields = [
        forms.field("muc#roominfo_description", (name,)),
        forms.field("muc#roominfo_subject", (topic,)),
    ]
    if occupants is not None:
        fields.append(forms.field("muc#roominfo_occupants", (str(occupants),)))
    form = forms.result(f"{encode.MUC}#roominfo", fields)
    return _query(INFO, "", _identity("conference", "text", name) + _features(_ROOM) + form)


def person() -> str:
    """What somebody on IRC is."""
    return _query(INFO, "", _identity("client", "pc", "IRC") + _features(_PERSON))


def traffic() -> str:
    """What a room passes on."""
    return _query(INFO, f"{encode.MUC}#traffic", _features(TRAFFIC))


def own_nick(nick: str) -> str:
    """Under which nick somebody would come in (XEP-0045 §7.12)."""
    return _query(INFO, "x-roomuser-item", _identity("conference", "text", nick) if nick else "")


def commands(rows: Sequence[tuple[str, str]], jid: str) -> str:
    """Write which commands there are: (node, name)."""
    return _query(ITEMS, COMMANDS, "".join(_item(jid, name, node) for node, name in rows))


def command(node: str, name: str) -> str:
    """What a command is (XEP-0050 §2.2)."""
    known = _identity("automation", "command-node", name)
    return _query(INFO, node, known + _features((COMMANDS, "jabber:x:data")))


def command_list() -> str:
    """What the list of commands is."""
    return _query(INFO, COMMANDS, _identity("automation", "command-list", "Commands"))


def _query(namespace: str, node: str, content: str) -> str:
    name = f" node='{encode.attribute(node)}'" if node else ""
    return f"<query xmlns='{namespace}'{name}>{content}</query>"


def _identity(category: str, kind: str, name: str) -> str:
    return f"<identity category='{category}' type='{kind}' name='{encode.attribute(name)}'/>"


def _features(names: Sequence[str]) -> str:
    return "".join(f"<feature var='{name}'/>" for name in names)


def _item(jid: str, name: str, node: str = "") -> str:
    called = f" name='{encode.attribute(name)}'" if name else ""
    at = f" node='{encode.attribute(node)}'" if node else ""
    return f"<item jid='{encode.attribute(jid)}'{at}{called}/>"


def _number(text: str | None, otherwise: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
