# Front Door. `make run` serves it, `make test` proves it; both fetch what they need on a machine that has only
# Python 3.11+, git and make. Everything lives in .venv/, .data/ and assets/, nothing outside this directory.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
VENV := .venv
BIN := $(VENV)/bin
# Stamps: what is up to date is not looked at again.
MADE := $(VENV)/.made-in
RUN := $(VENV)/.run-installed
TEST := $(VENV)/.test-installed
BROWSER := $(VENV)/.browser-installed
DIST := assets/dist/manifest.json
# Hospitals check TLS with a certificate of their own, which the machine knows and uv and Node would not.
export UV_SYSTEM_CERTS := true
export NODE_USE_SYSTEM_CA := 1
UV := $(BIN)/uv pip install --quiet --python $(BIN)/python
PINS := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal \
	--python-version 3.11

.PHONY: help run test check seed fuzz bench faults scan words migration assets install pins clean clean-data remake

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

run: $(RUN) $(DIST) ## Serve everything here, with a demo service (PORT, DATA_DIR); Ctrl-C stops it
	@DEMO=$${DEMO:-1} exec $(BIN)/frontdoor up --with-parent

test: $(TEST) $(BROWSER) $(DIST) ## Run every test (ARGS="-k booking" for some)
	@$(BIN)/pytest -n $${TESTS_AT_A_TIME:-3} --dist worksteal $(ARGS)

check: $(TEST) $(DIST) ## Lint, format, types, floors of the house, templates, migrations
	$(BIN)/ruff check --no-cache .
	$(BIN)/ruff format --check --no-cache .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python -m app.migrate check

seed: $(RUN) ## Put the demo service into the database again; harmless twice
	@DEMO=1 $(BIN)/frontdoor seed

fuzz: $(TEST) $(DIST) ## Send 20,000 odd requests to every page; none may break it
	@FUZZ_REQUESTS=$${FUZZ_REQUESTS:-20000} $(BIN)/pytest -q -s tests/house/test_fuzz.py

bench: $(TEST) $(DIST) ## Measure; one JSON object a line
	@$(BIN)/python -m benchmarks $(ARGS)

faults: $(TEST) $(DIST) ## Kill parts under load, and count what was lost; one JSON object a line
	@$(BIN)/python -m benchmarks.faults $(ARGS)

scan: ## Let an independent scanner (Debian's wapiti) try a running demo: make scan ADDRESS=http://localhost:8000
	@command -v wapiti >/dev/null || { echo "This needs wapiti. On Debian or Ubuntu: apt install wapiti"; exit 1; }
	@timeout 600 wapiti -u $${ADDRESS:-http://localhost:8000}/ --scope folder -d 6 --max-links-per-page 30 \
	  --max-files-per-dir 30 --max-scan-time 480 --flush-session --no-bugreport -f txt -o /dev/stdout

words: $(TEST) ## Bring the translators' catalogues up to what the messages say
	@$(BIN)/python -m app.catalogues

migration: $(TEST) ## Write a migration for changed models: make migration m="what changes"
	@test -n "$(m)" || { echo 'Say what changes: make migration m="add the rota"'; exit 2; }
	@$(BIN)/python -m app.migrate new "$(m)"

assets: $(DIST) ## Build what the pages are dressed with

install: $(TEST) $(BROWSER) $(DIST) ## Only fetch everything, for run and test

pins: $(RUN) ## Compile requirements/*.in and the npm lock file again, with hashes
	$(PINS) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(PINS) requirements/run.in -o requirements/run.txt
	$(PINS) requirements/test.in -o requirements/test.txt
	$(BIN)/python -m app.assets lock

clean: ## Remove what was installed and built; data stay
	rm -rf $(VENV) assets/node_modules assets/dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-data: ## Remove the demo's data (.data)
	rm -rf .data

# An environment does not survive being copied or moved: its scripts name the place where it was made.
ifneq ($(shell cat $(MADE) 2>/dev/null),$(CURDIR))
$(MADE): remake
endif

$(MADE):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; python=; done; \
	test -n "$$python" || { echo "Front Door needs Python 3.11 or newer; none was found. PYTHON=… names one."; exit 1; }; \
	$$python -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "This Python cannot make virtual environments. On Debian or Ubuntu: apt install python3-venv"; exit 1; }; \
	echo "Making an environment with $$($$python --version) …"; \
	$$python -m venv --clear $(VENV)
	@echo '$(CURDIR)' > $@

$(VENV)/.uv-installed: requirements/bootstrap.txt $(MADE)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@touch $@

$(RUN): requirements/run.txt pyproject.toml $(VENV)/.uv-installed
	@echo "Installing what the service runs on …"
	@$(UV) --require-hashes -r requirements/run.txt
	@$(UV) --no-deps --no-build-isolation --editable .
	@touch $@

$(TEST): requirements/test.txt $(RUN)
	@echo "Installing what the tests need …"
	@$(UV) --require-hashes -r requirements/test.txt
	@touch $@

$(BROWSER): tests/support/install_browser.py $(TEST)
	@$(BIN)/python tests/support/install_browser.py
	@touch $@

# The directory is looked at as well, so that a file taken away counts.
$(DIST): assets/package.json assets/package-lock.json assets/.npmrc app/assets.py assets/own $(wildcard assets/own/*) | $(RUN)
	@echo "Building what the pages are dressed with …"
	@$(BIN)/python -m app.assets
	@touch $@
