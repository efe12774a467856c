"""The facade's values become tables for people and data for programs."""

import time

from bridge.admin import views
from bridge.admin.answers import draw
from bridge.admin.carrying import carries
from bridge.admin.facade import PortalInfo, Quarantined
from bridge.model import Capabilities, LegPolicy
from tests.admin.office import Office, den, leg


def test_rooms_show_state_backlog_and_policy() -> None:
    lines = draw(views.portals([den()])).splitlines()
    assert lines[1].split() == ["den", "xmpp:den@muc.example.org", "up", "4", "0"]
    assert "libera:#Den" in lines[2]
    assert "down: the server is down" in lines[2]
    assert "3 for 2 min" in lines[2]
    assert "members=all password=set" in lines[2]


def test_a_password_is_never_shown() -> None:
    answers = (views.portals([den()]), views.status(Office(den()).status()))
    assert all("sesame" not in repr(answer) for answer in answers)


def test_the_status_says_what_waits_and_what_failed() -> None:
    office = Office(den())
    office.quarantine = (Quarantined(time.time(), "libera:#den", "KeyError"),)
    drawn = draw(views.status(office.status()))
    assert drawn.startswith("Tercet 1.2.3, up for 2 h, ready.\n1 portal, 2 rooms.\n")
    assert "3 messages waiting, the oldest for 2 min." in drawn
    assert "1 event laid aside" in drawn
    assert "puppets 12" in drawn
    assert "KeyError" in drawn


def test_a_quiet_daemon_is_told_in_a_few_lines() -> None:
    now = Office().status()
    assert views.summary(now) == "Tercet 1.2.3, up for 2 h, ready.\n0 portals, 0 rooms."
    assert [table.title for table in views.status(now).tables] == ["Networks"]


def test_a_full_disk_is_the_first_thing_said() -> None:
    office = Office(storage="disk full")
    assert "the journal cannot be written: disk full" in views.summary(office.status())
    assert views.status(office.status()).data["healthy"] is False
    assert views.verdict(Office(ready=False).status()) == "starting"


def test_only_what_is_unusual_in_a_policy_is_written() -> None:
    assert views.policy(LegPolicy()) == ""
    assert views.policy(LegPolicy(direction="in", puppets="off")) == "direction=in puppets=off"
    assert views.policy(LegPolicy(threads=False, edit_hold=10.0)) == "threads=off edit_hold=10s"


def test_rooms_show_what_is_native_and_what_is_told_in_words() -> None:
    can = carries(Capabilities(replies=True, typing=True), LegPolicy(), 60)
    portal = PortalInfo("den", (leg("irc", "#den", carries=can),))
    lines = draw(views.portals([portal])).splitlines()
    row = ["yes", "-", "words", "-", "-", "-", "words", "words", "yes", "-"]
    assert lines[-2].split()[:4] == ["ROOM", "REPLIES", "THREADS", "EDITS"]
    assert lines[-1].split() == ["irc:#den", *row]
    [data] = views.portals([portal]).data
    assert data["legs"][0]["carries"]["edits"] == "words"
