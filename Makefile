# Porte-voix. With only python3 (3.11 or newer) and make on the machine, `make demo` and `make test` work.
SHELL := /bin/bash
VENV := .venv
RUN := $(VENV)/bin
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
REPORT := $(CURDIR)/var/faults.jsonl
# Images often set it: then each of the many processes would compile everything that it imports anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install demo test check run bench gallery test-real test-e2e faults-short faults locale

install: $(INSTALLED)

$(INSTALLED): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=/path/to/python3"; exit 1; }
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(RUN)/uv || $(RUN)/python -m pip install --quiet --disable-pip-version-check uv
	$(RUN)/uv sync --locked --all-groups --inexact --quiet --compile-bytecode --python $(RUN)/python
	@touch $@

demo: install
	$(RUN)/portevoix demo $(if $(DIR),--dir $(DIR))

run: install
	$(RUN)/portevoix run

test: install
	$(RUN)/pytest -n 2 --dist loadfile

check: install
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy .
	$(RUN)/lint-imports
	PORTEVOIX_HOME=$$(mktemp -d) $(RUN)/python manage.py makemigrations --check --dry-run
	$(RUN)/python config/floors.py
	$(RUN)/python web/locale/catalogue.py --check

bench: install
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(RUN)/python $$file || exit 1; done

gallery: install
	$(RUN)/python docs/gallery.py

# The official Bluesky server, from npm, cached outside the tree.
test-real: install
	$(RUN)/python tests/real_pds/install.py
	$(RUN)/pytest -m real_pds -p no:xdist

# A real browser; installed where it is missing and this user may.
test-e2e: install
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } || echo "No Chromium: the browser tests will be skipped, aloud."
	$(RUN)/pytest -m e2e -rs -p no:xdist

# Each suite adds its figures to the report; the table is printed whether or not they are good.
faults-short: install
	@mkdir -p var && rm -f $(REPORT)
	@PORTEVOIX_FAULTS_REPORT=$(REPORT) $(RUN)/pytest -m faults -n 2 --dist loadfile --no-loadscope-reorder; status=$$?; $(RUN)/python -m tests.faults.table $(REPORT); exit $$status

# The long form, run before a release.
faults: install
	@mkdir -p var && rm -f $(REPORT)
	@PORTEVOIX_FAULTS=long PORTEVOIX_FAULTS_REPORT=$(REPORT) $(RUN)/pytest -m faults -n 2 --dist loadfile --no-loadscope-reorder; status=$$?; $(RUN)/python -m tests.faults.table $(REPORT); exit $$status

# Collects the sentences of the code and pages into the catalogues.
locale: install
	$(RUN)/python web/locale/catalogue.py
