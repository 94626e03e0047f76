"""`python -m tests.faults.enqueuer WHAT`: processes that enqueue, to be raced and killed.

`hang NAME`     enqueues inside a transaction, says so, and never commits
`race N NAME`   N forked processes enqueue the same target at the same moment; each says its job
`many N TYPE`   enqueues N jobs of that type, with the parameters that stdin holds as JSON
"""

from __future__ import annotations

import json
import os
import sys
import time

import django


def say(**words: object) -> None:
    os.write(1, (json.dumps(words) + "\n").encode())


def hang(name: str) -> None:
    from django.db import transaction

    from jobs import queue

    with transaction.atomic():
        say(job=queue.submit("trial_tough", {"name": name}).job.pk)
        time.sleep(600)


def race(count: int, name: str) -> None:
    from django.db import connections

    connections.close_all()
    start_at = time.monotonic() + 0.3
    children = [pid for pid in (_racer(name, start_at) for _ in range(count)) if pid]
    for pid in children:
        os.waitpid(pid, 0)


def _racer(name: str, start_at: float) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        from jobs import queue

        while time.monotonic() < start_at:
            time.sleep(0.001)
        made = queue.submit("trial_tough", {"name": name})
        say(job=made.job.pk, created=made.created)
        status = 0
    finally:
        os._exit(status)


def many(count: int, job_type: str) -> None:
    from jobs import queue
    from jobs.lanes import limits

    limits.ensure()
    parameters = json.load(sys.stdin)
    for i in range(count):
        queue.submit(job_type, {**parameters, "name": str(i)})
    say(made=count)


def main() -> None:
    django.setup()
    match sys.argv[1:]:
        case ["hang", name]:
            hang(name)
        case ["race", count, name]:
            race(int(count), name)
        case ["many", count, job_type]:
            many(int(count), job_type)


if __name__ == "__main__":
    main()
