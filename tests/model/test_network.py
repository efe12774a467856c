"""Exceptions of the contract say what may be done about them."""

from bridge.model import MediaRefused


def test_a_refused_file_is_refused_for_ever_unless_said_otherwise():
    assert MediaRefused("too large").lasting
    assert not MediaRefused("the server is down", lasting=False).lasting
