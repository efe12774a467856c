"""Puppets come and go with their people."""

from bridge.core.membership import Audience, arrivals, departures, missing
from bridge.model import Account, RoomRef, UserRef

ANNA, BOB = (Account(UserRef("xmpp", name), name) for name in ("anna", "bob"))
LAZY = Audience(RoomRef("irc", "#r"), False, {ANNA.user})
FULL = Audience(RoomRef("matrix", "!r"), True, set())


def test_everybody_is_shown_where_all_are_wanted_and_elsewhere_only_those_seated():
    shown = [(p.room, p.account.name, p.present) for p in arrivals([ANNA, BOB], [LAZY, FULL])]
    assert shown == [
        (LAZY.room, "anna", True),
        (FULL.room, "anna", True),
        (FULL.room, "bob", True),
    ]


def test_those_who_leave_take_their_puppets_with_them():
    gone = [
        (p.room, p.account.name, p.present, p.reason)
        for p in departures([BOB], "bye", [LAZY, FULL])
    ]
    assert gone == [(FULL.room, "bob", False, "bye")]


def test_who_is_not_there_after_a_restart_is_missing():
    assert missing({ANNA.user, BOB.user}, [BOB]) == {ANNA.user}
