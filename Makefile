# Every target builds the environment first when it is missing or when the lock has changed.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
SEED ?= 1
ROUNDS ?= 12
SCOPES ?= 1 1000
# Tests wait more than they compute, so two cores take seven at a time; the short ones wait little.
JOBS ?= 7
UNIT_JOBS ?= 3

.PHONY: help setup run up page chromium redis test test-browser unit integration coverage chaos bench bench-live bench-detect \
  bench-store bench-gateway dashboards lint format lock clean

help: ## Show what there is to do
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Floodmark needs Python 3.11 or later; '$(PYTHON)' is older or missing. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@test -x $(BIN)/python || { echo "== making .venv"; $(PYTHON) -m venv .venv; }
	@echo "== installing what requirements.lock names (about 500 MB to download the first time, then cached)"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on --require-hashes -r requirements.lock 2>&1 \
	  | grep --line-buffered -vE '^(Requirement already|  Using cached|Ignoring )' ; exit $${PIPESTATUS[0]}
	@$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $(STAMP)

SHELL := bash

setup: $(STAMP) ## Build .venv with everything in it

run: $(STAMP) ## Run the whole pipeline on the sample once, print a summary, exit
	@$(BIN)/floodmark up --data-dir .floodmark/run --fresh --workers 2 --replay-sample --speed max --exit-when-done

up: $(STAMP) ## The same as if it happened now, a day in five minutes, and stay up (Ctrl-C stops all)
	@$(BIN)/floodmark up --data-dir .floodmark/up --workers 2 --replay-sample --rebase now --again --speed 300 || test $$? = 130

lint: $(STAMP) ## ruff, mypy, import contracts
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

format: $(STAMP) ## Put the code in house format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

ALL_TESTS := -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not slow and not bench"

test: lint ## Lint, unit and integration tests, short chaos; the domain is covered whole by its own tests
	@$(BIN)/coverage erase
	@$(BIN)/coverage run --source=processors/domain $(ALL_TESTS)
	@$(BIN)/coverage combine -q; $(BIN)/coverage report --fail-under=100

coverage: $(STAMP) ## The same tests, with coverage of everything they start
	@$(BIN)/coverage erase
	@COVERAGE_OF_ALL=1 $(BIN)/coverage run $(ALL_TESTS)
	@$(BIN)/coverage combine -q; $(BIN)/coverage report --fail-under=90

unit: $(STAMP) ## Only short tests that need neither broker nor store nor browser
	@$(BIN)/python -m pytest -n $(UNIT_JOBS) --dist loadfile -m "not (kafka or store or story or browser) and not slow and not bench"

integration: $(STAMP) ## The others: on a real broker and store, and over days of traffic
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "(kafka or store or story or browser) and not slow and not bench"

test-browser: $(STAMP) chromium ## The live page in a real headless Chromium: all of its tests
	@$(BIN)/python -m pytest -m browser

chromium: ## Install Debian's Chromium where it is missing, for the tests of pages
	@command -v chromium >/dev/null || { echo "== installing chromium"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get install -y -q chromium || { apt-get update -q && apt-get install -y -q chromium; }; \
	  elif command -v sudo >/dev/null && command -v apt-get >/dev/null; then sudo -n apt-get install -y -q chromium; else false; fi; } || \
	  { echo "There is no Chromium, and it cannot be installed from here (no apt-get, no rights, or no network)."; \
	    echo "Install one as 'chromium' on the path (Debian, Ubuntu: apt install chromium); tests of pages are skipped without it."; exit 3; }

redis: ## Install Debian's Redis where it is missing, for the tests of rate limits that gateways share
	@command -v redis-server >/dev/null || { echo "== installing redis-server"; \
	  if [ "$$(id -u)" = 0 ]; then apt-get install -y -q redis-server || { apt-get update -q && apt-get install -y -q redis-server; }; \
	  elif command -v sudo >/dev/null && command -v apt-get >/dev/null; then sudo -n apt-get install -y -q redis-server; else false; fi; } || \
	  { echo "There is no redis-server, and it cannot be installed from here; the tests that need one are skipped without it."; exit 3; }

page: ## Fetch what the live page takes from npm, as locked, and copy it to where the gateway serves it (needs npm)
	@command -v npm >/dev/null || { echo "make page needs npm (Node 18 or later); nothing else does: its copies are in the repository."; exit 3; }
	@cd deploy/page && npm ci --ignore-scripts --no-audit --no-fund
	@$(PYTHON) deploy/page/copy_packages.py

chaos: $(STAMP) ## Kills and freezes under load, then a recount: one scope, then many (SEED=1 ROUNDS=12 SCOPES="1 1000")
	@for scopes in $(SCOPES); do $(BIN)/python -m tests.chaos --seed $(SEED) --rounds $(ROUNDS) --scopes $$scopes || exit 1; done

bench: $(STAMP) ## Speed against textbook Faust and a bare loop, on one real Kafka (ARGS="--beside CHECKOUT": in turn with that one's worker)
	@$(BIN)/python -m tests.bench $(ARGS)

bench-live: $(STAMP) ## What live traffic costs: CPU, records, lag, memory, latency, judging, recovery; 45 minutes (ARGS="--only cost-1")
	@$(BIN)/python -m tests.bench.live $(ARGS)

bench-detect: $(STAMP) ## CPU time and memory of judging, for 10 to 100 000 series; no broker
	@$(BIN)/python -m tests.bench.judging

bench-gateway: $(STAMP) ## HTTP: transactions in, beside a bare handler; a start; 50 viewers; the first view (ARGS="--only starting")
	@$(BIN)/python -m tests.bench.gateway $(ARGS)

bench-store: $(STAMP) ## Every panel on 90 days of 100 series, the store's memory, the sink's pace (ARGS="--days 30")
	@$(BIN)/python -m tests.bench.store $(ARGS)

dashboards: $(STAMP) ## Write the Grafana dashboards that are made as code
	@$(BIN)/python -m grafana.generate

lock: $(STAMP) ## Resolve pyproject.toml anew into requirements.lock
	@$(BIN)/python -m pip install -q uv && $(BIN)/uv pip compile pyproject.toml --extra local --extra model --extra redis --group dev --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -o requirements.lock
	@echo hatchling | $(BIN)/uv pip compile pyproject.toml - --extra redis -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header -q -o requirements-server.lock

clean: ## Remove the environment and all data
	rm -rf .venv .floodmark bench-results
