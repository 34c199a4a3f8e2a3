# `make demo` and `make test` need only python3 and pip; the rest they install themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: setup demo test lint bench docs lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m compileall -q src
	touch $@

demo: setup
	rm -rf demo
	$(BIN)/bridle demo demo

test: lint browser tools validators
	$(BIN)/pytest -n 2

lint: setup
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

# The report is looked at in a real browser where Debian's can be had; without it those tests skip, and say so.
.PHONY: browser
browser: setup
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-dejavu-core; } >/dev/null 2>&1; } \
	  || echo "chromium is not here: the browser tests will be skipped"

# Signatures, bags, PDF and exports are checked with the programs of others too; what cannot be had is skipped, and said.
.PHONY: tools validators
tools:
	@command -v minisign >/dev/null && command -v age >/dev/null && command -v pdftotext >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq minisign age openssl openssh-client poppler-utils; } >/dev/null 2>&1; } \
	  || echo "minisign, age or poppler-utils are not here: some tests will be skipped"

validators:
	@test -x .venv-validators/bin/python || $(PYTHON) -m venv .venv-validators
	@.venv-validators/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.validators.lock \
	  || echo "the validators of exports could not be installed: those tests will be skipped"

bench: setup
	PYTHONPATH=benchmarks $(BIN)/python -m performance

.PHONY: bench-matching
bench-matching: setup
	$(BIN)/python benchmarks/matching.py

.PHONY: bench-fleet
bench-fleet: setup
	PYTHONPATH=benchmarks $(BIN)/python benchmarks/fleet.py

.PHONY: bench-detection
bench-detection: setup
	PYTHONPATH=benchmarks $(BIN)/python -m detection

.PHONY: bench-network
bench-network: setup
	PYTHONPATH=benchmarks $(BIN)/python -m network

.PHONY: bench-viewer
bench-viewer: setup
	PYTHONPATH=benchmarks $(BIN)/python benchmarks/viewer.py

.PHONY: bench-list
bench-list: setup
	PYTHONPATH=benchmarks $(BIN)/python -m lists

.PHONY: bench-reliability
bench-reliability: setup
	PYTHONPATH=benchmarks $(BIN)/python -m reliability

docs: setup
	$(BIN)/python -m bridle.docs

# The documentation as pages in build/site; they load nothing from elsewhere.
.PHONY: docs-site
docs-site: setup
	$(BIN)/python -m mkdocs build --strict --quiet
	@echo "build/site/index.html"

lock:
	$(BIN)/pip-compile --quiet --extra dev --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links --no-header --allow-unsafe -o requirements.lock pyproject.toml

# The wheel, the same bytes wherever and whenever it is built from the same commit.
.PHONY: wheel
wheel: setup
	PYTHONPATH=benchmarks $(BIN)/python -m supply.wheel dist

# Readers of evidence under damaged input for a minute; what fails is said and kept in build/bench-reliability/fuzz.
# `make fuzz-setup` makes an environment in which inputs are guided by what they reach (atheris).
.PHONY: fuzz fuzz-setup
fuzz: setup
	PYTHONPATH=benchmarks $(BIN)/python -m reliability.fuzz

fuzz-setup: setup
	test -x .venv-fuzz/bin/python || $(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.fuzz.lock

# Whether every package is pinned by its bytes; what is known of their weaknesses. Without a network it says so.
.PHONY: audit
audit: setup
	PYTHONPATH=benchmarks $(BIN)/python -m supply.lock
	PYTHONPATH=benchmarks $(BIN)/python -m supply.audit

# The bill of materials, as CycloneDX.
.PHONY: sbom
sbom: setup
	PYTHONPATH=benchmarks $(BIN)/python -m supply.bill dist/bridle.cdx.json

# Everything to install bridle where there is no network, listed by digest, with install.sh.
.PHONY: wheelhouse
wheelhouse: setup
	ONLY_NEEDED=1 PYTHONPATH=benchmarks $(BIN)/python -m supply.wheelhouse wheelhouse

clean:
	rm -rf $(VENV) .venv-audit demo build dist wheelhouse
