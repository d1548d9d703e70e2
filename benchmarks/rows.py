"""One line of a benchmark."""

import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """`ceiling` is the same work with nothing but the driver; `goal` says in words what `holds` was judged by."""

    name: str
    value: float
    unit: str
    goal: str
    holds: bool
    ceiling: float | None = None
    ratio: float | None = None
    more: dict[str, Any] | None = None

    def line(self) -> str:
        told = {
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "ceiling": None if self.ceiling is None else round(self.ceiling, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "goal": self.goal,
            "holds": self.holds,
        }
        return json.dumps(told | (self.more or {}))


def against_ceiling(
    name: str, rates: list[float], ceilings: list[float], unit: str, at_least: float, **more: Any
) -> Row:
    """Rates measured in turn with their ceilings; the median of the ratios pair by pair decides."""
    ratio = statistics.median(ours / bare for ours, bare in zip(rates, ceilings, strict=True))
    return Row(
        name,
        statistics.median(rates),
        unit,
        f"ratio >= {at_least}",
        ratio >= at_least,
        statistics.median(ceilings),
        ratio,
        more or None,
    )


async def timed(work: Callable[[], Awaitable[Any]]) -> float:
    """Seconds of wall time."""
    started = time.perf_counter()
    await work()
    return time.perf_counter() - started
