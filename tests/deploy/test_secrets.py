"""Secrets of a checkout's own: private, kept, and given only to whom they are for."""

import base64
import json
import os
import stat
from pathlib import Path

import pytest
from nacl.public import PrivateKey, PublicKey, SealedBox

from deploy.local.processes import PROCESSES, Addresses, Process, Setting, environment_of
from deploy.local.secrets import ROLES, load_secrets, password_name

BY_NAME = {process.name: process for process in PROCESSES}


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(
        addresses=Addresses("127.0.0.1", 8000),
        server_url="postgresql://postgres:superuser@/postgres?host=%2Frun",
        database="luochui",
        secrets=load_secrets(tmp_path / "secrets.json"),
        environ={"PATH": "/usr/bin", "LANG": "C.UTF-8", "AWS_SECRET": "none of our business"},
    )


def test_nobody_else_can_read_the_secrets_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)

    load_secrets(tmp_path / "secrets.json")
    os.umask(before)

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_secrets_stay_the_same_from_start_to_start(tmp_path: Path) -> None:
    first = load_secrets(tmp_path / "secrets.json")
    second = load_secrets(tmp_path / "secrets.json")

    assert first == second


def test_a_secret_a_later_version_needs_is_added_and_the_others_stay(tmp_path: Path) -> None:
    first = load_secrets(tmp_path / "secrets.json")
    older = {name: value for name, value in first.items() if name != "SIGNING_KEY"}
    (tmp_path / "secrets.json").write_text(json.dumps(older))

    second = load_secrets(tmp_path / "secrets.json")

    assert second.keys() == first.keys()
    assert {name: second[name] for name in older} == older


@pytest.mark.parametrize("pair", ["ENVELOPE", "CONTACT"])
def test_what_the_public_half_seals_the_private_half_opens(tmp_path: Path, pair: str) -> None:
    secrets = load_secrets(tmp_path / "secrets.json")
    public = PublicKey(base64.b64decode(secrets[f"{pair}_PUBLIC_KEY"]))
    private = PrivateKey(base64.b64decode(secrets[f"{pair}_PRIVATE_KEY"]))

    sealed = SealedBox(public).encrypt("王小明".encode())

    assert SealedBox(private).decrypt(sealed).decode() == "王小明"


# The whole table of who may know what. Widening it is a decision: change it here as well.
HOLDERS = {
    "ENVELOPE_PRIVATE_KEY": {"scheduler"},
    "CONTACT_PRIVATE_KEY": {"notifier"},
    "STRIPE_SECRET_KEY": {"worker", "outside"},
    "STRIPE_WEBHOOK_SECRET": {"web", "outside"},
    "DATABASE_URL_MIGRATOR": {"demo"},
    "DATABASE_URL_CLOSER": {"scheduler", "worker"},
    "DATABASE_URL_NOTIFIER": {"notifier"},
    "DATABASE_URL_WEB": {"web", "demo"},
    "DATABASE_URL_DRAIN": {"web"},
    "DATABASE_URL_PUBLIC": {"web", "live"},
    "SIGNING_KEY": {"web"},
    "LIVE_PASS_KEY": {"web", "live"},
    "SECRET_KEY": {"web", "demo"},
    "BLIND_INDEX_KEY": {"web"},
}


@pytest.mark.parametrize("secret", HOLDERS)
def test_a_secret_is_known_only_to_the_processes_it_is_for(setting: Setting, secret: str) -> None:
    holders = {p.name for p in PROCESSES if secret in environment_of(p, setting)}

    assert holders == HOLDERS[secret]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_no_process_holds_a_password_that_is_not_of_its_roles(
    setting: Setting, process: Process
) -> None:
    told = "\n".join(environment_of(process, setting).values())
    foreign = [role for role in ROLES if role not in process.databases]

    assert not [role for role in foreign if setting.secrets[password_name(role)] in told]
    assert "superuser" not in told


def test_the_callers_environment_stays_outside(setting: Setting) -> None:
    environment = environment_of(BY_NAME["web"], setting)

    assert "AWS_SECRET" not in environment
    assert environment["LANG"] == "C.UTF-8"


def test_a_real_stripe_key_is_never_sent_to_the_local_server(setting: Setting) -> None:
    theirs = {"STRIPE_SECRET_KEY": "sk_test_of_theirs"}
    real = Setting(
        addresses=setting.addresses,
        server_url=setting.server_url,
        database=setting.database,
        secrets={**setting.secrets, **theirs},
        environ={**setting.environ, **theirs},
    )

    worker = environment_of(BY_NAME["worker"], real)
    pretender = environment_of(BY_NAME["outside"], real)

    assert worker["STRIPE_SECRET_KEY"] == "sk_test_of_theirs"
    assert "STRIPE_API_BASE" not in worker
    assert "sk_test_of_theirs" not in pretender.values()
