"""Removes whatever is not in the repository: data, environment, packages, everything built."""

import shutil
from pathlib import Path

from deploy.local.places import BUILD, NODE_MODULES, ROOT, VAR, VENV
from deploy.local.postgres import Cluster, home_within_reach

CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")
OURS = ("app", "auction_engine", "bench", "deploy", "migrations", "tests")


def main() -> None:
    cluster = Cluster(home_within_reach(VAR / "postgres"))
    removed = [VAR, BUILD, VENV, NODE_MODULES, cluster.home, cluster.socket_dir]
    removed += [ROOT / cache for cache in (*CACHES, "__pycache__")]
    removed += (ROOT / "app").rglob("*.mo")
    for folder in OURS:
        removed += (ROOT / folder).rglob("__pycache__")
    for path in removed:
        _remove(path)
    print("Removed var, .venv, node_modules and everything that was built.")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
