"""Where things lie in a checkout."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
# Data lies elsewhere only for tests, so that theirs never meets a developer's.
VAR = Path(os.environ.get("LUOCHUI_VAR") or ROOT / "var").absolute()
BUILD = ROOT / "var/build"
LOGS = VAR / "log"

PYTHON = VENV / "bin/python"
