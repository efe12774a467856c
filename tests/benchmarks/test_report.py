"""How figures are shown."""

import pytest

from tests.benchmarks.figures import Figure, Section
from tests.benchmarks.report import as_data, as_text, number

SECTION = Section(
    name="demo",
    title="a demonstration",
    figures=(
        Figure(name="speed", value=500, unit="/s", beside=2000, raw="bare", target=">= 1000"),
        Figure(name="size", value=1.5, unit="MB"),
    ),
    notes=("A note.",),
)


def test_a_table_shows_figure_and_comparison_side_by_side() -> None:
    assert as_text(SECTION) == (
        "demo: a demonstration\n"
        "\n"
        "          Tercet  beside it  ratio  what is beside it  target\n"
        "  speed   500 /s   2,000 /s   0.25  bare               >= 1000 MISSED\n"
        "  size   1.50 MB\n"
        "\n"
        "  A note.\n"
    )


def test_data_has_the_computed_values_too() -> None:
    data = as_data({"cpu": "one"}, [SECTION])
    first, second = data["sections"][0]["figures"]
    assert (first["ratio"], first["met"]) == (0.25, False)
    assert (second["ratio"], second["met"]) == (None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0312, "0.03"), (3.14159, "3.14"), (31.4159, "31.4"), (314.159, "314"), (31415.9, "31,416")],
)
def test_numbers_are_as_exact_as_they_are_sure(value: float, text: str) -> None:
    assert number(value) == text
