"""Jobs created and processed per second, start latency and idle cost, on both databases.

Beside them, in the same run, django-q2 as it comes: what a Django project would use instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psutil

from bench.environment import Product, postgres_answers, product
from bench.figures import Figure

DATABASES = ("sqlite", "postgresql")
CREATED = 2000
BULK = 10_000
PROCESSED = 6000
STARTS = 150
IDLE_S = 10.0

CREATE = """
import json, time
from jobs import queue
from jobs.lanes import limits
limits.ensure()
queue.submit("noop", {})
began = time.perf_counter()
for _ in range(%d):
    queue.submit("noop", {})
print(json.dumps(%d / (time.perf_counter() - began)))
"""
BULK_CREATE = """
import json, time
from jobs import queue
from jobs.models import Job
Job.objects.all().delete()
kind = queue.kind_or_refuse("noop")
form = kind.form_class({})
form.is_valid()
began = time.perf_counter()
made = queue.enqueue_many([queue.build(kind, form) for _ in range(%d)])
print(json.dumps(made / (time.perf_counter() - began)))
"""
# From the first claim to the last end, by the rows' own times: start-up is not counted.
PROCESS = """
import json, time
from django.db.models import Max, Min
from jobs.models import Attempt, Job
while Job.objects.active().exists():
    time.sleep(0.2)
done = Attempt.objects.count()
span = Attempt.objects.aggregate(first=Min("started_at"), last=Max("ended_at"))
print(json.dumps(done / (span["last"] - span["first"]).total_seconds()))
"""
LATENCY = """
import json, time
from jobs import queue
from jobs.models import Job
waits = []
for _ in range(%d):
    time.sleep(0.05)
    job = queue.submit("noop", {}).job
    while not (started := Job.objects.values_list("started_at", flat=True).get(pk=job.pk)):
        time.sleep(0.002)
    waits.append((started - job.created_at).total_seconds() * 1000)
print(json.dumps(sorted(waits)))
"""
FILL = """
import json
from jobs import queue
from jobs.models import Attempt, Job
Attempt.objects.all().delete()
Job.objects.all().delete()
kind = queue.kind_or_refuse("noop")
form = kind.form_class({})
form.is_valid()
print(json.dumps(queue.enqueue_many([queue.build(kind, form) for _ in range(%d)])))
"""
STOCK_FILL = """
import json, time
from django_q.tasks import async_task
began = time.perf_counter()
for _ in range(%d):
    async_task("math.sqrt", 4)
print(json.dumps(%d / (time.perf_counter() - began)))
"""
# What is done in twenty seconds. The cluster's processes must not inherit an open connection.
STOCK_DRAIN = """
import json, time
from django.db import connection
from django_q.models import OrmQ
from django_q.cluster import Cluster
n = OrmQ.objects.count()
connection.close()
cluster = Cluster()
began = time.perf_counter()
cluster.start()
while OrmQ.objects.exists() and time.perf_counter() - began < 20:
    time.sleep(0.02)
rate = (n - OrmQ.objects.count()) / (time.perf_counter() - began)
cluster.stop()
print(json.dumps(rate))
"""
STOCK_TASKS = 400
GOALS = {
    "sqlite": {"created": 2000, "processed": 1500},
    "postgresql": {"created": 1000, "processed": 800},
}


def measure() -> Iterator[Figure]:
    for database in DATABASES:
        if database == "postgresql" and not postgres_answers():
            continue
        with product(database, {"WORKERS": "2"}) as made:
            yield from _ours(made, database)
            yield from _stock(made, database)


def _ours(made: Product, database: str) -> Iterator[Figure]:
    goals = GOALS[database]
    created = made.python(CREATE % (CREATED, CREATED))
    yield Figure(f"jobs created one by one, {database}", created, "1/s", at_least=goals["created"])
    bulk = made.python(BULK_CREATE % BULK)
    yield Figure(f"jobs created in bulk, {database}", bulk, "1/s", at_least=8000)
    made.python(FILL % PROCESSED)
    with made.cluster() as cluster:
        rate = made.python(PROCESS)
        yield Figure(
            f"trivial jobs through a cluster, {database}", rate, "1/s", at_least=goals["processed"]
        )
        waits: list[float] = made.python(LATENCY % STARTS)
        p95 = waits[int(len(waits) * 0.95)]
        yield Figure(f"start of an idle job p95, {database}", p95, "ms", at_most=30)
        yield Figure(f"idle CPU, {database}", _idle_percent(cluster), "%", at_most=2)


def _idle_percent(cluster: psutil.Process) -> float:
    time.sleep(2)
    before, began = _cpu_s(cluster), time.monotonic()
    time.sleep(IDLE_S)
    return 100 * (_cpu_s(cluster) - before) / (time.monotonic() - began)


def _cpu_s(cluster: psutil.Process) -> float:
    times = [each.cpu_times() for each in [cluster, *cluster.children(recursive=True)]]
    return sum(each.user + each.system for each in times)


def _stock(made: Product, database: str) -> Iterator[Figure]:
    environment: dict[str, Any] = {**made.environment, "DJANGO_SETTINGS_MODULE": "bench.stock"}
    stock = Product(made.folder, environment)
    created = stock.python(STOCK_FILL % (STOCK_TASKS, STOCK_TASKS))
    yield Figure(f"django-q2 as it comes, created, {database}", created, "1/s")
    yield Figure(f"django-q2 as it comes, processed, {database}", stock.python(STOCK_DRAIN), "1/s")
