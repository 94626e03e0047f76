"""The addresses of jobs: those under /api/, and the console's pages under /jobs/."""

from __future__ import annotations

from django.urls import path

from jobs.api import jobs as api
from jobs.api.logs import job_log
from jobs.views import actions, create, listing, logs, overview, page

urlpatterns = [
    path("jobs", api.jobs, name="api-jobs"),
    path("jobs/failure-codes", api.failure_codes, name="api-failure-codes"),
    path("jobs/logs/<int:job_id>", job_log, name="api-job-log"),
    path("jobs/<int:job_id>", api.job, name="api-job"),
    path("jobs/<int:job_id>/retry", api.retry, name="api-job-retry"),
    path("jobs/<int:job_id>/cancel", api.cancel, name="api-job-cancel"),
]

console = [
    path("", overview.overview, name="jobs-overview"),
    path("live", overview.live, name="jobs-live"),
    path("list", listing.jobs, name="jobs-list"),
    path("new", create.new, name="jobs-new"),
    path("lanes/<str:lane>/pause", actions.pause, name="jobs-lane-pause"),
    path("lanes/<str:lane>/resume", actions.resume, name="jobs-lane-resume"),
    path("lanes/<str:lane>/release", actions.release, name="jobs-lane-release"),
    path("<int:job_id>/", page.job, name="jobs-job"),
    path("<int:job_id>/live", page.live, name="jobs-job-live"),
    path("<int:job_id>/log", logs.job_log, name="jobs-log"),
    path("<int:job_id>/log/more", logs.more, name="jobs-log-more"),
    path("<int:job_id>/retry", actions.retry, name="jobs-retry"),
    path("<int:job_id>/cancel", actions.cancel, name="jobs-cancel"),
    path("<int:job_id>/remove", actions.remove, name="jobs-remove"),
]
