# Two commands do everything: `make demo` and `make test`. Each sets itself up the first time.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check format catalogs bench clean

demo: $(VENV)/.runs
	$(BIN)/carnet demo --port $(PORT)

test: $(VENV)/.develops
	$(BIN)/pytest -n auto

check: $(VENV)/.develops
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.develops
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Read the sayings out of the code again and bring every catalog in line with them.
catalogs: $(VENV)/.develops
	$(BIN)/python -m tests.catalogs

bench: $(VENV)/.develops
	$(BIN)/python -m tests.bench_planner
	$(BIN)/python -m tests.bench_understanding
	$(BIN)/python -m tests.bench_inbound
	$(BIN)/python -m tests.bench_month
	$(BIN)/python -m tests.bench_rate

$(VENV)/.runs: requirements.txt pyproject.toml
	$(call install,requirements.txt)
	touch $@

$(VENV)/.develops: requirements-dev.txt pyproject.toml
	$(call install,requirements-dev.txt)
	touch $@ $(VENV)/.runs

# uv installs in seconds; where it cannot be had, pip does the same in a minute or two. Libraries are
# compiled once and for all: commands start in a third of the time.
define install
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check uv || true
	( $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r $(1) \
	  || $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(1) )
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
endef

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis data/demo
