# Sets up everything it needs in .venv and runs it. Needs make and Python >= 3.11, nothing else; a second run sets up nothing.
#
#   make demo    the service with invented people on http://127.0.0.1:8000 (CASEHUB_PORT), Ctrl-C stops it
#   make test    every test, the browser's included        make check   style, types, layers, definitions, generated pages
#   make test-15 the database's tests against an installed PostgreSQL 15
#   make proof   the heavy proofs at full size             make bench   the benchmarks
#   make docs    writes the generated pages of docs/       make lock    renews the lock files (needs uv on the PATH)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
VENDOR := casehub/web/static/vendor/.stamp
# tests wait as much as they work: three on two cores, each taking from the others when its own are done
WORKERS ?= 3
SPREAD := -n $(WORKERS) --dist worksteal

.PHONY: help demo test test-15 check proof bench docs lock
help:
	@sed -n 's/^#   /  /p' Makefile

demo: .venv/.installed
	@exec $(BIN)/casehub demo

test: .venv/.installed-dev
	@.ci/softhsm; CHROMIUM="$$(.ci/chromium)"; export CHROMIUM; exec $(BIN)/python -m pytest $(SPREAD) $(PYTEST)

# the rooms that speak to the database, against the PostgreSQL 15 that Debian installs; nothing where it is not found
test-15: .venv/.installed-dev
	@if "$$(pg_config --bindir 2>/dev/null)/postgres" --version 2>/dev/null | grep -q ' 15\.'; then \
	  .ci/softhsm; TEST_PG=15 exec $(BIN)/python -m pytest $(SPREAD) $(DATABASE_TESTS) $(PYTEST); \
	else echo "No PostgreSQL 15 found (pg_config --bindir): the embedded 18 alone was tested"; fi
# of the services that each leaves its entry and survives two at once; `make test-15 DATABASE_TESTS=tests` runs everything
DATABASE_TESTS := tests/model tests/migrations tests/access tests/audit tests/jobs tests/services/test_recording.py \
	tests/services/test_at_once.py tests/services/test_erasing.py tests/services/test_consents.py tests/services/test_deadlines.py \
	--ignore tests/access/test_decisions.py --ignore tests/access/test_policy_files.py

proof: .venv/.installed-dev
	@.ci/softhsm; CHROMIUM="$$(.ci/chromium)"; export CHROMIUM; PROOF=full exec $(BIN)/python -m pytest tests/proof -s $(PYTEST)

bench: .venv/.installed-dev
	@for each in bench/*.py; do echo "== $$each"; $(BIN)/python "$$each"; done

# every check runs, so that one run shows all there is to mend
check: .venv/.installed-dev
	@failed=; run() { echo "== $$*"; "$$@" || failed="$$failed $${1##*/}"; }; \
	run $(BIN)/ruff check .; \
	run $(BIN)/ruff format --check .; \
	run $(BIN)/mypy; \
	run $(BIN)/lint-imports; \
	run $(BIN)/casehub policies check; \
	run .ci/policies; \
	run $(BIN)/python docs/generate.py --check; \
	if [ -n "$$failed" ]; then echo "make check: failed:$$failed" >&2; exit 1; fi; \
	echo "make check: all holds"

docs: .venv/.installed-dev
	@$(BIN)/python docs/generate.py

lock:
	@uv pip compile $(LOCK) pyproject.toml --extra build -o requirements.txt
	@uv pip compile $(LOCK) pyproject.toml --extra dev -c requirements.txt -o requirements-dev.txt
	@npm install --package-lock-only
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

# --- set-up: each stamp is as new as what it was made from

.venv/bin/python:
	@for python in python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "Making .venv with $$("$$python" --version)"; \
	    "$$python" -m venv .venv >/dev/null 2>&1 && exit 0; \
	    rm -rf .venv; echo "$$python cannot make a virtual environment: install its venv module (on Debian: apt-get install python3-venv)" >&2; exit 2; \
	  fi; \
	done; \
	echo "No Python >= 3.11 found on the PATH: install one and run make again" >&2; exit 2

.venv/.installed: requirements.txt pyproject.toml $(VENDOR) | .venv/bin/python
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@

.venv/.requirements: requirements.txt | .venv/bin/python
	@echo "Installing casehub and what it runs on (about a minute the first time)"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

$(VENDOR): package.json package-lock.json build_assets.py .npmrc .venv/.requirements
	@$(BIN)/python build_assets.py
	@touch $@
