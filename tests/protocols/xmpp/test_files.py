"""Files, stickers and places: what a message offers is known, and nothing but web addresses."""

from xml.etree.ElementTree import Element, fromstring

import pytest

from bridge.model.content import Place
from protocols.xmpp import files

URL = "https://up.example/a%20b/cat%20one.JPG"
SHARING = (
    "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>"
    "<file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type>"
    "<name>../../summit.jpg</name><size>3032449</size><width>4096</width><height>2160</height>"
    "<length>1500</length><desc>a summit</desc><hash xmlns='urn:xmpp:hashes:2'>x</hash>"
    "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:sha1+x@bob.xmpp.org'/>"
    "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='https://up.example/t'/></file>"
    "<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='ftp://x/y'/>"
    "<url-data xmlns='http://jabber.org/protocol/url-data' target='https://up.example/1'/></sources>"
    "</file-sharing>"
)
SIMS = (
    "<reference xmlns='urn:xmpp:reference:0' type='data' begin='0' end='4'>"
    "<media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'>"
    "<media-type>audio/ogg</media-type><name>hi.oga</name><size>12</size></file><sources>"
    "<reference xmlns='urn:xmpp:reference:0' type='data' uri='https://up.example/2'/></sources>"
    "</media-sharing></reference>"
)


def oob(url: str) -> Element:
    return fromstring(f"<x xmlns='jabber:x:oob'><url>{url}</url></x>")


def test_shared_files_are_described() -> None:
    file = files.sharing(fromstring(SHARING))
    assert file is not None
    assert (file.kind, file.source, file.name) == ("image", "https://up.example/1", "summit.jpg")
    assert (file.mime, file.size, file.width, file.height) == ("image/jpeg", 3032449, 4096, 2160)
    assert (file.duration, file.description) == (1.5, "a summit")
    assert file.thumbnail == "https://up.example/t"


def test_shared_media_of_older_clients_are_described() -> None:
    file = files.reference(fromstring(SIMS))
    assert file is not None
    assert (file.kind, file.source, file.name) == ("audio", "https://up.example/2", "hi.oga")
    assert files.reference(fromstring("<reference xmlns='urn:xmpp:reference:0'/>")) is None


def test_a_bare_link_is_a_file_as_its_ending_says() -> None:
    (file,) = files.Offered(links=(URL,)).all()
    assert (file.kind, file.name, file.mime) == ("image", "cat one.JPG", "")
    (other,) = files.Offered(links=("https://up.example/x",)).all()
    assert other.kind == "file"


def test_a_file_that_is_offered_in_two_ways_is_one() -> None:
    shared = files.sharing(fromstring(SHARING))
    assert shared is not None
    offered = files.Offered((shared, shared), (shared.source, URL), sticker=True)
    (file,) = offered.all()
    assert (file.kind, file.name) == ("sticker", "summit.jpg")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "aesgcm://up.example/x#0011",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://[bad/",
        "https://up.example/a b",
        "https://up.example/" + "x" * 3000,
    ],
)
def test_what_is_not_on_the_web_is_no_file(url: str) -> None:
    assert files.out_of_band(oob(url)) == ""
    sharing = fromstring(SHARING.replace("https://up.example/1", url))
    assert files.sharing(sharing) is None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("geo:51.5,0.12", Place("geo:51.5,0.12")),
        (" geo:-51.5,-0.12,3;u=35\n", Place("geo:-51.5,-0.12,3;u=35")),
        ("geo:here", None),
        ("look geo:51.5,0.12", None),
        ("geo:51.5,0.12\nevil", None),
        ("geo:١,٢", None),
    ],
)
def test_a_place_is_a_body_of_its_own(body: str, found: Place | None) -> None:
    assert files.place(body) == found


def test_an_address_that_holds_a_key_is_never_told() -> None:
    body = "see AESGCM://up.example/x.jpg#00aa11 and aesgcm://y#1"
    assert files.veiled(body) == "see [encrypted file] and [encrypted file]"


def test_absurd_facts_are_none() -> None:
    absurd = SHARING.replace("3032449", "-1").replace("4096", "٤").replace("2160", "9" * 40)
    file = files.sharing(fromstring(absurd))
    assert file is not None
    assert (file.size, file.width, file.height) == (0, 0, 0)
