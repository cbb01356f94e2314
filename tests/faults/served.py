"""How gunicorn serves in the rig: as in life, but a killed worker is back at once, with a door.

What takes long to load is loaded before the workers are forked; each makes its own application.
"""

from __future__ import annotations

import os

from gevent import monkey

monkey.patch_all()

# psycopg asks at its import whether gevent is there, so everything else comes after the patch.
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

from tests.faults.inside import open_door  # noqa: E402

for _loaded in os.environ["RIG_LOADS"].split():
    import_module(_loaded)

worker_class = "gevent"
graceful_timeout = 5
worker_connections = 5000


def post_worker_init(_worker: Any) -> None:
    open_door()
