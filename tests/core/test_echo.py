"""How often is too often."""

from bridge.core.echo import REPEATS, too_often


def test_people_may_say_the_same_a_few_times():
    assert not too_often(REPEATS - 1)
    assert too_often(REPEATS)
