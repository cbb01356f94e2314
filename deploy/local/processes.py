"""The processes of the platform, and what each of them is allowed to know.

The table is the whole truth: a secret that is not named in a process's line is not in its
environment. So a hole in the web process gives away neither the sealed identities nor the
contacts, and cannot move money.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deploy.local import database
from deploy.local.places import BUILD, VAR, VENV
from deploy.local.secrets import load_secrets, password_name

GUNICORN = "gunicorn --worker-class gevent --no-control-socket --bind {bind}"
FLASK = "flask --app app.wsgi"

LOOPBACK = "127.0.0.1"

# How many after PORT each of them listens.
PLATFORM, LIVE, OUTSIDE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Process:
    """`databases` are roles: each becomes a DATABASE_URL_… with that role's password."""

    name: str
    command: str
    databases: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    port_after: int | None = None
    ends_well: bool = False  # whether exit status 0 means that it has done its work
    pretends: bool = False  # plays the world outside: on loopback only, and never told a real key


# In the order in which they start; the first one is waited for.
PROCESSES = (
    Process(
        name="web",
        command=f"{GUNICORN} --graceful-timeout 5 app.wsgi:web",
        databases=("web", "drain", "public"),
        secrets=(
            "SECRET_KEY",
            "BLIND_INDEX_KEY",
            "ENVELOPE_PUBLIC_KEY",
            "CONTACT_PUBLIC_KEY",
            "SIGNING_KEY",  # receipts
            "LIVE_PASS_KEY",  # tells the live process which sockets are bidders'
            "STRIPE_WEBHOOK_SECRET",
        ),
        port_after=PLATFORM,
    ),
    Process(
        name="live",
        # A graceful stop waits for sockets, and sockets stay open for as long as people watch.
        command=f"{GUNICORN} --worker-connections 8000 --graceful-timeout 3 app.wsgi:live",
        databases=("public",),
        secrets=("LIVE_PASS_KEY",),
        port_after=LIVE,
    ),
    Process(
        name="demo",
        # Works over HTTP like anybody; the roles are for the first operators alone.
        command=f"{FLASK} demo",
        databases=("web", "migrator"),
        secrets=("SECRET_KEY",),
        ends_well=True,
    ),
    Process(
        name="outside",
        command="python -m deploy.local.outside --port {port}",
        secrets=("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
        port_after=OUTSIDE,
        pretends=True,
    ),
    Process(
        name="scheduler",
        command=f"{FLASK} scheduler",
        databases=("closer",),
        secrets=("ENVELOPE_PRIVATE_KEY",),
    ),
    Process(
        name="worker",
        command=f"{FLASK} worker",
        databases=("closer",),
        secrets=("STRIPE_SECRET_KEY",),
    ),
    Process(
        name="notifier",
        command=f"{FLASK} notifier",
        databases=("notifier",),
        secrets=("CONTACT_PRIVATE_KEY",),
    ),
)

# What an administrator runs by hand on this machine: `.venv/bin/flask COMMAND` finds it written
# down (`config.py`), readable by nobody else.
COMMANDS = Process(
    name="commands",
    command=FLASK,
    databases=("web", "drain", "closer", "public", "migrator"),
    secrets=("SECRET_KEY", "BLIND_INDEX_KEY", "ENVELOPE_PUBLIC_KEY", "CONTACT_PUBLIC_KEY"),
)

# Not kept alive: run before the others, where the database is behind the code.
MIGRATION = Process(name="migration", command=f"{FLASK} db upgrade", databases=("migrator",))

# The C library gives each thread a heap of its own and hands none of it back: a process of many
# threads grows for hours by what each of them once needed (docs/performance.md, Memory).
MEMORY = {"MALLOC_ARENA_MAX": "2"}

# What every process may see of the environment `make run` was called in.
PASSED_ON = (
    *("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "SSL_CERT_FILE", "LUOCHUI_VAR"),
    *("REDIS_URL", "SMTP_URL", "TIMEZONE", "TRUSTED_HOSTS", "STRIPE_API_BASE", "BIDS_PER_SECOND"),
    *("REFUND_LANES", "VIEWERS_PER_PROCESS"),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    host: str
    port: int

    def bind(self, after: int) -> str:
        return f"{self.host}:{self.port + after}"

    def url(self, after: int) -> str:
        everywhere = self.host == "0.0.0.0"  # noqa: S104
        host = LOOPBACK if everywhere or after == OUTSIDE else self.host
        return f"http://{host}:{self.port + after}"


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything the processes' environments are cut from."""

    addresses: Addresses
    server_url: str
    database: str
    secrets: Mapping[str, str]
    environ: Mapping[str, str]

    def uses_real_stripe(self) -> bool:
        return "STRIPE_API_BASE" in self.environ or "STRIPE_SECRET_KEY" in self.environ


def setting_of(addresses: Addresses, environ: Mapping[str, str], server_url: str) -> Setting:
    generated = load_secrets(VAR / "secrets.json")
    theirs = {name: value for name, value in environ.items() if name in generated}
    return Setting(
        addresses=addresses,
        server_url=database.plain(server_url),
        database=database.database_named_in(server_url),
        secrets={**generated, **theirs},
        environ=environ,
    )


def words_of(process: Process, addresses: Addresses) -> list[str]:
    after = process.port_after or 0
    filled = process.command.format(bind=addresses.bind(after), port=addresses.port + after)
    return [str(VENV / "bin" / filled.split()[0]), *filled.split()[1:]]


def environment_of(process: Process, setting: Setting) -> dict[str, str]:
    """Built from nothing: what is not named here or in the table does not get in."""
    passed = {name: setting.environ[name] for name in PASSED_ON if name in setting.environ}
    real = process.pretends and setting.uses_real_stripe()
    known = {} if real else known_to(process, setting)
    own = _disk(setting) if _closes_on_our_disk(process, setting) else {}
    return {**_common(setting), **passed, **known, **own}


def known_to(process: Process, setting: Setting) -> dict[str, str]:
    """The passwords and keys of its line, on a developer's machine and in production alike."""
    databases = {
        f"DATABASE_URL_{role.upper()}": database_url(setting, role) for role in process.databases
    }
    replica = setting.environ.get("DATABASE_URL_PUBLIC_READS")
    if replica and process.name == "web":
        databases["DATABASE_URL_PUBLIC_READS"] = replica
    return databases | {name: setting.secrets[name] for name in process.secrets}


def _disk(setting: Setting) -> dict[str, str]:
    """A desk computer is often nearly full and far from full: for rehearsing no share of its disk
    is asked for, unless somebody says so; what the database needs to write still is."""
    return {
        "DATABASE_DISK": str(VAR),
        "DATABASE_DISK_FREE_PERCENT": setting.environ.get("DATABASE_DISK_FREE_PERCENT", "0"),
    }


def _closes_on_our_disk(process: Process, setting: Setting) -> bool:
    """The process that stays sales before the disk is full, where the disk is this machine's."""
    return process.name == "scheduler" and "DATABASE_URL" not in setting.environ


def database_url(setting: Setting, role: str) -> str:
    return database.url_for(
        setting.server_url,
        role=role,
        password=setting.secrets[password_name(role)],
        database=setting.database,
    )


def _common(setting: Setting) -> dict[str, str]:
    addresses = setting.addresses
    common = {
        "PATH": f"{VENV / 'bin'}:{setting.environ.get('PATH', '/usr/bin:/bin')}",
        "PYTHONUNBUFFERED": "1",
        **MEMORY,
        "APP_ENV": "development",
        "PUBLIC_URL": setting.environ.get("PUBLIC_URL", addresses.url(PLATFORM)),
        "LIVE_URL": setting.environ.get("LIVE_URL", addresses.url(LIVE)),
        "OUTSIDE_URL": addresses.url(OUTSIDE),
        "BUILD_DIR": str(BUILD),
        "FILES_DIR": str(VAR / "files"),
        "MAIL_DIR": str(VAR / "mail"),
        "DEMO_ACCOUNTS": str(VAR / "demo_accounts.json"),
        "LIMITS_PER_ADDRESS": "off",  # rehearsing people all share this machine's
    }
    if not setting.uses_real_stripe():
        common["STRIPE_API_BASE"] = addresses.url(OUTSIDE)
    return common
