"""The newest entries are kept."""

from bridge.engine.recent import Recent


def test_what_came_first_goes_first():
    recent = Recent(8)
    for number in range(20):
        recent[number] = str(number)
    recent.trim()
    assert list(recent) == list(range(12, 20))
    recent.trim()
    assert len(recent) == 8
