"""Every source file with logic has a test file of the same name."""

from pathlib import Path

from tests.house.sources import PACKAGES, PROJECT, has_logic, sources

EXCEPTIONS: dict[str, str] = {}
"""Files whose tests have another place, and why. The list may only shrink."""


def test_every_source_with_logic_has_a_test_of_its_name() -> None:
    missing = {str(path): str(_test(path)) for path in _untested()}
    assert {path: test for path, test in missing.items() if path not in EXCEPTIONS} == {}


def test_no_exception_is_kept_that_is_not_needed() -> None:
    needed = {str(path) for path in _untested()}
    assert set(EXCEPTIONS) <= needed


def _untested() -> list[Path]:
    with_logic = [path for path in sources(*PACKAGES) if has_logic(path)]
    return [path for path in with_logic if not (PROJECT / _test(path)).exists()]


def _test(source: Path) -> Path:
    """``bridge/core/a.py`` -> ``tests/core/test_a.py``; ``protocols`` keeps its own folder."""
    folder = source.parent
    inside = folder.relative_to("bridge") if folder.parts[0] == "bridge" else folder
    name = folder.name if source.name == "__init__.py" else source.stem
    return Path("tests") / inside / f"test_{name}.py"
