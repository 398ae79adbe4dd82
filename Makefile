# Sahih: `make run` starts it, `make test` proves it.
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
STAMP := .venv/.ready
DATA ?= data
PORT ?= 8080

.PHONY: run test test-fast setup lint types assets system lock clean

run: setup
	exec .venv/bin/sahih up --demo --data $(DATA) --port $(PORT)

setup: $(STAMP) assets

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.13 setup"; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv .venv || { echo "venv is missing. Run: apt-get install -y python3-venv"; exit 1; }
	.venv/bin/pip install --quiet --require-hashes -r requirements.txt
	.venv/bin/pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

assets: $(STAMP)
	$(PY) -m api.web.build

# What Debian packages hold: installed where we may, otherwise the one command is said.
system:
	@missing=""; \
	command -v chromium >/dev/null || missing="$$missing chromium"; \
	command -v pdftoppm >/dev/null || missing="$$missing poppler-utils"; \
	command -v softhsm2-util >/dev/null || missing="$$missing softhsm2"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
	  else echo "Missing for the tests. Run: sudo apt-get install -y$$missing"; [ -z "$$CI" ]; fi; \
	fi

lint: $(STAMP)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports

types: $(STAMP)
	.venv/bin/mypy

test-fast: setup lint types
	.venv/bin/pytest -q -n 2 tests/unit

test: setup system test-fast
	.venv/bin/pytest -q tests/contract tests/flow tests/live

lock:
	$(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe --no-header --no-emit-index-url --no-emit-find-links --strip-extras --extra dev -o requirements.txt pyproject.toml

clean:
	rm -rf .venv api/web/static/build api/web/node_modules
