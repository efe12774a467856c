"""The real servers as fixtures: one of each for the session, or as many own ones as needed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings

from tests.servers.ergo import Ergo
from tests.servers.inspircd import InspIRCd
from tests.servers.process import Server, ServerMissing
from tests.servers.prosody import Prosody
from tests.servers.synapse import Synapse

S = TypeVar("S", bound=Server)
# A busy machine is no bug, and a run of CI must not find by chance what another run did not.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
# 100,000 inputs for each codec: TERCET_HYPOTHESIS=long pytest --timeout=0 PATH -k "…"
settings.register_profile("long", deadline=None, max_examples=100_000)
settings.load_profile(
    os.environ.get("TERCET_HYPOTHESIS") or ("ci" if os.environ.get("CI") else "here")
)
NO_SKIP = os.environ.get("CI") == "true" or os.environ.get("TERCET_NO_SKIP") == "1"


def pytest_configure(config: pytest.Config) -> None:
    """Tests that take a full size with ``./contrib/test --long`` read ``TERCET_LONG``."""
    config.addinivalue_line("markers", "long: only run by ./contrib/test --long")


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Leave out what only the long profile runs; deselected, so that it is not a skip."""
    if os.environ.get("TERCET_LONG") == "1":
        return
    kept = [item for item in items if item.get_closest_marker("long") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session")
def long() -> bool:
    """Whether to run at the sizes of the long profile (``./contrib/test --long``)."""
    return os.environ.get("TERCET_LONG") == "1"


def _started(server: S) -> S:
    try:
        server.start()
    except ServerMissing as missing:
        if NO_SKIP:
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    return server


@pytest.fixture(scope="session")
def prosody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    """The session's Prosody. Tests use rooms of their own; nobody stops it."""
    server = _started(Prosody(tmp_path_factory.mktemp("prosody")))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def inspircd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InspIRCd]:
    """The session's InspIRCd, with services."""
    server = _started(InspIRCd(tmp_path_factory.mktemp("inspircd"), services=True))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def ergo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ergo]:
    """The session's Ergo."""
    server = _started(Ergo(tmp_path_factory.mktemp("ergo")))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """The session's Synapse; its one application service is whoever listens on ``as_port``."""
    server = _started(Synapse(tmp_path_factory.mktemp("synapse")))
    yield server
    server.stop()


@pytest.fixture
def _new(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    servers: list[Server] = []

    def make(kind: type[Server], **options: Any) -> Server:
        server = kind(tmp_path / f"{kind.__name__.lower()}-{len(servers)}", **options)
        servers.append(server)
        return _started(server)

    yield make
    for server in servers:
        server.kill()


@pytest.fixture
def new_prosody(_new: Callable[..., Any]) -> Callable[..., Prosody]:
    """Call it for a Prosody of one's own, running; it ends with the test."""
    return lambda **options: _new(Prosody, **options)


@pytest.fixture
def new_inspircd(_new: Callable[..., Any]) -> Callable[..., InspIRCd]:
    """Call it (``services=True``, ``password=…``) for an InspIRCd of one's own."""
    return lambda **options: _new(InspIRCd, **options)


@pytest.fixture
def new_ergo(_new: Callable[..., Any]) -> Callable[..., Ergo]:
    """Call it for an Ergo of one's own."""
    return lambda **options: _new(Ergo, **options)


@pytest.fixture
def new_synapse(_new: Callable[..., Any]) -> Callable[..., Synapse]:
    """Call it (``second=True``, ``registrations=[…]``) for a Synapse of one's own."""
    return lambda **options: _new(Synapse, **options)
