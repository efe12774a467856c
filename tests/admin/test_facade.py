"""What the status sums up."""

from bridge.admin.facade import PortalInfo, Status
from tests.admin.office import Office, den, leg


def status(*portals: PortalInfo, **more: object) -> Status:
    return Status(version="1", uptime=0, portals=portals, **{"ready": True, **more})  # type: ignore[arg-type]


def test_a_daemon_is_healthy_when_it_is_ready_and_can_write() -> None:
    assert status().healthy
    assert not status(ready=False).healthy
    assert not status(storage="disk full").healthy


def test_a_network_that_is_down_does_not_make_it_ill() -> None:
    assert not all(network.up for network in Office(den()).status().networks)
    assert Office(den()).status().healthy


def test_the_backlog_is_counted_over_all_rooms() -> None:
    waiting = PortalInfo("x", (leg("a", "r", backlog=2, oldest=50.0), leg("b", "r", backlog=3)))
    both = status(waiting, PortalInfo("y", (leg("a", "s", backlog=1, oldest=20.0),)))
    assert (both.backlog, both.oldest) == (6, 20.0)
    assert (status().backlog, status().oldest) == (0, None)
