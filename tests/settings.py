"""The product's settings for tests: a data folder of each test process's own, times at a tenth."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_owned = "VIDEOMIND_TEST_DATA" not in os.environ
TEST_DATA = os.environ.get("VIDEOMIND_TEST_DATA") or tempfile.mkdtemp(prefix="videomind-test-")
if _owned:
    atexit.register(shutil.rmtree, TEST_DATA, ignore_errors=True)

POSTGRES = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
ON_POSTGRES = os.environ.get("TEST_ON") == "postgresql"

# What a developer's own shell or .env says must not leak into tests.
for _name in (
    "DATABASE_URL",
    "MEDIA_ROOT",
    "LOG_DIR",
    "SECRET_KEY",
    "WORKERS",
    "HTTPS",
    "PORT",
    "PUBLIC_LIBRARY",
):
    os.environ.pop(_name, None)
os.environ["DATA_DIR"] = TEST_DATA
# Playwright keeps an event loop in the test process; Django would refuse the other tests' queries.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
os.environ["EXTRA_KINDS"] = "tests.noop,tests.kinds"
os.environ["HELD_ALONG"] = "trial"
os.environ.setdefault("ENGINE_TIME_SCALE", "0.1")
os.environ["DATABASE_URL"] = POSTGRES if ON_POSTGRES else f"sqlite:///{TEST_DATA}/videomind.sqlite3"

from videomind.settings import *  # noqa: E402, F403
from videomind.settings import DATABASES, INSTALLED_APPS, TIME_SCALE  # noqa: E402

assert float(os.environ["ENGINE_TIME_SCALE"]) == TIME_SCALE
# First: its flush comes before Django's.
INSTALLED_APPS = ["tests", *INSTALLED_APPS]
if ON_POSTGRES:
    # One server is shared by test runs: each names its databases after its process.
    DATABASES["default"]["TEST"] = {"NAME": f"videomind_test_{os.getppid()}"}
    DATABASES["default"]["CONN_MAX_AGE"] = 0
else:
    DATABASES["default"]["TEST"] = {"NAME": f"{TEST_DATA}/test.sqlite3"}
# Tests log in without a request; those about wrong passwords turn it on.
AXES_ENABLED = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
