# Guangdong IP Exchange. `make run` and `make test` do all that they need by themselves, from a fresh clone on.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev translations run test check lint types layers schema fix db seed docs lock

PY := .venv/bin/python
FLASK := $(PY) -m flask --app wsgi
PORT ?= 8000
HOST ?= 127.0.0.1
DEMO ?= 1
CORES := $(shell nproc 2>/dev/null || echo 2)
JOBS ?= $(shell expr $(CORES) + 1)
export PORT HOST DEMO PYTHON
# Bytecode is kept, wherever that was turned off: the tests start many processes of two thousand modules each.
export PYTHONDONTWRITEBYTECODE :=

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup:  ## own .venv from the locked requirements, translations compiled; nothing to do when up to date (PYTHON=python3.12 chooses)
	@sh scripts/setup.sh runtime

setup-dev:
	@sh scripts/setup.sh runtime dev

run: setup  ## the seeded demo site with its worker on http://127.0.0.1:8000 (PORT=, HOST=, DATABASE_URL=, DEMO=0)
	@$(FLASK) db upgrade
	@if [ "$(DEMO)" != 0 ]; then $(FLASK) seed; fi
	@EMBEDDED_WORKER=$(DEMO) exec $(PY) -m gunicorn --config gunicorn.conf.py wsgi:app

test: setup-dev  ## every test, on SQLite and PostgreSQL; T=tests/deals for some, JOBS=2 for fewer processes
	@$(PY) -m pytest -n $(JOBS) --dist loadgroup $(T)

check: setup-dev lint types layers schema  ## what has to be green before a push, besides the tests
	@$(FLASK) docs --check

lint:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

types:
	$(PY) -m mypy

layers:
	.venv/bin/lint-imports

schema:
	$(PY) -m scripts.check_migrations

fix: setup-dev  ## format, and repair what can be repaired
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

db: setup  ## bring the database up to date
	@$(FLASK) db upgrade

seed: db  ## demo data: organisations, listings, deals in every state (asks nothing twice)
	@$(FLASK) seed

docs: setup  ## regenerate docs/states.md, docs/permissions.md, docs/rules.md
	@$(FLASK) docs

translations: setup-dev  ## bring translations/ up to date with the sentences in the sources
	@$(PY) -m scripts.translations update

lock: setup-dev  ## resolve requirements/*.in anew into locked files with hashes (needs uv)
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--output-file requirements/runtime.txt requirements/runtime.in
	$(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--output-file requirements/dev.txt requirements/dev.in
