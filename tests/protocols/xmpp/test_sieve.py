"""The sieve: the parser sees everything but puppets' copies, however the bytes arrive."""

from itertools import pairwise
from xml.etree.ElementTree import XMLPullParser, tostring

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.xmpp import encode, sieve
from protocols.xmpp.sieve import Sieve

PUPPET = "irc%bob@bridge/puppet"
LISTENER = "tercet@bridge/tercet"
HEADER = b"<stream>"


def copy(to: str = PUPPET, kind: str = "groupchat", inner: str = "<body>x</body>") -> str:
    return f"<message to='{to}' from='r@m/anna' type='{kind}' id='i'>{inner}</message>"


class Parser:
    """Parses as slixmpp does, and knows when it is between stanzas."""

    def __init__(self) -> None:
        self.stanzas: list[bytes] = []
        self.depth = 0
        self._parser = XMLPullParser(("start", "end"))

    def feed(self, data: bytes) -> None:
        self._parser.feed(data)
        for event, xml in self._parser.read_events():
            self.depth += 1 if event == "start" else -1
            if event == "end" and self.depth == 1:
                xml.tail = None
                self.stanzas.append(tostring(xml))


def through(chunks: list[bytes], sieve_: Sieve | None) -> list[bytes]:
    parser = Parser()
    for chunk in (HEADER, *chunks):
        seen = sieve_.feed(chunk, parser.depth == 1) if sieve_ else chunk
        parser.feed(seen)
    return parser.stanzas


def test_only_puppets_copies_are_taken_out() -> None:
    sifted = Sieve("bridge")
    stanzas = [
        copy(),
        copy(LISTENER),
        copy(kind="error"),
        copy(kind="chat"),
        copy("irc%eve@bridge/puppet"),
        f"<presence to='{PUPPET}' from='r@m/anna'/>",
        "<iq type='get' id='1'/>",
    ]
    seen = through(["".join(stanzas).encode()], sifted)
    assert sifted.dropped == 2
    assert len(seen) == 5


@pytest.mark.parametrize(
    "stanza",
    [
        copy(inner="<forwarded><message to='x'><body>y</body></message></forwarded>"),
        copy(inner="<body><![CDATA[</message>]]></body>"),
        copy(inner="<message-like/>"),
        copy(LISTENER + "' x='a@bridge/puppet"),
        f"<message from=\"r@m/a to='{PUPPET}'\" to=\"{LISTENER}\" type='groupchat'/>",
        f"<message from='r@m/x@bridge/puppet' to='{LISTENER}' type='groupchat'/>",
    ],
)
def test_what_is_unusual_reaches_the_parser(stanza: str) -> None:
    data = (copy(LISTENER) + stanza + copy(LISTENER)).encode()
    assert through([data], Sieve("bridge")) == through([data], None)


def test_an_endless_stanza_is_not_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sieve, "LONGEST_TAIL", 100)
    sifted = Sieve("bridge")
    long = copy(inner=f"<body>{'x' * 1000}</body>").encode()
    assert through([long[:50], long[50:200], long[200:], copy(LISTENER).encode()], sifted) == [
        *through([long], None),
        *through([copy(LISTENER).encode()], None),
    ]


STANZA = st.one_of(
    st.builds(
        lambda to, nick, body, kind: (
            f"<message to='{to}' from='r@m/{encode.attribute(nick)}' type='{kind}'>"
            f"<body>{encode.text_node(body)}</body></message>"
        ),
        st.sampled_from([PUPPET, LISTENER]),
        st.text(alphabet="ab'\"<>/= to", max_size=12),
        st.text(alphabet="ab<>&/message\n", max_size=12),
        st.sampled_from(["groupchat", "error"]),
    ),
    st.just(copy(inner="<forwarded><message to='x'/></forwarded>")),
    st.just(f"<presence to='{PUPPET}'/>"),
    st.just("<iq id='1'><query/></iq>"),
    st.just(" "),
    st.just("<message to='x'/>"),
    st.just("<messages><message/></messages>"),
)


@given(st.lists(STANZA, max_size=8), st.lists(st.integers(0, 600), max_size=6))
@example([copy(), copy(LISTENER)], [3, 60, 100])
def test_however_the_bytes_are_cut_only_copies_are_missing(
    stanzas: list[str], cuts: list[int]
) -> None:
    data = "".join(stanzas).encode()
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[a:b] for a, b in pairwise(places)]
    everything = through([data], None)
    seen = through(chunks, Sieve("bridge"))
    missing = []
    for stanza in seen:
        while everything and everything[0] != stanza:
            missing.append(everything.pop(0))
        assert everything, "something was seen that was not said, or not in that order"
        everything.pop(0)
    missing += everything
    assert all(PUPPET.encode() in stanza and b"groupchat" in stanza for stanza in missing)
