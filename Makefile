# Two commands: `make repro` and `make test`.  Both set up .venv from the lock file first.
PYTHON ?= python3
BIN := .venv/bin
# stages call `python`: let it be the environment's
export PATH := $(CURDIR)/$(BIN):$(PATH)
# DVC and MLflow fail where the home is missing, or closed to this user: containers, service users
ifneq ($(shell test -w "$$HOME" -a -x "$$HOME" && echo open),open)
export HOME := $(CURDIR)/.relaxnet/home
export PIP_NO_CACHE_DIR := 1
endif

.PHONY: repro repro-all test test-slow test-browser architectures lessons searches dashboard lint ui env env-all lock clean help

help:      ## this list
	@grep -E '^[a-z-]+: .*##' Makefile | sed -E 's/:.*##/\t/'

repro: env ## the whole pipeline of the main study with the profile in params.yaml; a second call re-runs nothing
	@$(BIN)/python pipelines/check.py relaxation
	@$(BIN)/python pipelines/repro.py
	@$(BIN)/python -m relaxnet report

repro-all: env-all ## the pipelines of all studies
	@for study in relaxation $(notdir $(patsubst %/,%,$(dir $(wildcard pipelines/*/dvc.yaml)))); do \
	  $(BIN)/python pipelines/check.py $$study || exit; done
	@$(BIN)/python pipelines/repro.py dvc.yaml $(wildcard pipelines/*/dvc.yaml)
	@$(BIN)/python -m relaxnet report

test: env ## the quick tests, in as many processes as there are processors
	@$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist worksteal

test-slow: env ## the slow tests, and drills with faults on purpose: about an hour
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m slow

test-browser: env ## the report in a headless Chromium, which must be on the PATH
	@$(BIN)/python -m pytest -m browser

GRIDS := pipelines/relaxation/grids/dvc.yaml
architectures: env ## every architecture on equal terms, three seeds each: about half an hour
	@$(BIN)/python -m dvc repro $(GRIDS):grid@zoo $(GRIDS):grid@paper

lessons: env ## loss weight, losses, transfer, three seeds each, and 24 CNNs (docs/lessons.md): about three quarters of an hour
	@$(BIN)/python -m dvc repro $(addprefix $(GRIDS):grid@,loss-weight losses transfer cnn)

searches: env ## the hyper-parameter searches, and a training of what each found: the better part of an hour
	@$(BIN)/python -m dvc repro pipelines/relaxation/searches/dvc.yaml

dashboard: env ## optuna-dashboard on the searches, on http://127.0.0.1:8080 (docs/searches.md)
	@$(BIN)/optuna-dashboard .relaxnet/relaxation/optuna-journal.log

lint: env ## style, types, and which package may import which
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

ui: env ## the MLflow UI on http://127.0.0.1:5000 (docs/mlflow.md)
	@$(BIN)/python -m relaxnet.tracking.ui

env: .venv/.complete ## .venv from requirements.lock

.venv/.complete: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "relaxnet needs Python 3.11 to 3.13; choose one with: make PYTHON=python3.x")'
	@echo "Installing the locked environment into .venv (a few minutes, once) ..."
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# bytecode by all processors, where pip takes one; what is no Python of this version may stay as it is
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib src || true
	@touch $@

env-all: .venv/.complete-all ## .venv with what single studies need, too: QM9 (104 MB), GFN2-xTB, and MKL (310 MB, Linux on x86-64)

.venv/.complete-all: .venv/.complete requirements-spectroscopy.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-spectroscopy.lock
	@touch $@

COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras \
  --no-annotate --no-header --exclude-newer "$$(date -d '1 month ago' +%F)" --quiet
EXTRAS := import tomllib; found = tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]; print(*found["spectroscopy"], *found["mkl"], sep="\n")

lock:      ## renew the lock files (needs uv; releases at least a month old)
	$(COMPILE) --extra dev pyproject.toml --output-file requirements.lock
	$(PYTHON) -c '$(EXTRAS)' | $(COMPILE) --constraint requirements.lock - --output-file requirements-spectroscopy.lock

clean:     ## remove the environment and tool caches (data, models and reports stay)
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis src/*.egg-info
	find . -name __pycache__ -not -path './.dvc/*' -prune -exec rm -rf {} +
