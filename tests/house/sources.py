"""The files the house rules are about."""

import ast
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("bridge", "protocols")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*folders: str) -> list[Path]:
    """Return all Python files of these folders, relative to the project."""
    found = (path for folder in folders for path in (PROJECT / folder).rglob("*.py"))
    return sorted(path.relative_to(PROJECT) for path in found)


def text(path: Path) -> str:
    """Return a file's content."""
    return (PROJECT / path).read_text()


def functions(path: Path) -> Iterator[Function]:
    """Yield every function and method of a file."""
    for node in ast.walk(ast.parse(text(path))):
        if isinstance(node, Function):
            yield node


def has_logic(path: Path) -> bool:
    """Whether the file holds a function that does something (not a contract's ``...``)."""
    return any(_does_something(function) for function in functions(path))


def _does_something(function: Function) -> bool:
    return any(
        not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in function.body
    )
