"""`python -m bench [downloads] [listing] [jobs]`: measures, prints a table, writes JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import downloads, jobs, listing
from bench.figures import Figure

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "downloads": downloads.measure,
    "listing": listing.measure,
    "jobs": jobs.measure,
}


def main() -> int:
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        print(f"There is no part {unknown[0]!r}; accepted are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    figures = []
    for name in wanted:
        for figure in PARTS[name]():
            print(f"{figure.name}: {figure.value:.3g} {figure.unit}", file=sys.stderr, flush=True)
            figures.append(figure)
    show(figures)
    print(f"Written to {write(figures)}")
    return int(any(figure.met is False for figure in figures))


def show(figures: list[Figure]) -> None:
    table = Table("what", "measured", "unit", "goal", "met", "detail")
    for figure in figures:
        met = {True: "yes", False: "NO", None: ""}[figure.met]
        value = f"{figure.value:,.3g}" if figure.value < 1000 else f"{figure.value:,.0f}"
        table.add_row(figure.name, value, figure.unit, figure.goal, met, figure.detail)
    Console().print(table)


def write(figures: list[Figure]) -> Path:
    now = datetime.now(UTC)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{now:%Y-%m-%dT%H-%M-%S}.json"
    rows = [figure.as_json() for figure in figures]
    path.write_text(json.dumps({"at": now.isoformat(), "figures": rows}, indent=2) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
