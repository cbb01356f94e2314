# Everything begins here: `make` alone says what there is. docs/setup.md tells the rest.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
# So that the small programs below find each other and never a namesake on the machine.
export PYTHONPATH :=
BIN := .venv/bin
LOCAL := $(BIN)/python -m deploy.local
# A hundred short processes of the tests would each compile the whole platform for themselves.
export PYTHONDONTWRITEBYTECODE :=
# Two processes of tests, each with a database server of its own; `tests/conftest.py` says what stays
# in one of them. A third was tried: on two cores it brings nothing, they are never idle.
BESIDE := -n 2 --dist loadfile

.PHONY: help setup run stop test check faults rules lock clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name says; do \
	  printf '  make %-7s %s\n' "$$name" "$$says"; done

setup: ## install and build what is missing (every other target does it by itself)
	@$(PYTHON) -m deploy.local.bootstrap

run: setup ## run the platform with demonstration data; PORT=8000 HOST=127.0.0.1
	@$(LOCAL).supervisor run --host $(HOST) --port $(PORT)

stop: ## stop what `make run` started, from anywhere
	@if [ -x $(BIN)/python ]; then $(LOCAL).supervisor stop; else echo "Nothing is running."; fi

# The tests run even where a check has failed: whoever reads the end should see both.
test: ## run every check and every test, browser and all
	@$(PYTHON) -m deploy.local.bootstrap --browser
	@status=0; \
	$(MAKE) --no-print-directory --keep-going lint || status=1; \
	echo "$(BIN)/python -m pytest $(BESIDE)"; $(BIN)/python -m pytest $(BESIDE) || status=1; \
	exit $$status

check: setup lint ## run what needs no browser: ruff, mypy, import-linter, pytest
	$(BIN)/python -m pytest $(BESIDE) -m "not browser and not journey"

.PHONY: lint lint-style lint-format lint-types lint-imports
lint: lint-style lint-format lint-types lint-imports
lint-style:
	$(BIN)/ruff check
lint-format:
	$(BIN)/ruff format --check
lint-types:
	$(BIN)/mypy
lint-imports:
	$(BIN)/lint-imports

# Kept beside the services that they try; at full size when FAULTS=all.
MONEY_FAULTS := tests/services/test_nine_events.py tests/services/test_provider_down.py

faults: setup ## break everything while people bid; SEED=1; writes docs/faults.md
	@seed=$${SEED:-$$(date +%s)}; results=$$(mktemp); echo "SEED=$$seed"; status=0; \
	FAULTS=all SEED=$$seed FAULTS_RESULTS=$$results $(BIN)/python -m pytest tests/faults $(MONEY_FAULTS) || status=$$?; \
	$(BIN)/python -m tests.faults.report $$results $$seed; rm -f $$results; exit $$status

rules: setup ## write docs/rules.md and docs/states.md anew from list, code and tests
	@$(BIN)/python -m tests.rules.write

lock: setup ## choose the newest versions that requirements.in and package.json allow
	@$(PYTHON) -m deploy.local.bootstrap --lock

clean: stop ## remove all data, the environment and everything that was built
	@$(PYTHON) -m deploy.local.clean
