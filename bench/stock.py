"""Settings of a project that uses django-q2 with its ORM broker as its documentation shows."""

from videomind.settings import *  # noqa: F403

Q_CLUSTER = {
    "name": "stock",
    "orm": "default",
    "workers": 2,
    "timeout": 90,
    "retry": 120,
    "queue_limit": 50,
    "bulk": 10,
}
