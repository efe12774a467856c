"""Lists in pages."""

from xml.etree.ElementTree import fromstring

import pytest

from bridge.model import Rejected
from protocols.xmpp.hosted import discovery
from protocols.xmpp.hosted.discovery import Page

RSM = "{http://jabber.org/protocol/rsm}"
ROWS = [(f"#c{n:05}%net@gw", f"#c{n:05} (1)") for n in range(10_000)]


def ask(rsm: str) -> Page:
    return discovery.page(fromstring(f"<query xmlns='{discovery.ITEMS}'>{rsm}</query>"))


def names(text: str) -> list[str]:
    return [it.get("jid", "") for it in fromstring(text).iter(f"{{{discovery.ITEMS}}}item")]


def test_ten_thousand_channels_page_to_the_end() -> None:
    seen: list[str] = []
    wanted = Page(most=300, asked=True)
    while True:
        text = discovery.listed(ROWS, wanted)
        page = names(text)
        if not page:
            break
        assert fromstring(text).findtext(f"{RSM}set/{RSM}count") == "10000"
        seen += page
        last = fromstring(text).findtext(f"{RSM}set/{RSM}last")
        wanted = Page(most=300, after=last, asked=True)
    assert seen == [jid for jid, _ in ROWS]


def test_pages_can_be_read_backwards() -> None:
    last = names(
        discovery.listed(ROWS, ask(f"<set xmlns='{RSM[1:-1]}'><max>2</max><before/></set>"))
    )
    assert last == ["#c09998%net@gw", "#c09999%net@gw"]
    before = Page(most=2, before=last[0], asked=True)
    assert names(discovery.listed(ROWS, before)) == ["#c09996%net@gw", "#c09997%net@gw"]


def test_a_page_says_where_it_begins() -> None:
    text = discovery.listed(ROWS, Page(most=1, index=7, asked=True), complete=False)
    assert 'index="7"' in text.replace("'", '"')
    assert "<count>" not in text


def test_without_asking_one_page_is_given() -> None:
    text = discovery.listed(ROWS, Page())
    assert len(names(text)) == discovery.USUAL_PAGE
    assert "rsm" in text
    assert "rsm" not in discovery.listed(ROWS[:3], Page())


@pytest.mark.parametrize("rsm", ["<after>nothing</after>", "<before>nothing</before>"])
def test_a_name_that_is_not_in_the_list_is_an_error(rsm: str) -> None:
    with pytest.raises(Rejected):
        discovery.listed(ROWS, ask(f"<set xmlns='{RSM[1:-1]}'>{rsm}</set>"))


def test_a_page_has_a_limit() -> None:
    assert ask(f"<set xmlns='{RSM[1:-1]}'><max>100000</max></set>").most == discovery.MOST_PAGE
    assert ask(f"<set xmlns='{RSM[1:-1]}'><max>0</max></set>").most == 0


def test_contacts_are_told() -> None:
    text = discovery.gateway(["mailto:admin@example.org"])
    assert "http://jabber.org/network/serverinfo" in text
    assert "mailto:admin@example.org" in text
    assert "serverinfo" not in discovery.gateway(())
