"""What became of each try."""

from __future__ import annotations

from django.db import models

from jobs.models.job import Job
from jobs.states import Outcome


class Attempt(models.Model):
    """One try, written once, in the transaction that ends it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    lease = models.BigIntegerField()
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    worker_id = models.CharField(max_length=100, blank=True)
    host = models.CharField(max_length=100, blank=True)
    pid = models.IntegerField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    error_message = models.TextField(blank=True)
    traceback = models.TextField(blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    signal = models.IntegerField(null=True, blank=True)
    ytdlp_version = models.CharField(max_length=40, blank=True)
    peak_memory_kb = models.PositiveIntegerField(null=True, blank=True)
    log_tail = models.TextField(blank=True)

    class Meta:
        ordering = ("job", "lease")
        constraints = (
            # A lease ends once: a second row for it would be a second effective completion.
            models.UniqueConstraint(fields=["job", "lease"], name="one_attempt_per_lease"),
        )

    def __str__(self) -> str:
        return f"attempt {self.number} of job {self.job_id}: {self.outcome}"
