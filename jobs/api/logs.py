"""The JSON API of a job's logs: a stream's tail, or a range of its bytes."""

from __future__ import annotations

from typing import Any, Final, TypedDict

from jobs.logs import reader, streams
from jobs.models import Job
from videomind.http import query
from videomind.http.access import ApiRequest
from videomind.http.problems import field_problem, invalid_fields, not_found
from videomind.http.query import Parameter, read_query
from videomind.http.views import Answer, json_view

MOST: Final = 1024 * 1024
DEFAULT_TAIL: Final = 64 * 1024
_PARAMETERS: Final = {
    "stream": Parameter(query.choice(streams.STREAMS)),
    "attempt": Parameter(query.whole_number(1, 1_000_000)),
    "tail": Parameter(query.whole_number(1, MOST)),
    "start": Parameter(query.whole_number(0, query.LARGEST_ID)),
    "size": Parameter(query.whole_number(1, MOST)),
}


class LogPayload(TypedDict):
    """`size` bytes from byte `start` of `total`; the next range begins at `start + size`."""

    stream: str
    attempt: int
    start: int
    size: int
    total: int
    text: str


def _show(request: ApiRequest, job_id: int) -> Answer:
    asked = read_query(request.GET, _PARAMETERS)
    if "tail" in asked and {"start", "size"} & asked.keys():
        sentence = "Give either tail, or start and size."
        raise invalid_fields([field_problem("tail", "invalid", sentence)])
    job = Job.objects.only("id", "job_type", "attempt_number").filter(pk=job_id).first()
    if job is None:
        raise not_found(f"job {job_id}")
    return _read(job, asked)


def _read(job: Job, asked: dict[str, Any]) -> LogPayload:
    stream: streams.Stream = asked.get("stream", "job")
    attempt = asked.get("attempt", max(1, job.attempt_number))
    total = reader.size_of(job.log_folder, attempt, stream)
    start, size = _range(asked, total)
    data = reader.read_range(job.log_folder, attempt, stream, start=start, size=size)
    text, used = reader.whole_characters(data)
    if not used:
        # Less than a character was asked for: whoever reads on must get on.
        text, used = data.decode("utf-8", "replace"), len(data)
    return LogPayload(
        stream=stream, attempt=attempt, start=start, size=used, total=total, text=text
    )


def _range(asked: dict[str, Any], total: int) -> tuple[int, int]:
    if "start" in asked or "size" in asked:
        return asked.get("start", 0), asked.get("size", DEFAULT_TAIL)
    tail = asked.get("tail", DEFAULT_TAIL)
    return max(0, total - tail), tail


job_log = json_view(GET=_show)
