# Porte-voix. With only python3 (3.11 or newer) and make on the machine, `make demo` and `make test` work.
SHELL := /bin/bash
VENV := .venv
RUN := $(VENV)/bin
PYTHON ?= python3
INSTALLED := $(VENV)/.installed
REPORT := $(CURDIR)/var/faults.jsonl
# Images often set it: then each of the many processes would compile everything that it imports anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: install install-server guide sbom demo test check run bench gallery test-real test-e2e faults-short faults locale

install: $(INSTALLED)

# The environment with uv in it: the machine's own, else from PyPI.
$(RUN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: set PYTHON=/path/to/python3"; exit 1; }
	@test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	@ln -s "$$(command -v uv)" $@ 2>/dev/null || $(RUN)/python -m pip install --quiet --disable-pip-version-check uv

$(INSTALLED): pyproject.toml uv.lock | $(RUN)/uv
	$(RUN)/uv sync --locked --all-groups --inexact --quiet --compile-bytecode --python $(RUN)/python
	@touch $@

# On a server: only what the program needs to run, and everything compiled, since the service may not write there.
# EXTRAS="--extra postgres --extra s3 --extra cluster" where they are needed.
install-server: $(RUN)/uv
	@UV_COMPILE_BYTECODE=$${UV_COMPILE_BYTECODE-1} $(RUN)/uv sync --locked --no-dev --inexact --quiet $(EXTRAS) --python $(RUN)/python
	@$(RUN)/python -m compileall -q cli.py commands config pipeline publishers sandbox scheduler.py web
	@$(RUN)/python -c "from publishers._sentences import compile_catalogues; compile_catalogues()"

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
	$(RUN)/uv lock --check --quiet
	PORTEVOIX_HOME=$$(mktemp -d) $(RUN)/python manage.py makemigrations --check --dry-run
	$(RUN)/python config/floors.py
	$(RUN)/python config/licences.py
	$(RUN)/python web/locale/catalogue.py --check

bench: install
	@for file in bench/[a-z]*.py; do echo "== $$file"; $(RUN)/python $$file || exit 1; done

gallery: install
	$(RUN)/python docs/gallery.py
	$(RUN)/python docs/sheets.py

# What the product runs on, with licences and hashes, as CycloneDX JSON.
sbom: install
	@mkdir -p var && $(RUN)/python config/sbom.py $(or $(FILE),var/sbom.cdx.json) && echo "written: $(or $(FILE),var/sbom.cdx.json)"

# The official Bluesky server, from npm, cached outside the tree.
test-real: install
	$(RUN)/python tests/real_pds/install.py
	$(RUN)/pytest -m real_pds -p no:xdist

# A real browser; installed where it is missing and this user may.
test-e2e: install
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } || echo "No Chromium: the browser tests will be skipped, aloud."
	$(RUN)/python -m tests.e2e.one_by_one

# The guide docs/installing.md, typed from top to bottom on a machine of its own: root and namespaces are needed.
guide: install
	@command -v caddy >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends caddy; } || echo "No Caddy: the guide will not be followed, aloud."
	PORTEVOIX_GUIDE=1 $(RUN)/pytest -m "e2e or not e2e" -rs -p no:xdist tests/guide

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
