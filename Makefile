# Every command runs from a fresh clone: .venv and the Docker engine come by themselves.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The first Python that can run a current ansible-core.
PYTHON ?= $(shell for p in python3.13 python3.12 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.cache/collections
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible

SCENARIOS := postgresql database pg_hba app migrations gunicorn nginx site site_multi drift
READY := .cache/ready
MANY ?= 8,24
LINK := .cache/collections/ansible_collections/flaskops/stack

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

$(READY): requirements-dev.txt
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed; set PYTHON=..." >&2; exit 1; }
	@echo "Installing Ansible and the test tools into .venv ..."
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@mkdir -p $(dir $(LINK))
	@ln -sfn ../../../.. $(LINK)
	@touch $@

.PHONY: demo audit diagnose demo-destroy host host-destroy
demo: $(READY) ## Provision a fresh host with the guestbook, twice; prints its URL
	@scripts/demo

audit: $(READY) ## Audit the demo's host; prints the folder of the REPORT
	@scripts/audit

diagnose: $(READY) ## Name the layer that keeps the demo from its database
	@scripts/diagnose

demo-destroy: ## End the demo's host
	@scripts/host destroy flaskops-demo

host: ## Start one bare host: NAME=x RELEASE=bookworm
	@scripts/host start "$(NAME)" "$(or $(RELEASE),bookworm)"

host-destroy: ## End it: NAME=x
	@scripts/host destroy "$(NAME)"

.PHONY: test test-soak test-fast lint unit example browser molecule input faults bench performance build
test: test-fast browser molecule input faults build ## Everything

test-soak: $(READY) ## What test takes samples of: all drifts, and 30 times what chance decides
	@scripts/docker-engine
	@scripts/host-image bookworm trixie
	@ROUNDS=30 pytest -q tests/integration/test_migrations.py
	@DRIFTS=all $(MAKE) molecule SCENARIO=drift

test-fast: lint unit example ## Lint, units and the example's own tests

lint: $(READY) ## ansible-lint, ruff, changelog fragments
	@ruff check .
	@ruff format --check .
	@ansible-lint --offline --profile production
	@antsibull-changelog lint

unit: $(READY) ## Module cores, filters, contracts
	@pytest -q tests/unit

example: $(READY) ## The guestbook's own tests
	@pytest -q examples/guestbook/tests

browser: $(READY) ## The audit's page in headless Chromium
	@CHROMIUM=$$(scripts/chromium) pytest -q tests/browser

molecule: $(READY) ## Roles on Debian 12 and 13: all, or SCENARIO=x
	@scripts/docker-engine
	@scripts/host-image bookworm trixie
	@for scenario in $(or $(SCENARIO),$(SCENARIOS)); do \
		echo "== molecule test --scenario-name $$scenario"; \
		molecule test --scenario-name "$$scenario"; \
	done

input: $(READY) ## Mistakes in the input, each refused before anything changes
	@scripts/docker-engine
	@scripts/host-image bookworm
	@pytest -q tests/integration/test_input.py tests/integration/test_secrets.py

faults: $(READY) ## What keeps an application from its database, and migrations under all of it
	@scripts/docker-engine
	@scripts/host-image bookworm trixie
	@pytest -q tests/integration/test_connectivity.py tests/integration/test_migrations.py \
		tests/integration/test_playbooks.py

bench: $(READY) ## The same work by others too, in turns, timed: ROUNDS=3 MANY=8,24
	@scripts/docker-engine
	@scripts/host-image bookworm
	@python tests/bench/bench.py --rounds "$(or $(ROUNDS),3)" --many "$(MANY)"

performance: $(READY) ## Where each second of site.yml goes
	@scripts/docker-engine
	@scripts/host-image bookworm
	@python tests/bench/seconds.py

build: $(READY) ## The collection's tarball
	@ansible-galaxy collection build --force --output-path .cache/build >/dev/null
	@pytest -q tests/build
