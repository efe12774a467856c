"""Files and functions stay small; a file that outgrows its budget is two features."""

from tests.house.sources import PACKAGES, Function, functions, sources, text

FILE_LINES = 400
FUNCTION_LINES = 50
MEDIAN_LINES = 12


def test_no_file_is_longer_than_its_budget() -> None:
    lengths = {str(path): len(text(path).splitlines()) for path in sources(*PACKAGES)}
    assert {path: lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_its_budget() -> None:
    too_long = {
        f"{path}:{function.lineno} {function.name}": _lines(function)
        for path in sources(*PACKAGES)
        for function in functions(path)
        if _lines(function) > FUNCTION_LINES
    }
    assert too_long == {}


def test_most_functions_are_short() -> None:
    lengths = sorted(_lines(f) for path in sources(*PACKAGES) for f in functions(path))
    assert lengths[len(lengths) // 2] <= MEDIAN_LINES


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1
