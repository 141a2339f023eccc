"""All settings, read from the environment; every secret may also be given as NAME_FILE, a path to read it from."""

from __future__ import annotations

import os
import re
import secrets
from datetime import time, timedelta
from pathlib import Path

import dj_database_url
from csp.constants import NONCE

BASE_DIR = Path(__file__).parents[1]


def _env(name: str, default: str = "") -> str:
    """A setting's text: from NAME, else from the file that NAME_FILE names, else the default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def _apps() -> dict[str, dict[str, str]]:
    """The networks' apps, by consent and setting, from PORTEVOIX_APP_META_APP_ID and its like."""
    found: dict[str, dict[str, str]] = {}
    for name in os.environ:
        if told := re.fullmatch(r"PORTEVOIX_APP_([A-Z]+)_([A-Z0-9_]+?)(?:_FILE)?", name):
            value = _env(f"PORTEVOIX_APP_{told[1]}_{told[2]}")
            found.setdefault(told[1].lower(), {})[told[2].lower()] = value
    return found


def _flag(name: str) -> bool:
    return _env(name).lower() in {"1", "true", "yes", "on"}


PORTEVOIX_HOME = Path(_env("PORTEVOIX_HOME", str(BASE_DIR / "var"))).expanduser().resolve()
KEYS_DIR = PORTEVOIX_HOME / "keys"


def _django_key() -> str:
    """The signing key: from the environment or the home; before `portevoix setup` a throw-away one."""
    if given := _env("PORTEVOIX_SECRET_KEY"):
        return given
    stored = KEYS_DIR / "django.key"
    return stored.read_text(encoding="ascii").strip() if stored.exists() else secrets.token_urlsafe(50)


SECRET_KEY = _django_key()
# Keys for what is encrypted in the store, newest first, separated by commas; never kept in the database.
PORTEVOIX_KEYS = _env("PORTEVOIX_KEYS")
# To whom backups are encrypted (age1…), separated by commas, besides those in the home's backup-recipients.txt.
PORTEVOIX_BACKUP_RECIPIENTS = _env("PORTEVOIX_BACKUP_RECIPIENTS")
DEBUG = _flag("PORTEVOIX_DEBUG")
ALLOWED_HOSTS = [h for h in _env("PORTEVOIX_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in _env("PORTEVOIX_ORIGINS").split(",") if o]
PUBLIC_HTTPS = _flag("PORTEVOIX_HTTPS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "pipeline",
    "web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "web.shut.ShutMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "web.rights.RightsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "web.context.everywhere",
            ]
        },
    }
]

DATABASE_URL = _env("DATABASE_URL")
if DATABASE_URL:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=60)}
else:
    DATABASES = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(PORTEVOIX_HOME / "porte-voix.sqlite3")}
    }
# Also for a SQLite that DATABASE_URL names.
_SAFE: dict[str, dict[str, object]] = {
    "django.db.backends.sqlite3": {
        # FULL, not NORMAL: a lost `committing` row is a doubled post (docs/decisions.md). Recursive triggers: INSERT OR
        # REPLACE then counts as a DELETE for the rules of migration 0002.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    },
    "django.db.backends.postgresql": {"options": "-c synchronous_commit=on"},
}
DATABASES["default"].setdefault("OPTIONS", {}).update(_SAFE.get(DATABASES["default"]["ENGINE"], {}))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "pipeline.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "sign-in"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_RESET_TIMEOUT = 3600  # seconds that a link for a new password opens
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Wrong passwords are counted in memory, for each name and address: the store keeps no list of who tried from where, and
# whoever guesses does not make it write. A restart forgets them; the second factor counts its own in the store.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "sign-in": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "sign-in",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    },
}
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_CACHE = "sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "locked.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
MIGRATION_MODULES = {"axes": None}  # its tables stay empty, so there are none
SILENCED_SYSTEM_CHECKS = ["axes.W001"]  # it warns of a memory of one process: the studio is one process

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English"), ("ar", "العربية")]  # Arabic: partly, the rest in French
LOCALE_PATHS = [BASE_DIR / "web" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _env("PORTEVOIX_TIME_ZONE", "Europe/Paris")


def _hours(text: str) -> tuple[time, time] | None:
    """When quiet time begins and ends, from "22:00-07:00"; None where there is none."""
    start, _dash, end = text.partition("-")
    return (time.fromisoformat(start.strip()), time.fromisoformat(end.strip())) if text.strip() else None


# Late posts do not go out by themselves in these hours of the organisation's zone; empty for none.
PORTEVOIX_QUIET_HOURS = _hours(_env("PORTEVOIX_QUIET_HOURS", "22:00-07:00"))
# What a person lets go waits so long before it goes out, so that anyone can still stop it.
PORTEVOIX_GRACE = timedelta(minutes=int(_env("PORTEVOIX_GRACE_MINUTES", "10")))
if not timedelta(0) <= PORTEVOIX_GRACE < timedelta(minutes=15):
    raise ValueError("PORTEVOIX_GRACE_MINUTES is 0 to 14: after 15 minutes news is late")
# Footage, and what a text says finer than the commune and the day, waits so long: whoever is there can be gone by then.
PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=int(_env("PORTEVOIX_FOOTAGE_DELAY_HOURS", "48")))
# Originals are listed for deletion after so many months, unless somebody keeps them as evidence and says why.
PORTEVOIX_RETENTION_MONTHS = int(_env("PORTEVOIX_RETENTION_MONTHS", "12"))
# Hand-off kits of posts that are out, and mails that were handed over, are removed after so many days; 0: never.
PORTEVOIX_KITS_DAYS = int(_env("PORTEVOIX_KITS_DAYS", "30"))
PORTEVOIX_NOTICES_DAYS = int(_env("PORTEVOIX_NOTICES_DAYS", "180"))
# A post without a deadline of its own is to be approved so long before it goes out.
PORTEVOIX_APPROVE_BEFORE = timedelta(hours=int(_env("PORTEVOIX_APPROVE_BEFORE_HOURS", "2")))
# A post like one that the same channel had within so many days is pointed out.
PORTEVOIX_ALIKE_DAYS = int(_env("PORTEVOIX_ALIKE_DAYS", "14"))
# How many publications one process works on at a time: a slow platform then keeps only its own waiting.
PORTEVOIX_WORKERS = int(_env("PORTEVOIX_WORKERS", "4"))
# Finished parts of reels, kept for the next render: at most so many gigabytes, for so many days.
PORTEVOIX_PARTS_BYTES = int(float(_env("PORTEVOIX_PARTS_GB", "5")) * 1_000_000_000)
PORTEVOIX_PARTS_AGE = timedelta(days=int(_env("PORTEVOIX_PARTS_DAYS", "14")))
# The scheduler of a dask.distributed cluster that renders, tcp://host:8786; empty: this machine does.
RENDER_CLUSTER = _env("RENDER_CLUSTER")
if RENDER_CLUSTER and not RENDER_CLUSTER.startswith(("tcp://", "tls://")):
    raise ValueError("RENDER_CLUSTER begins with tcp:// or tls://")
PORTEVOIX_ACCOUNT = _env("PORTEVOIX_ACCOUNT", "@porte-voix")
# Where people reach the studio, for links in mails and for networks to send people back to: https://posts.example.org
PORTEVOIX_URL = _env("PORTEVOIX_URL").rstrip("/")
if PORTEVOIX_URL and not PORTEVOIX_URL.startswith(("https://", "http://")):
    raise ValueError("PORTEVOIX_URL begins with https://")
# What networks know this installation by; it may be entered in the studio instead.
PORTEVOIX_APPS = _apps()
PORTEVOIX_DIGEST_HOUR = int(_env("PORTEVOIX_DIGEST_HOUR", "8"))  # of the organisation's day
if not 0 <= PORTEVOIX_DIGEST_HOUR <= 23:
    raise ValueError("PORTEVOIX_DIGEST_HOUR is an hour from 0 to 23")

# Mails. Without a host none is sent; what people are owed is kept.
EMAIL_HOST = _env("PORTEVOIX_MAIL_HOST")
_MAIL_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_MAIL_TLS = _env("PORTEVOIX_MAIL_TLS", "starttls").lower()
if _MAIL_TLS not in _MAIL_PORTS:
    raise ValueError("PORTEVOIX_MAIL_TLS is starttls, tls or none")
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL_TLS == "starttls", _MAIL_TLS == "tls"
EMAIL_PORT = int(_env("PORTEVOIX_MAIL_PORT") or _MAIL_PORTS[_MAIL_TLS])
EMAIL_HOST_USER = _env("PORTEVOIX_MAIL_USER")
EMAIL_HOST_PASSWORD = _env("PORTEVOIX_MAIL_PASSWORD")
EMAIL_TIMEOUT = 20  # seconds, for each step of a mail
DEFAULT_FROM_EMAIL = _env("PORTEVOIX_MAIL_FROM") or (
    EMAIL_HOST_USER if "@" in EMAIL_HOST_USER else "porte-voix@localhost"
)

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "web" / "static"]
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "web.storage.Named"},
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 31_536_000  # a year: an address names the content (web/storage.py)

SESSION_ENGINE = "pipeline.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PUBLIC_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = PUBLIC_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC_HTTPS else 0
# No SECURE_PROXY_SSL_HEADER: the server itself believes X-Forwarded-For and -Proto, of this address only, and clears
# what others send (commands/_serving.py). Without https nobody is believed.
PORTEVOIX_PROXY = _env("PORTEVOIX_PROXY", "127.0.0.1") if PUBLIC_HTTPS else ""
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": [NONCE],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "media-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "config.logs.Redacted", "format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    # A tick that is still at work when the next is due is meant to be skipped: not worth a warning.
    "loggers": {"apscheduler": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": _env("PORTEVOIX_LOG_LEVEL", "WARNING")},
}
