# Thin names for start.py, the same door for every system. `make help` lists them.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help demo test slow lint format docs lab dashboard mlflow bench kills clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: ## the main job on generated sample data
	$(PYTHON) start.py demo

test: ## all checks, and the tests that take seconds
	$(PYTHON) start.py test

slow: ## the other tests: whole runs, browsers, kills
	$(PYTHON) start.py slow

lint: ## ruff, black, mypy and clean notebooks
	$(PYTHON) start.py lint

format: ## let ruff, black and nbstripout mend what they can
	$(PYTHON) start.py sync
	.venv/bin/ruff check --fix .
	.venv/bin/black --quiet gosales_lib tests benchmarks docs start.py
	.venv/bin/nbstripout notebooks/*.ipynb

docs: ## the documentation site, in docs/_build
	$(PYTHON) start.py docs

lab: ## JupyterLab on the notebooks
	$(PYTHON) start.py lab

dashboard: ## the dashboard in your browser
	$(PYTHON) start.py dashboard

mlflow: ## all trainings side by side, in MLflow's page
	$(PYTHON) start.py mlflow

bench: ## the benchmarks behind the figures in README
	$(PYTHON) start.py python benchmarks/kernels.py
	$(PYTHON) start.py python benchmarks/features.py
	$(PYTHON) start.py python benchmarks/ablation.py layouts/gosales.yaml
	$(PYTHON) start.py python benchmarks/dashboard.py

kills: ## nightly: SIGKILL at twenty moments, resumed runs compared byte for byte
	$(PYTHON) start.py python benchmarks/kills.py

clean: ## remove the environment and caches; runs and data stay
	rm -rf .venv .uv .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
