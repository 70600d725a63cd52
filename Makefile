# RedisMart's everyday commands; `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help demo demo-reset stop test lint run-tests coverage format bench chaos install install-dev

PY := .venv/bin/python
export PYTHON

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: install ## Start the whole shop with its demo catalogue, and print its address
	@exec $(PY) manage.py demo

demo-reset: install ## Delete all data of the demo (under var/)
	@exec $(PY) manage.py demo_reset

stop: install ## End whatever an earlier start left running
	@exec $(PY) manage.py stop_demo

test: install-dev ## Check as `make lint` does, and run every test
# Broken style must not hide a broken test: both run, and either one fails the whole.
	@$(MAKE) --no-print-directory --keep-going lint run-tests

lint: install-dev ## Check style, types and import contracts
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports

format: install-dev ## Put the code into its standard format
	@$(PY) -m ruff check --fix --exit-zero .
	@$(PY) -m ruff format .

bench: install-dev ## Measure every page beside the same bare Redis commands
	@exec $(PY) -m bench

run-tests: install-dev
	@exec $(PY) -m pytest

coverage: install-dev ## Run every test, which takes a third longer, and print the coverage
	@exec $(PY) -m pytest --cov

chaos: install-dev ## Sell in three regions while links are cut and nodes are killed, then count every unit
	@exec $(PY) -m tests.chaos

install:
	@.ci/install requirements.txt

install-dev:
	@.ci/install requirements.txt requirements-dev.txt
