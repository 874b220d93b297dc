# Everything a person or the CI does with this repository. `make` alone lists it.
# Needs: python3.11 with venv, make, git. Nothing is installed outside this folder.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := -m pip install --quiet --disable-pip-version-check --no-input
UV := .venv-uv/bin/uv pip install --quiet --compile-bytecode --cache-dir .venv-uv/cache
# Tests start hundreds of processes that import this code and may write no bytecode.
COMPILE = $(BIN)/python -m compileall -q migrator
CONSTRAINTS := requirements/constraints.txt
DEMO := demo_project

.DEFAULT_GOAL := help
.PHONY: help demo demo-bridge ui test unit browser integration bridge conformance conformance-page conformance-record parity parity-record benchmark coverage projects lint format airflow dbt lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# uv installs in seconds what takes pip minutes. Where it cannot be had, or cannot install (from an index that pip alone knows), pip does.
.venv-uv/.tried:
	$(PYTHON) -m venv $(@D)
	-$(@D)/bin/python $(PIP) uv==0.13.9
	@touch $@

# $(call environment,ARGUMENTS): the target's folder becomes an environment that holds what pip installs by these arguments.
define environment
$(PYTHON) -m venv $(@D)
$(UV) --python $(@D)/bin/python $(1) || $(@D)/bin/python $(PIP) $(1)
@touch $@
endef

$(VENV)/.installed: pyproject.toml $(CONSTRAINTS) | .venv-uv/.tried
	$(call environment,--constraint $(CONSTRAINTS) --editable '.[dev]')

# Exactly what was installed when the facts were recorded, so nothing is resolved anew.
.venv-airflow3-providers/.installed: tests/conformance/requirements-providers.txt | .venv-uv/.tried
	$(call environment,--no-deps --requirement $<)

.venv-dbt/.installed: tests/integration/requirements-dbt.txt | .venv-uv/.tried
	$(call environment,--requirement $<)

.venv-airflow%/.installed: tests/integration/requirements-airflow%.txt | .venv-uv/.tried
	$(call environment,--requirement $<)

# The generated project reads and writes below .demo/ only; its warehouse is a DuckDB file.
demo ui: export DAGSTER_HOME := $(CURDIR)/.demo/dagster
demo ui: export FERNWOOD_DATA := $(CURDIR)/.demo/data
demo ui: export WAREHOUSE_URL := duckdb:///$(CURDIR)/.demo/warehouse.duckdb
demo ui: export PYTHONPATH := $(CURDIR)/$(DEMO)/src
demo ui: export PATH := $(CURDIR)/$(BIN):$(PATH)

# $(call launch,JOB,PARTITION): a run of a job in this process; its log is only shown when it fails.
define launch
@echo "dg launch --job $(1) --partition $(2)"
@cd $(DEMO) && dg launch --job $(1) --partition $(2) > ../.demo/$(1).log 2>&1 || { tail -40 ../.demo/$(1).log; exit 1; }
@echo "  $$(grep -c STEP_SUCCESS .demo/$(1).log) steps succeeded"
endef

demo: $(VENV)/.installed  ## analyze sample_dags/, generate a Dagster project, verify it, run five of its jobs
	rm -rf $(DEMO) .demo
	mkdir -p .demo/dagster .demo/data
	cp -R sample_dags/data/raw .demo/data/raw
	printf 'telemetry: {enabled: false}\nnux: {enabled: false}\n' > .demo/dagster/dagster.yaml
	migrate analyze sample_dags
	migrate generate sample_dags --output $(DEMO)
	migrate verify sample_dags $(DEMO)
	$(call launch,orders_daily,2026-01-02)
	$(call launch,web_events_daily,2026-01-02)
	$(call launch,stock_replenishment,2026-01-02)
	$(call launch,warehouse_load,2026-01-02)
	$(call launch,marts_daily,2026-01-02)
	python demo/warehouse.py
	@echo "The Dagster project is in $(DEMO)/. 'make ui' opens it at http://127.0.0.1:3000"

demo-bridge: $(VENV)/.installed .venv-airflow3/.installed  ## Airflow 3 and Dagster side by side: move a task over and back (KEEP=1: leave both on)
	$(BIN)/python -m demo.bridge

ui: $(VENV)/.installed  ## open the Dagster UI on the project that `make demo` made
	@test -d $(DEMO) || { echo "run 'make demo' first"; exit 1; }
	cd $(DEMO) && dg dev --host 127.0.0.1 --port 3000

test: $(VENV)/.installed airflow dbt browser  ## set up everything and run all tests
	$(COMPILE)
	$(BIN)/python -m pytest -n 2 --dist loadgroup

unit: $(VENV)/.installed  ## run the tests that start no Airflow and no Dagster process
	$(COMPILE)
	$(BIN)/python -m pytest -n 2 -m 'not integration'

browser:  ## install Chromium for the browser's tests, where there is none (Debian, as root)
	@command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null; }

bridge: $(VENV)/.installed airflow  ## run the bridge's scenarios on real Airflow 2.11 and 3 (many minutes)
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m 'slow or integration' tests/bridge/test_shadow.py tests/integration/test_bridge_airflow2.py tests/integration/test_bridge_airflow3.py tests/integration/test_bridge_load.py

conformance: $(VENV)/.installed airflow  ## compare the analysis of example DAGs and the providers' system tests with Airflow
	$(BIN)/python -m tests.conformance

conformance-page: $(VENV)/.installed airflow  ## the same, written to docs/conformance.md
	$(BIN)/python -m tests.conformance --write

conformance-record: $(VENV)/.installed .venv-airflow3-providers/.installed  ## ask Airflow again what the providers' system tests define
	$(BIN)/python -m tests.conformance.record .venv-airflow3-providers/bin/python

parity: $(VENV)/.installed  ## run the parity cases in Dagster, compare with what Airflow did, and write docs/parity.md
	$(BIN)/python -m tests.parity table

parity-record: $(VENV)/.installed airflow  ## run the parity cases in real Airflow again
	$(BIN)/python -m tests.parity record

benchmark: $(VENV)/.installed .venv-airflow3/.installed  ## measure speed and memory, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks --airflow .venv-airflow3/bin/python

coverage: $(VENV)/.installed  ## count what the tasks of DAG folders become, and what keeps the rest (FOLDERS="a b+root")
	$(BIN)/python -m tools.coverage $(or $(FOLDERS),sample_dags)

projects: $(VENV)/.installed  ## generate projects from DAG folders, load, lint and test them (FOLDERS="a b@2")
	$(BIN)/python -m tools.projects $(or $(FOLDERS),sample_dags)

lint: $(VENV)/.installed  ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed  ## format the code and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

airflow: .venv-airflow3/.installed .venv-airflow2/.installed  ## make the two environments that hold Airflow 3 and 2

dbt: .venv-dbt/.installed  ## make the environment that holds dagster-dbt, dbt and DuckDB

lock:  ## write requirements/constraints.txt anew from pyproject.toml
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python $(PIP) --editable '.[dev]'
	echo '# Exact versions that the tests run with, on Python 3.11. Made by `make lock` from pyproject.toml.' > $(CONSTRAINTS)
	.venv-lock/bin/python -m pip freeze --exclude-editable --disable-pip-version-check >> $(CONSTRAINTS)
	rm -rf .venv-lock

clean:  ## remove everything that the commands above made
	rm -rf $(VENV) .venv-uv .venv-dbt .venv-airflow3 .venv-airflow2 .venv-airflow3-providers .venv-lock $(DEMO) .demo .conformance .screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
