"""The addresses of jobs under /api/."""

from __future__ import annotations

from django.urls import path

from jobs import api, log_api

urlpatterns = [
    path("jobs", api.jobs, name="api-jobs"),
    path("jobs/failure-codes", api.failure_codes, name="api-failure-codes"),
    path("jobs/logs/<int:job_id>", log_api.job_log, name="api-job-log"),
    path("jobs/<int:job_id>", api.job, name="api-job"),
    path("jobs/<int:job_id>/retry", api.retry, name="api-job-retry"),
    path("jobs/<int:job_id>/cancel", api.cancel, name="api-job-cancel"),
]
