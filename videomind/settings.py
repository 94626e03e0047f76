"""Django's settings, ours from the environment or `.env` (docs/configuration.md has the table)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from videomind import environment
from videomind.environment import BASE_DIR, env, folder, seconds, whole_number, yes_or_no

environment.read_dotenv()

# --- where things are -------------------------------------------------------------------------
DATA_DIR = folder("DATA_DIR", BASE_DIR / "data")
MEDIA_ROOT = folder("MEDIA_ROOT", DATA_DIR / "media", make=False)
LOG_DIR = folder("LOG_DIR", DATA_DIR / "logs")
HOST = env.str("HOST", default="127.0.0.1")
PORT = whole_number("PORT", 8000, low=1, high=65535)

# --- Django -----------------------------------------------------------------------------------
DEBUG = yes_or_no("DEBUG", default=False)
SECRET_KEY = environment.secret_key(DATA_DIR)
# This machine's own names always: its probes must not depend on the public name.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[]), "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "videomind.urls"
WSGI_APPLICATION = "videomind.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = "videomind.formats"

# Our qcluster command comes before django-q2's: the first app that offers a command wins.
INSTALLED_APPS = [
    "videomind",
    "channels_app",
    "metadata",
    "jobs",
    "videomind.admin_app.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "django_htmx",
    "axes",
]
MIDDLEWARE = [
    "videomind.csp.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # It answers a login that was one too many; nothing may come after it.
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
LOGIN_URL = "login"

# --- the database -----------------------------------------------------------------------------
DATABASE: dict[str, Any] = environment.database_url(DATA_DIR)
if DATABASE["ENGINE"].endswith("sqlite3"):
    DATABASE["OPTIONS"] = {
        # 8 writers lost 169 of 400 writes with the defaults, none with WAL and IMMEDIATE.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;"
            "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
        ),
    }
else:
    # Planning the claim takes PostgreSQL five times as long as doing it: let it keep its plans.
    DATABASE["OPTIONS"] = {
        "server_side_binding": True,
        "prepare_threshold": 5,
        # A server that vanished without a word is noticed within some 20 s, or a worker would
        # wait for it for a quarter of an hour (an answer) or two hours (an idle connection).
        "connect_timeout": 10,
        "keepalives_idle": 5,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # What was sent and is not acknowledged: keepalives are not sent while there is any.
        "tcp_user_timeout": 20_000,
        # And the other way: a client that froze or vanished inside a transaction keeps its locks,
        # and everybody else waiting, until the server gives it up.
        "options": (
            "-c idle_in_transaction_session_timeout=30s -c tcp_user_timeout=20s"
            " -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        ),
        # What the address says after its `?`, such as sslmode, counts before that.
        **DATABASE.pop("OPTIONS", {}),
    }
# Reconnecting at every broker call costs 13 to 32 times; without the health check a restart of
# PostgreSQL loses work.
DATABASE["CONN_MAX_AGE"] = None
DATABASE["CONN_HEALTH_CHECKS"] = True
DATABASES = {"default": DATABASE}

# --- the engine (jobs) ------------------------------------------------------------------------
# All engine times are settings, so tests run at a tenth.
TIME_SCALE = seconds("ENGINE_TIME_SCALE", 1.0, low=0.01, high=1.0)
LEASE_S = seconds("LEASE_S", 45) * TIME_SCALE
HEARTBEAT_S = seconds("HEARTBEAT_S", 10) * TIME_SCALE
SWEEP_S = seconds("SWEEP_S", 10) * TIME_SCALE
BACKOFF_BASE_S = seconds("BACKOFF_BASE_S", 15) * TIME_SCALE
BACKOFF_CAP_S = seconds("BACKOFF_CAP_S", 300) * TIME_SCALE
WATCHDOG_S = seconds("WATCHDOG_S", 30) * TIME_SCALE
COOL_DOWN_S = seconds("COOL_DOWN_S", 300) * TIME_SCALE
GRACEFUL_TIMEOUT = seconds("GRACEFUL_TIMEOUT", 25, low=1, high=3600)
NURSERY_IDLE_S = seconds("NURSERY_IDLE_S", 600)
# Child functions that the fork server calls once, so that what it forks is warm.
NURSERY_WARM_UP = ["metadata.youtube.child.warm_up"]
MAX_RETRIES = whole_number("MAX_RETRIES", 3, low=0, high=20)
JOB_LOG_BYTES = whole_number("JOB_LOG_BYTES", 2_000_000, low=10_000, high=1_000_000_000)
# What the supervisor looks at where no job has to try whether a hold's cause is gone.
MIN_FREE_DISK = whole_number("MIN_FREE_DISK", 1_000_000_000, low=0, high=10**15)
HOLD_WATCHES = {
    "disk": "jobs.lanes.watches.disk",
    "cookies": "metadata.cookies.trouble",
    "media_root": "jobs.lanes.watches.media_root",
}
# A process of its own looks at the library's disk. What the database knows of it is told to it.
DISK_KNOWN = "channels_app.storage.look.known"
DISK_LOOK = "channels_app.storage.look.look"
LOOK_OVERDUE_S = 30 * TIME_SCALE
# Each answers sentences without paths for /readyz.
READINESS = ["jobs.monitoring.disk.reasons"]
# What is called at the supervisor's start and each hour; each answers sentences for the log.
HOUSEKEEPING = ["channels_app.maintenance.cleanup.clean_up"]
HELD_ALONG: list[str] = env.list("HELD_ALONG", default=[])
# The lane's first limits; afterwards each is a row that an operator changes while work runs.
LANE_LIMITS: dict[str, int | None] = {
    "download": whole_number("LANE_DOWNLOAD", 3, low=0, high=100),
    "sync": whole_number("LANE_SYNC", 1, low=0, high=100),
    "metadata": whole_number("LANE_METADATA", 2, low=0, high=100),
    "maintenance": whole_number("LANE_MAINTENANCE", 1, low=0, high=100),
    "media": whole_number("LANE_MEDIA", 1, low=0, high=100),
}
WORKERS = whole_number(
    "WORKERS", sum(limit or 0 for limit in LANE_LIMITS.values()) + 1, low=1, high=200
)
# Modules with further kinds of job (`KINDS`); the tests' and the benchmarks' are named here.
EXTRA_KINDS = env.list("EXTRA_KINDS", default=[])
Q_CLUSTER = {
    "name": "videomind",
    "orm": "default",
    "broker_class": "jobs.cluster.broker.JobBroker",
    "workers": WORKERS,
    "bulk": 1,
    "queue_limit": 2 * WORKERS,
    "ack_failures": True,
    "max_attempts": 1,
    "save_limit": -1,
    "catch_up": False,
    "guard_cycle": 0.5,
    # A backstop beyond the longest job (6 h): each job has its own deadline.
    "timeout": 7 * 3600,
    "retry": 8 * 3600,
    "recycle": 1000,
    "max_rss": 400_000,
    "daemonize_workers": True,
    "label": "django-q2",
}

# --- YouTube ----------------------------------------------------------------------------------
COOKIES_FILE = env.str("COOKIES_FILE", default="")
PROXY = env.str("PROXY", default="")
PACING_S = seconds("PACING_S", 0, high=3600)
FFMPEG = env.str("FFMPEG", default="")

# --- JSON API ---------------------------------------------------------------------------------
BODY_LIMIT = whole_number("BODY_LIMIT", 64 * 1024, low=1024, high=10_000_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT

# --- the library ------------------------------------------------------------------------------
PUBLIC_LIBRARY = yes_or_no("PUBLIC_LIBRARY", default=True)

# --- security ---------------------------------------------------------------------------------
# Behind TLS: HTTPS=true makes cookies secure, redirects, and sends HSTS.
HTTPS = yes_or_no("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Only then are X-Forwarded-Proto and X-Forwarded-For believed.
BEHIND_PROXY = yes_or_no("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
# Five wrong passwords for one name from one address, then a quarter of an hour's pause.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Knocking on a locked door does not lock it for longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "videomind.accounts.login.client_address"
AXES_LOCKOUT_TEMPLATE = "videomind/locked.html"
AXES_ALLOWED_CORS_ORIGINS = ""
# Its pages are ours: read-only.
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- logging ----------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
if LOG_LEVEL not in logging.getLevelNamesMapping():
    from django.core.exceptions import ImproperlyConfigured

    raise ImproperlyConfigured(
        f"LOG_LEVEL is {LOG_LEVEL!r}: DEBUG, INFO, WARNING or ERROR is accepted."
    )
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        name: {"level": LOG_LEVEL}
        for name in ("videomind", "jobs", "metadata", "channels_app", "django.security")
    }
    # django-q2 says at INFO what each of its processes does at every start and stop.
    | {"django-q": {"level": "WARNING"}},
}
