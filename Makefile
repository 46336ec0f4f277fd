# Four words do the work: make demo, make test, make bench, make format. See README.md.

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check
LOCK := .lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-annotate --no-header \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options --build-deps-for editable

.PHONY: demo test bench break format lock clean

demo: $(VENV)/.runtime
	@$(VENV)/bin/python -m archiver.demo $(ARGS)

test: $(VENV)/.test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

bench: $(VENV)/.test
	$(VENV)/bin/python benchmarks/run.py $(ARGS)

# Everything that `make test` does a tenth of: kills, power losses, failing disks (docs/breaking.md). As root, with strace.
break: $(VENV)/.test
	BREAK_EVERYTHING=1 $(VENV)/bin/python -m pytest tests/breaking -n $(WORKERS) $(ARGS)

format: $(VENV)/.test
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# The versions locked before stay; `make lock ARGS=--upgrade` takes the newest.
lock: .lock/bin/pip-compile
	$(LOCK) $(ARGS) --output-file requirements.lock pyproject.toml
	$(LOCK) $(ARGS) --extra test --constraint requirements.lock --output-file requirements-test.lock pyproject.toml
	sed -i -e '/^#/d' -e '/^$$/d' requirements.lock requirements-test.lock

clean:
	rm -rf $(VENV) .lock build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Archiver needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.12 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo 'This Python cannot make environments yet: installing python3-venv'; \
		apt-get -o DPkg::Lock::Timeout=300 update -q && \
		DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -q -y --no-install-recommends python3-venv; \
	else \
		echo 'This Python cannot make environments yet. As root: apt-get update && apt-get install -y python3-venv'; exit 1; \
	fi
	@echo 'Making an environment in $(VENV)'
	@$(PYTHON) -m venv $(VENV)

# The packages are compiled when they are first imported, which most of them never are.
$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --no-compile --require-hashes -r requirements.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-compile --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-test.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) install --no-compile --require-hashes -r requirements-test.lock
	@PYTHONWARNINGS=ignore $(PIP) install --no-compile --quiet --no-deps --no-build-isolation -e .
	@touch $(VENV)/.runtime $@

.lock/bin/pip-compile:
	$(PYTHON) -m venv .lock
	.lock/bin/python -m pip install --disable-pip-version-check --quiet pip-tools==7.6.2
