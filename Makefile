# Everyday Counts. `make help` says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: $(shell grep -oE '^[a-z-]+:' $(firstword $(MAKEFILE_LIST)) | tr -d ':')

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36mmake %-10s\033[0m %s\n", $$1, $$2}'

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@echo "· setting up Python in $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV) || (echo "python3-venv is missing: run 'apt-get install python3-venv'"; exit 1)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(VENV)/.installed ## set up Python and its packages

run: setup ## the main job on real servers: an absence becomes a letter (FILE=… feeds your own)
	@$(RUN) -m deploy.local run $(if $(FILE),--file $(FILE)) $(if $(STAY),--$(if $(filter no,$(STAY)),no-)stay)

up: setup ## the same stack in the background
	@$(RUN) -m deploy.local up

down: setup ## stop it
	@$(RUN) -m deploy.local down

logs: setup ## follow the local stack's logs (SERVICE=… LEVEL=… ABOUT=… choose)
	@$(VENV)/bin/everyday logs --follow $(if $(SERVICE),--service $(SERVICE)) $(if $(LEVEL),--level $(LEVEL)) $(if $(ABOUT),--about $(ABOUT))

check: setup ## the fast part: style, types, unit, property, contract and architecture tests
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy
	@$(RUN) -m pytest -q -n auto --dist worksteal tests/unit tests/property tests/contracts tests/architecture

test: check ## every test, on real servers that it starts itself
	@$(RUN) -m pytest -q tests/component tests/integration tests/system

gate: setup ## acceptance at full size, on real servers: minutes
	@$(RUN) -m pytest -q -m gate --timeout 1800 tests/gate

bench: setup ## registers per second against the plain floor program
	@$(RUN) -m tests.bench

alerts: setup ## the alert rules, checked and unit-tested by Prometheus' promtool
	@$(RUN) -m deploy.alerts.check

templates: setup ## write every message as a picture into docs/templates, with a page of them all
	@$(RUN) -m deploy.local.preview_sheet

contracts: setup ## write the contract snapshots anew, after a change that was meant
	@$(RUN) -m tests.contracts.write

lock: setup ## pin dependencies anew, with hashes
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --extra tracing pyproject.toml -o requirements-tracing.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.txt

format: setup ## format and mend what can be mended
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

clean: ## remove what was made here
	@rm -rf $(VENV) .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
