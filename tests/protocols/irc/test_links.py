"""Lines that are a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Text, plain
from bridge.model.content import File, Styled
from protocols.irc.decode import Ctcp, said
from protocols.irc.links import shown
from tests.protocols.irc.bridge import running
from tests.servers.clients.irc import IrcClient
from tests.servers.inspircd import InspIRCd

CAT = "https://example.org/a/cat.jpg"


@pytest.mark.parametrize(
    ("line", "kind", "name"),
    [
        (CAT, "image", "cat.jpg"),
        ("  http://[::1]:8080/CAT.JPEG ", "image", "CAT.JPEG"),
        ("https://example.org/a%20b%2F..%2Fc.png?w=1&h=2", "image", "a b_.._c.png"),
        ("https://example.org/x/film.webm", "video", "film.webm"),
        ("https://example.org/%02s%0aong.opus", "audio", "s ong.opus"),
        ("HTTPS://EXAMPLE.ORG/" + "x" * 300 + ".gif", "image", "x" * 96 + ".gif"),
    ],
)
def test_a_lone_link_to_a_media_file_is_that_file(line: str, kind: str, name: str) -> None:
    content = said("PRIVMSG", line)
    assert not isinstance(content, Ctcp)
    (file,) = content.attached
    assert isinstance(file, File)
    assert (file.kind, file.source, file.name) == (kind, line.strip(), name)
    assert (file.network, content.blocks) == ("", ())


@pytest.mark.parametrize(
    "line",
    [
        f"look {CAT}",
        f"{CAT} {CAT}",
        f"<{CAT}>",
        "https://example.org/cat",
        "https://example.org/cat.jpg/",
        "https://example.org/page?picture=cat.jpg",
        "https://example.org/page#cat.jpg",
        "https://example.org/cat.jpg#key",
        "https://en.wikipedia.org/wiki/File:Cat.jpg",
        "https://anna:secret@example.org/cat.jpg",
        "https:///cat.jpg",
        "http://[x/cat.jpg",
        "https://example.jpg",
        "ftp://example.org/cat.jpg",
        "aesgcm://example.org/cat.jpg",
        "file:///cat.jpg",
        "cat.jpg",
        "",
    ],
)
def test_anything_else_stays_a_line(line: str) -> None:
    content = said("PRIVMSG", line)
    assert not isinstance(content, Ctcp)
    assert (plain(content), content.attached) == (line, ())


def test_links_in_emotes_notices_and_colours_stay_what_they_are() -> None:
    for command, line in (("NOTICE", CAT), ("PRIVMSG", f"\x01ACTION {CAT}\x01")):
        content = said(command, line)
        assert not isinstance(content, Ctcp)
        assert not content.attached
    assert shown((Styled("bold", (Text(CAT),)),)) is None
    assert shown((Text(CAT), Text(CAT))) is None


@given(st.text(st.sampled_from("htps:/[]@.jpg?#%0aé \\x")))
def test_no_line_raises(rest: str) -> None:
    for line in (rest, f"https://{rest}.jpg", f"https://h/{rest}.png"):
        shown((Text(line),))


async def test_a_picture_that_somebody_links_to_comes_in(inspircd: InspIRCd) -> None:
    anna = IrcClient("anna90", inspircd.port)
    await anna.connect()
    await anna.join("#pictures")
    async with running(inspircd.port, "#pictures", nick="relay90") as (_, bridge, (room,)):
        await anna.say("#pictures", CAT)
        (heard,) = await bridge.until(lambda: bridge.messages(room))
        assert heard.content.attached == (
            File(kind="image", source=CAT, name="cat.jpg", bare=True),
        )
    await anna.close()
