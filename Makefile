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

SCENARIOS := postgresql database pg_hba app migrations redis gunicorn nginx site site_multi drift
# What a scenario's hosts start as, where it is not the bare host.
STAGE_gunicorn := prepared
STAGE_migrations := prepared
STAGE_drift := site
# In make test, these roles have one of the two releases each; the site has both, and all have both in
# make molecule.
ONE_PLATFORM := database=bookworm pg_hba=trixie app=trixie migrations=bookworm redis=trixie gunicorn=trixie \
	nginx=bookworm
FILES_migrations := $(addprefix tests/integration/test_,migrations.py committed.py playbooks.py)
INTEGRATION := $(filter-out committed playbooks,$(patsubst tests/integration/test_%.py,%,\
	$(wildcard tests/integration/test_*.py)))
# All of make test; see scripts/run-parts. What needs no host runs while their images are made; the
# scenarios, of which one runs at a time, come first, so that there are other parts beside each.
PARTS := images test-fast sanity extending docs browser build -- example-postgresql \
	$(addprefix molecule-,drift $(filter-out drift,$(SCENARIOS))) $(addprefix integration-,$(INTEGRATION))
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

.PHONY: test images test-fast lint sanity units test-matrix unit example example-postgresql browser molecule input faults pictures bench performance build
test: $(READY) ## Everything, two parts at a time
	@ONE=1 scripts/run-parts $(PARTS)

images: $(READY) ## The images of bare, prepared and converged hosts
	@scripts/docker-engine
	@scripts/host-image bookworm trixie
	@scripts/converged-image prepared site

test-fast: lint unit example ## Lint, units and the example's own tests

lint: $(READY) ## ansible-lint, ruff, mypy, changelog fragments
	@ruff check .
	@ruff format --check .
	@mypy --package ansible_collections.flaskops.stack.plugins
	@ansible-lint --offline --profile production
	@antsibull-changelog lint
	@shellcheck $$(grep --files-with-matches --max-count=1 '^#!/usr/bin/env bash' scripts/*)

sanity: $(READY) ## ansible-test sanity, without exceptions
	@scripts/ansible-test sanity

# What runs on the controller, make unit has tested on its Python.
units: $(READY) ## ansible-test units of what runs on hosts, on their oldest Python
	@scripts/ansible-test units --python 3.9

test-matrix: $(READY) ## Both with every ansible-core that is supported, on every Python
	@scripts/test-matrix

unit: $(READY) ## Module cores, filters, contracts
	@pytest -q tests/unit tests/bench

example: $(READY) ## The guestbook's own tests
	@pytest -q examples/guestbook/tests --ignore examples/guestbook/tests/postgresql

example-postgresql: $(READY) ## The same on an ephemeral PostgreSQL, by testcontainers
	@scripts/docker-engine
	@scripts/postgres-image 17
	@TESTCONTAINERS_RYUK_DISABLED=true pytest -q examples/guestbook/tests/postgresql

browser: $(READY) ## The audit's page in headless Chromium
	@CHROMIUM=$$(scripts/chromium) pytest -q tests/browser

molecule: $(addprefix molecule-,$(or $(SCENARIO),$(SCENARIOS))) ## Roles on Debian 12 and 13: all, or SCENARIO=x

# A scenario that begins with what other roles have made starts from an image of that; its
# prepare.yml or converge.yml does the rest, and all of it where the image is bare.
molecule-%: $(READY)
	@scripts/docker-engine
	@scripts/host-image bookworm trixie
	@$(if $(STAGE_$*),scripts/converged-image $(STAGE_$*))
	@export FLASKOPS_IMAGE=flaskops-$(or $(STAGE_$*),host); molecule test --scenario-name "$*" \
		$(if $(ONE),$(patsubst $*=%,--platform-name=%,$(filter $*=%,$(ONE_PLATFORM))))

input: integration-input integration-secrets ## Mistakes in the input, each refused before anything changes

faults: integration-connectivity integration-migrations ## What keeps an application from its database, and migrations under all of it

pictures: export PICTURES := docs/pictures
pictures: integration-pictures ## The pictures of the README, anew

integration-pictures: export CHROMIUM = $(shell scripts/chromium)

# The files of one group of tests share their hosts.
integration-%: $(READY)
	@scripts/docker-engine
	@scripts/host-image bookworm trixie
	@GROUP="$*" pytest -q $(or $(FILES_$*),tests/integration/test_$*.py)

# What test takes samples of, in parts of an hour, each of which goes on with a row: FROM="its name".
.PHONY: soak-drift soak-shapes soak-faults soak-mistakes soak-packaging soak-applications soak-input \
	soak-truth soak-migrations
soak-%: export MINUTES ?= 55
soak-%: export ROWS := all
soak-%: export PYTHONPATH := $(CURDIR)/tests
soak-%: export PYTEST_ADDOPTS := -p soak

soak-drift: export DRIFTS := all
soak-drift: molecule-drift ## All drifts: FROM=row MINUTES=55

soak-shapes: export SHAPES := all
soak-shapes: integration-shapes ## Hosts of all other shapes: FROM=row

soak-faults: export FAULTS := all
soak-faults: export PYTEST_ADDOPTS := -p soak -k 'not german'
soak-faults: integration-connectivity ## All faults on all hosts, and with a tenth of a core: FROM=row MINUTES=55

soak-mistakes: integration-mistakes ## All mistakes with every driver, and SQLAlchemy 1.4: FROM=row

soak-packaging: integration-packaging ## All ways to say what an application needs: FROM=row

soak-applications: integration-applications integration-methods ## All shapes of applications

soak-input: integration-input ## All mistakes in the input: FROM=row

soak-truth: integration-truth ## All states of a host that is wrongly green or red

soak-migrations: export ROUNDS := 30
soak-migrations: integration-migrations ## 30 times what chance decides: migrations at once, and killed

bench: $(READY) ## The same work by others too, in turns, timed: ROUNDS=3 MANY=8,24
	@scripts/docker-engine
	@scripts/host-image bookworm
	@python tests/bench/bench.py --rounds "$(or $(ROUNDS),3)" --many "$(MANY)"

performance: $(READY) ## Where each second of site.yml goes
	@scripts/docker-engine
	@scripts/host-image bookworm
	@python tests/bench/seconds.py

build: $(READY) ## The collection's tarball
	@rm -rf .cache/build
	@scripts/tarball
	@pytest -q tests/build

.PHONY: docs extending inclusion release publish
docs: $(READY) ## The site of documentation; prints its first page's path
	@scripts/docs

extending: $(READY) ## A role by the recipe of CONTRIBUTING, and without one place of it
	@pytest -q tests/extending

inclusion: $(READY) ## The rules of the Ansible package, one by one
	@pytest -v tests/inclusion

release: $(READY) ## Changelog, commit, tag and tarball: VERSION=1.2.3
	@scripts/release "$(VERSION)"

publish: $(READY) ## The tag that is checked out, to Galaxy
	@scripts/publish
