# Ringback's commands. Needs GNU make and Python 3.11 or newer; everything else is installed into this folder.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON ?= python3
UV_VERSION := 0.13.9

# The installer keeps to this folder and this Python, whatever the shell around it has set.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH UV_PROJECT_ENVIRONMENT UV_PYTHON
export UV_PYTHON_DOWNLOADS := never
# The machine's certificates where it has some: a clinic's network may have a proxy that signs with its own.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS ?= true
endif

ROOMS := config intake callbacks accounts vault audit lib
IN := .venv/bin/python
UV := .uv/bin/uv --no-progress
# What is stored, claimed and recorded: the tests that another version of PostgreSQL or Redis could fail. Left out is what
# reads and shows: pages, JSON, signatures, the screen and the pure modules.
STORAGE := tests/audit tests/vault tests/callbacks tests/intake tests/config/test_postgres_server.py \
	tests/config/test_postgres_access.py tests/config/test_valkey_server.py tests/config/test_database_tls.py \
	--ignore-glob '*_pages.py' --ignore-glob '*/test_torture*' --ignore-glob '*/test_sign*' --ignore-glob '*/test_token*' \
	$(addprefix --ignore tests/callbacks/,scheduling crm/test_fhir.py crm/test_salesforce.py crm/test_pure.py) \
	$(addprefix --ignore tests/intake/,sources screen quality web test_schemathesis.py test_openapi.py test_vapi_document.py \
	test_json_reading.py test_tools.py test_messages.py test_webhook_odd_content.py test_webhook_refusals.py)
# All tests together are shared among processes, each with servers of its own; beyond four they only wait for the disk.
SHARED := -n logical --maxprocesses 4 --dist worksteal
RUN_READY := .venv/.ready-to-run
TEST_READY := .venv/.ready-to-test
BENCH_READY := .bench/.ready

# Other servers for the tests than those of the checkout: a folder with initdb and postgres, and a redis-server.
SERVERS = $(if $(PG),EMBEDDED_PG_BIN=$(PG)) $(if $(REDIS),EMBEDDED_REDIS=$(REDIS))

.PHONY: help run test test-storage screenshots check audit-deps bench bench-growth format setup clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

run: $(RUN_READY) ## start the whole desk here; Ctrl-C stops it
	@exec $(IN) -m config.stack

setup: $(TEST_READY) ## install everything developers need into .venv

test: $(TEST_READY) ## run all tests (ARGS="-k queue" for some; PG=/usr/lib/postgresql/15/bin REDIS=/usr/bin/redis-server)
	@.ci/browser
	@exec env $(SERVERS) $(IN) -m pytest $(or $(ARGS),$(SHARED))

test-storage: $(TEST_READY) ## only what another PostgreSQL or Redis could fail: the arguments come from .ci/debian
	@exec env $(SERVERS) $(IN) -m pytest -q $(STORAGE) $(SHARED) $(ARGS)

screenshots: $(TEST_READY) ## take pictures of every page and state (make screenshots ARGS=--help)
	@.ci/browser
	@exec $(IN) -m tests.browser $(ARGS)

check: $(TEST_READY) ## lint, format, types, import contracts, migrations, deployment and security checks
	$(IN) -m ruff check .
	$(IN) -m ruff format --check .
	$(IN) -m mypy $(ROOMS) tests bench manage.py
	.venv/bin/lint-imports
	$(IN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run --settings config.settings.test
	$(IN) manage.py check --deploy --fail-level WARNING --settings config.settings.rehearsal
	$(IN) -m bandit --quiet --configfile pyproject.toml --recursive $(ROOMS)

audit-deps: .uv/.ready-$(UV_VERSION) ## ask for known weaknesses of every locked package; fails if one was skipped
	@UV_PROJECT_ENVIRONMENT=.uv/audit $(UV) sync --quiet --locked --only-group audit --python .uv/bin/python
	@$(UV) export --quiet --locked --all-groups --format requirements-txt --output-file .uv/audit/requirements.txt
	@REQUESTS_CA_BUNDLE="$(wildcard /etc/ssl/certs/ca-certificates.crt)" .uv/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
	  --requirement .uv/audit/requirements.txt

bench: $(BENCH_READY) ## performance beside its peers (make bench ONLY=P14 QUICK=1 ARTICLE=file HELP=1)
	@exec .bench/venv/bin/python -m bench $(ONLY) $(if $(QUICK),--quick) $(if $(HELP),--help)

bench-growth: $(BENCH_READY) ## half an hour of reports, and whether memory grows
	@exec .bench/venv/bin/python -m bench P13-growth

format: $(TEST_READY) ## let ruff rewrite the code in the house style
	$(IN) -m ruff check --fix .
	$(IN) -m ruff format .

clean: ## remove what was installed; keeps the data in var/
	rm -rf .venv .uv .bench

# --inexact: running the desk must not take a developer's tools away.
$(RUN_READY): pyproject.toml uv.lock .uv/.ready-$(UV_VERSION)
	@echo "Installing Ringback into .venv ..."
	@$(UV) sync --locked --no-dev --inexact --python .uv/bin/python
	@touch $@

$(TEST_READY): pyproject.toml uv.lock .uv/.ready-$(UV_VERSION)
	@echo "Installing Ringback and its tools into .venv ..."
	@$(UV) sync --locked --python .uv/bin/python
	@touch $@ $(RUN_READY)

# Away from .venv: the peers are no part of the desk.
$(BENCH_READY): pyproject.toml uv.lock .uv/.ready-$(UV_VERSION)
	@echo "Installing Ringback and its peers into .bench ..."
	@UV_PROJECT_ENVIRONMENT=.bench/venv $(UV) sync --locked --no-dev --group bench --python .uv/bin/python
	@touch $@

.uv/.ready-$(UV_VERSION):
	@command -v $(PYTHON) >/dev/null \
	  || { echo "Ringback needs Python 3.11 or newer, but $(PYTHON) was not found (Debian: apt-get install python3)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Ringback needs Python 3.11 or newer, but $(PYTHON) is $$($(PYTHON) -V); name another with PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make environments; install Debian's package python3-venv and try again."; exit 1; }
	@echo "Installing uv $(UV_VERSION) into .uv ..."
	@rm -rf .uv
	@$(PYTHON) -m venv .uv
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
