"""What "not now" promises."""

from bridge.model import Unavailable


def test_something_may_have_left_unless_the_network_says_otherwise():
    assert Unavailable("lost").sent
    assert not Unavailable("not joined", sent=False).sent
