# rnprog: `make` lists the targets. Everything runs in .venv, which is built from requirements.lock.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

VENV := .venv
BIN := $(VENV)/bin
PIP := python -m pip --disable-pip-version-check --no-input -qq
# Options for the command behind demo, bench, test-fast and soak: make demo ARGS=--fast
ARGS :=

# Sets $python to the first interpreter that is new enough, or says so and ends. Choose another with make PYTHON=...
CANDIDATES := $(PYTHON) python3 python3.13 python3.12 python3.11
define FIND_PYTHON
python=; \
for each in $(CANDIDATES); do \
    if "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then python=$$each; break; fi; \
done; \
if [ -z "$$python" ]; then \
    echo "rnprog needs Python 3.11 or newer, and none of these is: $(strip $(CANDIDATES)). Name one with make PYTHON=..." >&2; exit 1; \
fi
endef

.PHONY: help venv demo test check test-fast lint contracts types coverage tests-of-the-rest bench soak wheel-check lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.ready ## a whole appointment on the emulator
	@$(BIN)/rnprog demo $(ARGS)

test: lint contracts types coverage tests-of-the-rest ## everything: style, contracts, types, coverage, all tests

check: test ## the same as test

test-fast: $(VENV)/.ready ## all tests and nothing else
	@$(BIN)/pytest $(ARGS)

lint: $(VENV)/.ready ## ruff: rules and format
	@echo "== ruff"
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted as ruff would: $(BIN)/ruff format"; exit 1; }

contracts: $(VENV)/.ready ## import-linter: who may import whom
	@echo "== import-linter"
	@$(BIN)/lint-imports --no-logo --no-cache

types: $(VENV)/.ready ## mypy, strict
	@echo "== mypy"
	@$(BIN)/mypy --strict rnprog device_emulator

# The tests of the wire, the medicine and the record run under coverage, all others without: each test runs once.
COVERED := tests/protocol tests/therapy tests/session/test_record.py tests/session/test_record_clock_and_space.py
# One process more than there are cores, because some tests wait for real time. Each test has directories, locks and devices of its own.
JOBS := -n $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN || echo 2) + 1 ))) --dist worksteal -q

coverage: $(VENV)/.ready ## tests of protocol, therapy and record: every line and branch
	@echo "== tests of protocol, therapy and record, every branch"
	@$(BIN)/pytest $(JOBS) $(COVERED) --cov --cov-report=term-missing:skip-covered

tests-of-the-rest: $(VENV)/.ready
	@echo "== all other tests"
	@$(BIN)/pytest $(JOBS) $(COVERED:%=--ignore=%)

bench: $(VENV)/.ready ## how fast: each figure as a ratio in the same run
	@$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.ready ## all tests, the long random runs, and every attack in full: the table in docs/reliability.md
	@$(BIN)/pytest --soak -o faulthandler_timeout=3600 $(ARGS)
	@$(BIN)/python -m tests.attacks all --full --write

# In folders of its own and away from the source, so that only what the wheel holds can be found.
CHECKED := build/wheel-check
wheel-check: $(VENV)/.ready ## build the wheel and try it in a clean environment
	@rm -rf $(CHECKED) && mkdir -p $(CHECKED)/elsewhere
	@echo "== building the source archive, and the wheel from it"
	@$(BIN)/python -m build --no-isolation --outdir $(CHECKED) . >$(CHECKED)/log 2>&1 || { cat $(CHECKED)/log; exit 1; }
	@echo "== installing the wheel"
	@$(BIN)/python -m venv $(CHECKED)/venv
	@sed -nE 's/^([a-z0-9-]+==[^\\]+)\\?$$/\1/p' requirements.lock > $(CHECKED)/versions
	@$(CHECKED)/venv/bin/$(PIP) install -c $(CHECKED)/versions $(CHECKED)/*.whl
	@echo "== trying it"
	@cd $(CHECKED)/elsewhere && ../venv/bin/rnprog --version
	@cd $(CHECKED)/elsewhere && ../venv/bin/rnprog profile list
	@cd $(CHECKED)/elsewhere && ../venv/bin/rnprog demo --fast
	@cd $(CHECKED)/elsewhere && ../venv/bin/rnprog-emulator --help >/dev/null
	@echo "the wheel works by itself"

venv: $(VENV)/.ready ## build .venv; all targets do that by themselves

# pip comes first and alone: the scripts it then writes start faster than those of the pip that Python 3.11 brings.
$(VENV)/.locked: requirements.lock
	@$(FIND_PYTHON); \
	echo "building $(VENV) from requirements.lock with $$("$$python" --version) ..."; \
	"$$python" -m venv --clear $(VENV) || { \
	    echo "Python cannot make a virtual environment. On Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }
	@awk '/^[^ ]/ { keep = /^pip==/ } keep' requirements.lock >$(VENV)/pip.lock
	@$(BIN)/$(PIP) install --require-hashes -r $(VENV)/pip.lock
	@$(BIN)/$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.ready: $(VENV)/.locked pyproject.toml
	@$(BIN)/$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

# Everything that pyproject.toml asks for, for every Python and system at once. Needs the network and takes the newest versions.
lock: ## choose versions anew and write requirements.lock
	@mkdir -p build
	@$(FIND_PYTHON); "$$python" -m venv --clear build/lock
	@build/lock/bin/$(PIP) install uv
	@build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --group dev --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --output-file build/lock/requirements.lock pyproject.toml
	@{ echo "# Written by make lock."; cat build/lock/requirements.lock; } >requirements.lock

clean: ## remove all that was built, .venv too
	@rm -rf $(VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find rnprog device_emulator tests -name __pycache__ -type d -prune -exec rm -rf {} +
