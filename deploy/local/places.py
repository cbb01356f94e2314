"""Where things lie in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
VAR = ROOT / "var"
BUILD = VAR / "build"
LOGS = VAR / "log"

PYTHON = VENV / "bin/python"
