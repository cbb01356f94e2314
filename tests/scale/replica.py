"""A streaming replica of a test cluster, made with its own programs."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from deploy.local.postgres import Cluster


@contextmanager
def streaming_replica(primary: Cluster) -> Iterator[Cluster]:
    """Like `deploy/compose/replica.sh`: a base backup that goes on as a standby."""
    home = Path(tempfile.mkdtemp(prefix="luochui-replica-"))
    replica = Cluster(home, settings={**primary.settings, "hot_standby": "on"})
    try:
        _copy(primary, replica)
        replica.start()
        yield replica
    finally:
        replica.stop()
        shutil.rmtree(home, ignore_errors=True)


def wait_until_equal(primary: Cluster, replica: Cluster) -> None:
    written = primary.psql("SELECT pg_current_wal_insert_lsn()")
    deadline = time.monotonic() + 60
    while replica.psql(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") != "t":
        assert time.monotonic() < deadline, "the replica does not keep up"
        time.sleep(0.05)


def _copy(primary: Cluster, replica: Cluster) -> None:
    account = replica.account
    for folder in (replica.home, replica.data_dir):
        folder.mkdir(mode=0o700, exist_ok=True)
        account.own(folder)
    (replica.home / "password").write_text(primary.password + "\n")
    account.own(replica.home / "password")
    source = (
        f"postgresql://postgres:{quote(primary.password, safe='')}@/"
        f"?host={quote(str(primary.socket_dir), safe='')}"
    )
    command = [replica._program("pg_basebackup"), "-D", str(replica.data_dir), "-R", "-X", "stream"]
    done = account.run(
        [*command, "-c", "fast", "-d", source], cwd=replica.home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
