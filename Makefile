# The same targets for people and for CI. Needs Python 3.11 or newer, with its venv module, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL = @echo "Setting up $(VENV) (once, until pyproject.toml or constraints.txt changes) …" && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --constraint constraints.txt --editable

.PHONY: help run test check proofs chaos e2e format schema docs lock clean
.DELETE_ON_ERROR:

help:  ## say what there is
	@sed -n 's/^\([a-z0-9]*\): .*## /  make \1	/p' Makefile | expand -t 16

run: $(VENV)/.stamp-run  ## start the server with its sandbox on 127.0.0.1:8710, to try things on
	@GRIDWIRE_MIN_INTERVAL=$${GRIDWIRE_MIN_INTERVAL:-2} $(BIN)/gridwire serve --sandbox

test: check  ## all checks and tests, in 10 to 15 minutes
	$(BIN)/pytest --numprocesses 2 --cov

check: $(VENV)/.stamp-dev  ## the checks alone: style, types, who imports whom, dependencies
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/deptry .

proofs: $(VENV)/.stamp-proofs  ## the tests that take longer or need Node (it comes along)
	$(BIN)/pytest -m proof
	$(BIN)/pytest --hypothesis-profile=proofs tests/engine/test_any_input.py tests/engine/test_raw.py

chaos: $(VENV)/.stamp-dev  ## kill the server 500 times while 5,000 events come, and see that none is lost
	$(BIN)/python -m tests.service.chaos.chaos --kills 500 --events 5000

e2e: $(VENV)/.stamp-proofs  ## the real n8n with the exported packages (3 GB, 5 minutes to install it the first time)
	$(BIN)/python -m tests.e2e.n8n

format: $(VENV)/.stamp-dev  ## mend the style, as far as a machine can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schema: $(VENV)/.stamp-run  ## write manifests/schema.json anew, from the model
	$(BIN)/gridwire schema > $(VENV)/schema.json
	mv $(VENV)/schema.json manifests/schema.json

docs: $(VENV)/.stamp-dev  ## write the generated parts of docs/ anew
	$(BIN)/python -c 'from pathlib import Path; from connectors.manifest.page import renew; renew(Path("docs/manifest.md"))'
	$(BIN)/python -m tests.vendors.page > $(VENV)/vendors.md
	mv $(VENV)/vendors.md docs/vendors.md
	$(BIN)/python -m tests.export.page > $(VENV)/platforms.md
	mv $(VENV)/platforms.md docs/platforms/README.md

lock: $(VENV)/.stamp-venv  ## write constraints.txt anew, with the newest versions that pyproject.toml allows
	rm -rf $(VENV)/lock
	$(BIN)/python -m venv $(VENV)/lock
	$(VENV)/lock/bin/python -m pip install --quiet --editable '.[dev,proofs]'
	echo '# What is tested together; written by `make lock`.' > constraints.txt
	$(VENV)/lock/bin/python -m pip freeze --exclude-editable >> constraints.txt
	rm -r $(VENV)/lock

clean:  ## remove whatever these targets made
	rm -rf $(VENV) dist .coverage .coverage.* .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.stamp-run: $(VENV)/.stamp-venv pyproject.toml constraints.txt
	$(INSTALL) .
	@touch $@

$(VENV)/.stamp-dev: $(VENV)/.stamp-venv pyproject.toml constraints.txt
	$(INSTALL) '.[dev]'
	@touch $(VENV)/.stamp-run $@

$(VENV)/.stamp-proofs: $(VENV)/.stamp-venv pyproject.toml constraints.txt
	$(INSTALL) '.[dev,proofs]'
	@touch $(VENV)/.stamp-run $(VENV)/.stamp-dev $@

$(VENV)/.stamp-venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "gridwire needs Python 3.11 or newer, and '$(PYTHON)' is not. Install one and name it:" \
			"make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { \
		echo "'$(PYTHON)' cannot make virtual environments. Install its venv module (on Debian and Ubuntu:" \
			"apt-get install python3-venv), then try again." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@
