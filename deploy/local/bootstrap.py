"""From a bare checkout to everything the platform needs, with nothing but Python to begin with.

Run by the machine's own Python: only the standard library may be imported here. Every step is
skipped when what it reads has not changed, so that `make run` may always begin with it.
"""

import sys
from collections.abc import Iterator

from deploy.local import build, debian, node_packages, python_packages
from deploy.local.places import NODE_MODULES, PYTHON, ROOT, VENV
from deploy.local.steps import SetUpFailed, Step, carry_out, say


def steps() -> Iterator[Step]:
    """In order; each is looked at only after the one before it is done."""
    yield Step(
        says="Making the virtual environment in .venv",
        reads=[],
        makes=[PYTHON],
        stamp=VENV / "made.stamp",
        work=python_packages.make_environment,
        also=str(VENV),
    )
    locks = [python_packages.LOCK]
    if not node_packages.node_is_here():
        locks.append(node_packages.LOCK)
    yield Step(
        says="Installing the locked Python packages",
        reads=locks,
        makes=[],
        stamp=VENV / "packages.stamp",
        work=lambda: python_packages.install_locked(locks),
    )
    yield Step(
        says="Installing the locked front-end packages",
        reads=[ROOT / "package.json", ROOT / "package-lock.json"],
        makes=[],
        stamp=NODE_MODULES / "packages.stamp",
        work=node_packages.install_locked,
    )
    yield build.style_sheet()
    yield build.catalogues()


def main(arguments: list[str]) -> int:
    try:
        for step in steps():
            carry_out(step)
        if "--browser" in arguments:
            debian.offer_browser()
            debian.offer_several_machines()
        if "--lock" in arguments:
            python_packages.make_lock()
            node_packages.make_lock()
    except SetUpFailed as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("Interrupted; the next run goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
