# Everything starts from python3 and make alone: the first target that needs them makes .venv and
# installs the locked versions. Stamps inside .venv keep later runs quick. An existing .venv is
# used as it is and only brought up to the lock.
#
#   make demo    run the warehouse's main job on real orders   DEMO_ARGS=... is passed on
#   make test    run the test suite             PYTEST_ARGS="-k journal" narrows it
#   make bench   measure, peers included        BENCH_ARGS=... is passed on
#   make bench-quality  measure the planners on published sets   QUALITY_ARGS=... is passed on
#   make acceptance  run an acceptance day of picking, 20 seeds, one on a server   ACCEPTANCE_ARGS=... is passed on
#   make lint    style, types, tidy, generated code
#   make serve   run a server                   SERVE_ARGS=... is passed on
#   make format  mend style
#   make proto   generate code from the .proto file again
#   make lock    take the newest versions that fit
#   make clean   remove all that was made, but no store and no report

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --disable-pip-version-check
DEMO_STAMP := $(VENV)/.installed-demo
DEV_STAMP := $(VENV)/.installed-dev

PYTEST_ARGS ?=
BENCH_ARGS ?=
QUALITY_ARGS ?=
ACCEPTANCE_ARGS ?=
DEMO_ARGS ?=
SERVE_ARGS ?=

# Numba does not notice an edit to a helper in another file, so tests and benchmarks keep their
# compiled code in a folder that is named after every source that can hold a kernel.
KERNEL_SOURCES := $(wildcard kernels/*.py engine/*.py optimizer/*.py)
KERNEL_DIGEST = $(shell cat $(KERNEL_SOURCES) /dev/null | sha256sum | cut -c1-16)
COMPILED = NUMBA_CACHE_DIR="$(CURDIR)/.numba_cache/$(KERNEL_DIGEST)"

PROTO_DIR := service/v1
PROTOS := $(wildcard $(PROTO_DIR)/*.proto)
PROTO_NAMES := $(PROTOS:%=slotline/%)
PROTOC = $(PY) -m grpc_tools.protoc -Islotline/$(PROTO_DIR)=$(PROTO_DIR)

.PHONY: help demo test bench bench-quality acceptance lint format types serve proto proto-check lock clean

help:
	@sed -n 's/^#   //p' Makefile

# -- environment ---------------------------------------------------------------------------------

# Debian's python3 has `venv` without its pip unless python3-venv is installed, hence the two
# other ways before giving up.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or later is needed, found: $$($(PYTHON) -V 2>&1)." \
	         "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
	  || $(PYTHON) -m virtualenv --quiet $(VENV) 2>/dev/null \
	  || { $(PYTHON) -m venv --clear --without-pip $(VENV) 2>/dev/null \
	       && $(PYTHON) -m pip --python $(PY) install --quiet pip 2>/dev/null; } \
	  || { rm -rf $(VENV); \
	       echo "$(PYTHON) can make no virtual environment: install the package" \
	            "python3-venv (Debian, Ubuntu) or virtualenv, then run make again." >&2; exit 1; }

# The package itself is linked, not copied (-e), and built with the locked setuptools.
define install
	@echo "installing $(1) into $(VENV)"
	@$(PIP) install -qq --require-hashes -r $(1)
	@$(PIP) install -qq --no-deps --no-build-isolation -e .
	@touch $@
endef

$(DEMO_STAMP): requirements-demo.txt pyproject.toml | $(PY)
	$(call install,requirements-demo.txt)

# Holds everything that the demo needs, too.
$(DEV_STAMP): requirements-dev.txt pyproject.toml | $(PY)
	$(call install,requirements-dev.txt)
	@touch $(DEMO_STAMP)

# -- what a person runs --------------------------------------------------------------------------

demo: $(DEMO_STAMP)
	@$(BIN)/slotline demo $(DEMO_ARGS)

serve: $(DEMO_STAMP)
	@test -n "$(SERVE_ARGS)" || test -d slotline-data || $(BIN)/slotline init slotline-data
	@$(BIN)/slotline serve $(or $(SERVE_ARGS),slotline-data)

test: $(DEV_STAMP)
	@$(COMPILED) $(PY) -m pytest $(PYTEST_ARGS)

bench: $(DEV_STAMP)
	@$(COMPILED) $(PY) -m bench $(BENCH_ARGS)

bench-quality: $(DEV_STAMP)
	@$(COMPILED) $(PY) -m bench.quality $(QUALITY_ARGS)

acceptance: $(DEV_STAMP)
	@$(COMPILED) $(PY) -m bench.acceptance $(ACCEPTANCE_ARGS)

lint: $(DEV_STAMP) types proto-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	cd .types && MYPYPATH=. $(abspath $(BIN)/mypy) --config-file ../pyproject.toml -p slotline
	$(BIN)/basedpyright --warnings
	$(PY) -m pytest -q tests/test_tidy.py tests/test_packaging.py

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Type checkers and protoc want a folder that is named like the package; the root is not.
types:
	@mkdir -p .types && ln -sfn .. .types/slotline

# -- generated code ------------------------------------------------------------------------------

proto: $(DEV_STAMP) types
	$(PY) -m slotline.service.v1.generate
	$(if $(PROTOS),$(PROTOC) --python_out=.types --pyi_out=.types --grpc_python_out=.types \
	  $(PROTO_NAMES),@echo "no .proto file in $(PROTO_DIR)")

# The committed code must be what the committed .proto files give, no file more, none less.
proto-check: $(DEV_STAMP) types
	@rm -rf .types/fresh && mkdir -p .types/fresh/slotline/$(PROTO_DIR)
	$(if $(PROTOS),@$(PROTOC) --python_out=.types/fresh --pyi_out=.types/fresh \
	  --grpc_python_out=.types/fresh $(PROTO_NAMES))
	@diff -ru --exclude=__pycache__ --exclude=__init__.py --exclude='*.proto' --exclude=generate.py --exclude='templates*.py' \
	  $(PROTO_DIR) .types/fresh/slotline/$(PROTO_DIR) \
	  || { echo "generated code is out of date: run make proto and commit it" >&2; exit 1; }

# The newest versions that fit pyproject.toml, with the hashes of all their wheels. The smaller
# files start as a copy of the largest and lose what they do not need, so all three agree.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --generate-hashes \
  --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
  --no-emit-trusted-host --no-emit-options pyproject.toml

lock: $(DEV_STAMP)
	$(COMPILE) --upgrade --all-extras --all-build-deps -o requirements-dev.txt
	cp requirements-dev.txt requirements-demo.txt
	$(COMPILE) --extra demo --all-build-deps -o requirements-demo.txt
	cp requirements-demo.txt requirements.txt
	$(COMPILE) -o requirements.txt

clean:
	rm -rf $(VENV) .types build dist *.egg-info .numba_cache .hypothesis .benchmarks .demo \
	  .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
