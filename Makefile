PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt
NEEDS := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
# Two pip runs in one environment would trip over each other.
.NOTPARALLEL:
.PHONY: help venv install models demo demo-images test quick lint types bench clean
# A worker takes up to 2 GB of memory.
WORKERS ?= -n auto --maxprocesses 8 --dist worksteal

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

venv: $(VENV)/.dev ## the environment for development: localcluster, editable, with test tools

install: $(VENV)/.installed ## the environment for use: localcluster without test tools

models: $(VENV)/.installed ## the two starter models (190 MB, once)
	$(BIN)/localcluster models install starter

demo: models ## cluster examples/reviews.csv by two criteria
	$(BIN)/localcluster run examples/reviews.csv --by "sentiment" \
		--by "kind of product or place being reviewed" -k 2 -k 3 --out demo-clusters

demo-images: $(VENV)/.installed ## draw 300 pictures and cluster them by shape and by color, with models/tiny-mllm
	$(BIN)/python scripts/tiny_mllm/pictures.py demo-pictures --n 300
	$(BIN)/localcluster run demo-pictures --by "shape of the objects" --by "color of the objects" \
		-k 4 -k 5 --llm models/tiny-mllm --out demo-pictures-clusters

test: venv models lint types ## every check, and the whole suite on all cores
	$(BIN)/python -m pytest $(WORKERS)

quick: venv lint types ## style, types, imports and the fast tests: under 90 seconds on 2 cores
	$(BIN)/python -m pytest $(WORKERS) -m "not slow and not models"

lint: venv ## style, formatting and the one-way imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: venv ## mypy, strict
	$(BIN)/mypy

bench: venv models ## the published measurements, one line each, and how to run one
	@$(BIN)/python -m benchmarks

clean: ## remove the environment and everything built, but no model and no result
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment could be made. Debian and Ubuntu: apt install python3-venv." \
		"Another Python: make PYTHON=python3.11 ..." >&2; exit 1; }

$(VENV)/.installed: $(NEEDS) | $(BIN)/python
	@echo "Installing localcluster. llama-cpp-python is compiled the first time: about 5 minutes."
	$(PIP_INSTALL) -e .
	@touch $@

$(VENV)/.dev: $(NEEDS) | $(BIN)/python
	@echo "Installing localcluster. llama-cpp-python is compiled the first time: about 5 minutes."
	$(PIP_INSTALL) -e ".[dev,hub]"
	@touch $(VENV)/.installed $@
