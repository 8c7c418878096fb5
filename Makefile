# One door to everything. `make` alone lists the targets; the environment is built when it is needed.
#
#   VENV=DIR      keep the environment elsewhere (default .venv)
#   PYTHON=EXE    build it with this interpreter (default: the newest known one from 3.11 on)
#   CASE=...      case of `make assess` and `make serve`: an embedded name or a folder
#   ARGS=...      further options of `tregua assess` or `serve`, or of pytest for `make pytest`
#   WORKERS=2     processes that share the tests; 0 runs them in one, which a debugger needs

VENV ?= .venv
CASE ?= el-salvador
ARGS ?=
WORKERS ?= 2

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
INPUTS := pyproject.toml constraints.txt

# What checks the types of the pages' JavaScript, where Node is there; users never need it.
TYPESCRIPT := typescript@7.0.2

# Checks run one after another, also under `make -j`: mixed messages help nobody. Only the kernels,
# which print a line or two, are compiled beside the other checks.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help install dev assess serve test check lint types layers web kernels pytest docs bench picture chromium clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1  \2/p' Makefile

install: $(VENV)/.runtime ## build the environment that runs tregua

dev: $(VENV)/.dev ## the same, with everything that develops and tests it

assess: $(VENV)/.runtime ## the whole study of El Salvador: record, simulate, infer, decide, assess, report
	@$(BIN)/tregua assess $(CASE) $(ARGS)

serve: $(VENV)/.app ## the same, live in a browser, until Ctrl-C
	@$(BIN)/tregua serve $(CASE) $(ARGS)

test: $(VENV)/.dev chromium check ## what CI runs: Chromium where it may be installed, then every check

# The kernels are waited for also where a check fails, so that none is left running.
check: $(VENV)/.dev ## every check, with what is installed
	@$(MAKE) --no-print-directory kernels & \
	  $(MAKE) --no-print-directory lint types layers web docs; checks=$$?; wait $$! && exit $$checks
	@$(MAKE) --no-print-directory pytest

lint: $(VENV)/.dev ## style and layout of the code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev ## types, strictly
	@$(BIN)/mypy

layers: $(VENV)/.dev ## each stage imports only from the stages before it
	@$(BIN)/lint-imports --no-logo

# Node and TypeScript are tools of this check alone: without them it says so and passes, while an
# error of types fails. Asking for the version first tells the one from the other.
web: ## types of the pages' JavaScript, where Node is there
	@command -v npx >/dev/null 2>&1 || { echo "web: left out, Node is not installed."; exit 0; }; \
	export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false \
	  npm_config_loglevel=error npm_config_fetch_retries=0 npm_config_fetch_timeout=20000; \
	tsc() { npx --yes --package=$(TYPESCRIPT) -- tsc "$$@"; }; \
	tsc --version >/dev/null 2>&1 || { echo "web: left out, $(TYPESCRIPT) cannot be had here."; exit 0; }; \
	tsc --project jsconfig.json && echo "web: no error of types"

kernels: $(VENV)/.dev ## compile what the tests run, unless it has been compiled
	@$(BIN)/python -m tests._kernels

# A file's tests stay together, so that what they share is made once. Files go out in the order of
# their folders: long ones early, quick ones last. Libraries that would start threads of their own
# are held to one for each process.
pytest: kernels ## the tests, in two processes
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
	  --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

docs: $(VENV)/.dev ## the documentation site, in docs/_build/html; any warning fails
	@$(BIN)/python -m sphinx -E -n -W --keep-going -q -b html -d docs/_build/doctrees docs docs/_build/html
	@echo "docs: docs/_build/html/index.html"

bench: $(VENV)/.dev ## the benchmarks, one table each
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done
	@$(BIN)/python -m pytest benchmarks --benchmark-columns=median,iqr,rounds --benchmark-sort=name

picture: ## the README's picture, from the report of the last `make assess` (needs Chromium)
	@chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=15000 \
	  --window-size=1280,1900 --screenshot=docs/_static/report.png \
	  "file://$(CURDIR)/tregua-out/el-salvador/report.html" 2>/dev/null
	@echo "Wrote docs/_static/report.png"

clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache src/*.egg-info docs/claims/claim-*.md
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the environment -------------------------------------------------------------------------

# A candidate counts only if it runs, is new enough and can build an environment with pip.
$(BIN)/python:
	@for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  found=$$python; \
	  "$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
	  echo "Building $(VENV) with $$("$$python" --version) ..."; \
	  "$$python" -m venv $(VENV); exit $$?; \
	done; \
	if [ -n "$$found" ]; then \
	  echo "$$found cannot build an environment: its venv or ensurepip is missing." >&2; \
	  echo "On Debian or Ubuntu: apt-get install python3-venv" >&2; \
	else \
	  echo "tregua needs Python 3.11 or newer; found $$(python3 --version 2>&1 || echo none)." >&2; \
	  echo "Install one, or name it: make PYTHON=/path/to/python3.12" >&2; \
	fi; \
	exit 1

$(VENV)/.runtime: $(INPUTS) | $(BIN)/python
	@echo "Installing tregua and the libraries it runs on (a minute or two, once) ..."
	@$(PIP) --editable .
	@touch $@

$(VENV)/.app: $(VENV)/.runtime
	@echo "Installing the libraries of the server ..."
	@$(PIP) --editable '.[app]'
	@touch $@

$(VENV)/.dev: $(INPUTS) | $(BIN)/python
	@echo "Installing tregua, its libraries and the tools that test it (a few minutes, once) ..."
	@$(PIP) --editable '.[dev]'
	@touch $(VENV)/.runtime $(VENV)/.app $@

# The browser tests drive Debian's Chromium. Without it they are skipped, except in CI.
chromium: ## make Chromium available for the browser tests, where this is allowed
	@if command -v chromium >/dev/null 2>&1; then exit 0; fi; \
	if command -v apt-get >/dev/null 2>&1; then \
	  if [ "$$(id -u)" = 0 ]; then root=""; may=yes; \
	  elif sudo -n true 2>/dev/null; then root="sudo -n"; may=yes; fi; \
	fi; \
	if [ -n "$$may" ]; then \
	  echo "Installing Chromium and a font from Debian's packages ..."; \
	  apt="$$root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"; \
	  $$apt update && $$apt install -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	fi; \
	if command -v chromium >/dev/null 2>&1; then exit 0; fi; \
	if [ -n "$$CI" ]; then echo "Chromium could not be installed; CI needs it." >&2; exit 1; fi; \
	echo "Chromium is not installed and may not be installed here: the browser tests will be skipped."; \
	echo "On Debian or Ubuntu: apt-get install chromium"
