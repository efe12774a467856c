"""A measured figure, what it stands beside, and the arithmetic of a series of times."""

import math
from collections.abc import Sequence

from msgspec import Struct


class Figure(Struct, frozen=True, kw_only=True):
    """One line of a report. ``beside`` has the unit of ``value``."""

    name: str
    value: float
    unit: str
    beside: float | None = None
    """What the same machine did at the same time without Tercet's work."""
    raw: str = ""
    """What was run for that."""
    target: str = ""
    """``< 1.0`` or ``>= 10000``, in the unit of ``value``; empty if there is none."""

    @property
    def ratio(self) -> float | None:
        """``value`` in terms of ``beside``."""
        return self.value / self.beside if self.beside else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None if there is none."""
        if not self.target:
            return None
        relation, bound = self.target.split()
        return self.value < float(bound) if relation == "<" else self.value >= float(bound)


class Section(Struct, frozen=True, kw_only=True):
    """What one benchmark has to say."""

    name: str
    title: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that ``share`` (0 to 1) of all values do not exceed.

    The nearest-rank method: always one of the values, never something in between.
    """
    if not values:
        raise ValueError("no values")
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def rate(times: Sequence[float], begun: float) -> float:
    """Return events for each second, from the beginning to the last of these moments."""
    return len(times) / (max(times) - begun)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return by how much y grows with each x (least squares), for a cost of each further one."""
    xs, ys = zip(*points, strict=True)
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle_x) ** 2 for x in xs)
    if not spread:
        raise ValueError("all points have the same x")
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread
