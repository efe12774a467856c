"""History: how much is asked for, how little is written down, pages of the archive."""

from xml.etree.ElementTree import fromstring

from protocols.xmpp.muc import history
from protocols.xmpp.muc.history import History, Pages
from tests.protocols.xmpp.bridge import Memory


async def test_a_fresh_link_asks_for_nothing_and_later_ones_for_the_gap() -> None:
    state = Memory()
    fresh = History("room@muc", state)
    await fresh.load()
    assert fresh.seconds(1000.0) is None
    fresh.heard(1000.0)
    await fresh.save(1000.0)
    later = History("room@muc", state)
    await later.load()
    assert later.seconds(1100.5) == 161
    assert later.before == 1000.0
    assert later.seconds(900.0) == 60  # a clock that was put back


async def test_the_time_is_not_written_for_every_message() -> None:
    state = Memory()
    heard = History("room@muc", state)
    heard.heard(1000.0)
    await heard.save(1000.0)
    heard.heard(1001.0)
    await heard.save(1001.0)
    assert state.facts == {"heard:room@muc": "1000.0"}
    await heard.save(1001.0, every=0)
    assert state.facts == {"heard:room@muc": "1001.0"}
    await heard.forget()
    assert state.facts == {}


def test_pages_are_asked_for_backwards_and_their_end_is_read() -> None:
    query = fromstring(history.page_query("q'1", "S&1"))
    assert query.get("queryid") == "q'1"
    assert query.findtext("{*}set/{*}before") == "S&1"
    fin = (
        "<fin xmlns='urn:xmpp:mam:2' {}><set xmlns='http://jabber.org/protocol/rsm'>{}</set></fin>"
    )
    more = fromstring(f"<iq>{fin.format('', '<first>S3</first>')}</iq>")
    assert history.page_end(more) == (False, "S3")
    last = fromstring(f"<iq>{fin.format('complete=' + repr('true'), '<first>S3</first>')}</iq>")
    assert history.page_end(last) == (True, "S3")
    assert history.page_end(fromstring("<iq/>")) == (True, "")


def test_only_results_of_the_running_query_are_taken() -> None:
    pages = Pages()
    result = fromstring(
        "<message><result xmlns='urn:xmpp:mam:2' queryid='q1' id='S1'>"
        "<forwarded xmlns='urn:xmpp:forward:0'><message from='r@m/a'><body>x</body></message>"
        "</forwarded></result></message>"
    )
    assert pages.take(result)
    assert pages.found == []
    pages.queryid = "q1"
    for _ in range(500):
        pages.take(result)
    assert len(pages.found) == 200
    assert pages.found[0][0] == "S1"
    assert not pages.take(fromstring("<message/>"))
