"""The append-only ledger that test jobs write, read back: who started, who ended, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.processes import lives, until


@dataclass(frozen=True, slots=True)
class Line:
    job_id: int
    word: str
    pid: int
    at: float


@dataclass(frozen=True, slots=True)
class Span:
    """One attempt as it really ran: from its start to its last word, or to its worker's death."""

    job_id: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Ledger:
    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def lines(self) -> list[Line]:
        if not self.path.exists():
            return []
        rows = [text.split() for text in self.path.read_text().splitlines()]
        return [
            Line(int(row[0]), row[1], int(row[2]), float(row[3])) for row in rows if len(row) == 4
        ]

    def count(self, word: str) -> Counter[int]:
        """How often each job wrote this word."""
        return Counter(line.job_id for line in self.lines() if line.word == word)

    def first(self, word: str) -> dict[int, float]:
        found: dict[int, float] = {}
        for line in self.lines():
            if line.word == word:
                found.setdefault(line.job_id, line.at)
        return found

    def last(self, word: str) -> dict[int, float]:
        return {line.job_id: line.at for line in self.lines() if line.word == word}

    def busy(self) -> list[int]:
        """The workers that live and whose last word was a start."""
        last = {line.pid: line.word for line in self.lines()}
        return [pid for pid, word in last.items() if word == "start" and lives(pid)]

    def until(self, word: str, *, at_least: int, job_id: int = 0, within_s: float = 120) -> None:
        """Waits for so many of these words, of one job or of as many jobs."""
        until(
            lambda: (self.count(word)[job_id] if job_id else len(self.count(word))) >= at_least,
            within_s=within_s,
            what=f"{at_least} times {word!r}",
        )

    def spans(self, killed: Mapping[int, float]) -> list[Span]:
        """Every attempt, those whose worker was killed ending with it."""
        found: list[Span] = []
        begun: dict[int, Line] = {}
        for line in self.lines():
            if line.word == "start":
                begun[line.pid] = line
            elif line.word == "end" and line.pid in begun:
                start = begun.pop(line.pid)
                found.append(Span(start.job_id, start.at, line.at))
        lost = [(line, killed[pid]) for pid, line in begun.items() if pid in killed]
        return [*found, *(Span(line.job_id, line.at, end) for line, end in lost)]


def most_at_once(spans: Iterable[Span]) -> int:
    steps = sorted(step for span in spans for step in ((span.start, 1), (span.end, -1)))
    now = most = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most
