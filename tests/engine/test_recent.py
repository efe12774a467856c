"""The newest entries are kept."""

from bridge.engine.recent import Recent


def test_what_came_first_goes_first():
    recent = Recent(8)
    for number in range(20):
        recent[number] = str(number)
        assert len(recent) <= 8
        assert recent[number] == str(number)
    assert 0 not in recent
    assert recent.get(19) == "19"
