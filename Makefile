# Every target sets up what it needs: a virtual environment in .venv, uv inside it, and
# hash-checked packages. After the first run nothing needs the network.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --python-version 3.11

.PHONY: demo test lint docs bench nightly serve lock clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.run
	@$(BIN)/downmass demo w1 --out demo
	@echo "==> A simulated flight beside it: fluoride fibre on the station, three faults"
	@$(BIN)/downmass fly zblan --out demo

test: lint
	@echo "==> Tests"
	@$(BIN)/python -m pytest -n 2 -m "not nightly" $(PYTEST)

lint: $(VENV)/.dev
	@echo "==> Style, types, and the walls of the house"
	@$(BIN)/ruff format --check --quiet src tests bench docs
	@$(BIN)/ruff check --quiet src tests bench docs
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

docs: $(VENV)/.dev
	@echo "==> Reference pages, written from the code"
	@$(BIN)/python docs/generate.py

bench: $(VENV)/.dev
	@echo "==> Benchmarks, each beside a peer on the same work"
	@$(BIN)/python bench/run.py

nightly: $(VENV)/.dev
	@echo "==> Long runs"
	@rm -f .tally
	@DOWNMASS_TALLY=$(CURDIR)/.tally $(BIN)/python -m pytest -n 2 -m nightly $(PYTEST)
	@$(BIN)/python tests/reliability/tally.py .tally

serve: demo
	@echo "==> The dossiers of the demo at http://127.0.0.1:8000 (Ctrl-C ends it)"
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory demo 8000

lock: $(VENV)/.base
	@echo "==> Resolving and pinning every package by hash"
	@$(COMPILE) pyproject.toml -o requirements/run.txt
	@$(COMPILE) pyproject.toml --group dev -o requirements/dev.txt
	@printf 'hatchling\nuv\n' | $(COMPILE) - -o requirements/build.txt

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .tally .import_linter_cache

$(VENV)/.base: requirements/build.txt
	@echo "==> Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit("Downmass needs Python 3.11 or later; set PYTHON=python3.x") \
		if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV)
	@echo "==> Installing uv (hash-checked)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/build.txt
	@touch $@

$(VENV)/.run: $(VENV)/.base requirements/run.txt pyproject.toml
	@echo "==> Installing what Downmass runs on (hash-checked; a minute at most)"
	@$(UV) --require-hashes -r requirements/run.txt
	@$(UV) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "==> Installing what the tests need (hash-checked)"
	@$(UV) --require-hashes -r requirements/dev.txt
	@touch $@
