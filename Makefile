# `make run` and `make test` are the two commands a newcomer needs; both install what they use.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= 1

.PHONY: run demo test soak kills proof simulation fuzz attack conformance reference check bench clean lock

# Packets pass in C where there is a compiler: each leaf has a twin in Python.
LEAVES := setup.py $(shell find pbx -name "*.pyx" -o -name "*.pxd")

$(VENV)/.runtime: requirements.lock $(LEAVES)
	@echo "Setting up $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Not compiled: most of the test tools are never imported here.
$(VENV)/.test: requirements-test.lock $(VENV)/.runtime
	@echo "Setting up the test tools ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes --no-compile -r requirements-test.lock
	@touch $@

$(VENV)/.node: tests/e2e/node/package-lock.json
	@npm ci --silent --no-audit --no-fund --prefix tests/e2e/node
	@touch $@

run: $(VENV)/.runtime
	@tools/system-packages speech
	@$(BIN)/pbx run $(if $(filter 0,$(DEMO)),,--demo)

demo: $(VENV)/.runtime
	@tools/system-packages speech
	@$(BIN)/pbx demo

reference: $(VENV)/.runtime
	@$(BIN)/pbx config reference --out docs/reference
	@$(BIN)/pbx config schema --out docs/reference

check: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/architecture

test:
	@tools/system-packages speech test
	@$(MAKE) -s -j2 $(VENV)/.test $(VENV)/.node
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@tools/run-tests $(BIN)/python

simulation: $(VENV)/.test
	@SIMULATED_CALLS=$(or $(CALLS),1000) $(if $(SEED),SIMULATION_SEED=$(SEED) )$(BIN)/python -m pytest tests/simulation -s

fuzz: $(VENV)/.test
	@FUZZ_CASES=$(or $(CASES),1000000) FUZZ_SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/fuzz -s

attack: $(VENV)/.test
	@tools/system-packages speech test
	@ATTACK_WARM_S=70 ATTACK_FLOOR_S=0.2 $(BIN)/python -m pytest tests/attack -m '' -s

conformance: $(VENV)/.test
	@$(BIN)/python -m tests.conformance.page

soak: $(VENV)/.test
	@tools/system-packages speech test
	@$(BIN)/python -m pytest -m soak -s

kills: $(VENV)/.test
	@tools/system-packages speech test
	@KILLS=$(or $(KILLS),100) SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/e2e/test_kills.py -m soak -s

proof: $(VENV)/.test
	@tools/system-packages speech test
	@$(BIN)/python -m pytest -m proof -s

bench: $(VENV)/.runtime
	@tools/system-packages test
	@$(BIN)/python -m bench

lock: $(VENV)/.test
	@$(BIN)/python -m pip install -q uv
	@$(BIN)/uv pip compile -q --no-header --generate-hashes --universal --no-emit-index-url pyproject.toml requirements-build.in -o requirements.lock
	@$(BIN)/uv pip compile -q --no-header --generate-hashes --universal --no-emit-index-url --extra test --prerelease if-necessary-or-explicit pyproject.toml requirements-build.in -o requirements-test.lock

clean:
	find pbx -name "*.so" -delete -o -name "_*.c" -delete
	rm -rf $(VENV) tests/e2e/node/node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/out
