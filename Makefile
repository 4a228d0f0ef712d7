# What can be done with this tree: `make help`.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
SWIFT ?= swift
E2E := .build/e2e
VENV := .build/e2e-venv
ENGINE_VENV := .build/engine-venv
DEBUG := .build/debug/roundhouse
RELEASE := .build/release/roundhouse
# Overlapping accesses are checked in debug builds, which the tests run on; in release, in all modules together, the checks
# would cost a tenth of a request's instructions. Bounds are checked everywhere.
# What runs for every request is laid side by side, in an order that `make link-order` has measured: at a thousand requests a
# second each finds the caches cold, and touching fewer pages is worth some 5 % of its time.
ORDER := tools/link-order.txt
RELEASE_FLAGS := --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked -Xswiftc -Xfrontend -Xswiftc -function-sections \
	-Xswiftc -use-ld=lld -Xlinker --symbol-ordering-file=$(ORDER) -Xlinker --no-warn-symbol-ordering
RELEASE_BUILD := $(SWIFT) build -c release $(RELEASE_FLAGS) --product roundhouse
PYTHON_FILES := engines tools Benchmarks Tests/EndToEndTests Tests/EngineTests

ifdef PORT
export ROUNDHOUSE_SERVER_PORT := $(PORT)
endif

.PHONY: help fmt lint build release engine run test test-unit test-e2e test-engines test-vllm test-transformers test-diffusers \
	test-sentence-transformers test-voices test-clients test-control-groups bench bench-micro bench-ledger bench-gate bench-start soak chaos fuzz link-order clean need-swift \
	need-python

help: ## Say what can be done
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

release: need-swift ## Build the program as it is shipped
	@$(RELEASE_BUILD)

run: release need-python ## Build, install the llama.cpp engine if absent, serve on http://127.0.0.1:8080 (PORT=… for another)
	@$(RELEASE) engines install llama-cpp
	@exec $(RELEASE) serve

test: test-unit test-e2e ## Unit tests, then end-to-end tests with the real engine

test-unit: engine ## Unit tests alone
	@$(SWIFT) test --skip-build

test-e2e: engine $(VENV)/ready ## End-to-end tests alone
	@$(VENV)/bin/python -m pytest Tests/EndToEndTests -q -p no:cacheprovider

test-engines: $(ENGINE_VENV)/ready ## Tests of the engine servers alone, of those that are installed (apt package espeak-ng)
	@$(ENGINE_VENV)/bin/python -m pytest Tests/EngineTests -q -p no:cacheprovider

# Engines of a gigabyte and more; each is installed first. Without a torch for processors (PIP_FIND_LINKS) pip takes one for GPUs.
test-vllm test-transformers: test-%: build $(VENV)/ready ## The real engine behind the gateway (1 to 3 GB, some minutes)
	@$(DEBUG) engines install $* --data $(E2E)/data
	@$(VENV)/bin/python -m pytest Tests/EndToEndTests/large_text.py --engine $* -q -rs -p no:cacheprovider

test-diffusers test-sentence-transformers: test-%: build $(VENV)/ready $(ENGINE_VENV)/ready ## The same, and the engine's server by itself
	@$(DEBUG) engines install $* --data $(E2E)/data
	@$(VENV)/bin/python -m pytest Tests/EndToEndTests/large_$(subst -,_,$*).py -q -rs -p no:cacheprovider
	@$(ENGINE_VENV)/bin/python -m pytest Tests/EngineTests -q -rs -p no:cacheprovider -k "$(if $(findstring diffusers,$*),image,embedding or rerank)"

test-voices: build $(VENV)/ready $(ENGINE_VENV)/ready ## Piper and faster-whisper behind the gateway (1 GB), then their servers by themselves
	@for engine in piper faster-whisper; do $(DEBUG) engines install $$engine --data $(E2E)/data; done
	@$(VENV)/bin/python -m pytest Tests/EndToEndTests/large_voices.py -q -rs -p no:cacheprovider
	@$(ENGINE_VENV)/bin/python -m pytest Tests/EngineTests -q -rs -p no:cacheprovider -k "piper or faster"

test-clients: engine $(VENV)/ready ## aider and Open WebUI, each in an environment of its own (8 GB from PyPI)
	@for client in aider-chat==0.86.2 open-webui==0.12.4; do \
	    name=$${client%%==*}; folder=.build/clients/$${name%-chat}; \
	    [ -e $$folder/ready ] || { $(PYTHON) -m venv $$folder && $$folder/bin/pip install -q $$client && touch $$folder/ready; } || exit 1; \
	done
	@$(VENV)/bin/python -m pytest Tests/EndToEndTests/large_clients.py -q -rs -p no:cacheprovider

test-control-groups: release ## A memory_limit under a kernel of its own (apt packages qemu-system-x86 busybox-static cpio attr; a minute)
	@$(SWIFT) build -c release $(RELEASE_FLAGS) --product fake-engine
	@tools/control-groups/check.sh

build: need-swift ## Build everything, the tests too, for debugging
	@$(SWIFT) build --build-tests

# Where the tests look for the engine. Without it they skip what needs one, unless ROUNDHOUSE_REQUIRE_ENGINES is set.
engine: build need-python
	@for engine in llama-cpp whisper espeak; do \
		$(DEBUG) engines install $$engine --data $(E2E)/data || test -z "$${ROUNDHOUSE_REQUIRE_ENGINES:-}" || exit 1; done

fmt: need-swift ## Format the Swift sources in place
	@$(SWIFT) format -i -r Sources Tests Benchmarks Package.swift

lint: need-swift need-python ## Check format and that the Python files compile
	@$(SWIFT) format lint --strict -r Sources Tests Benchmarks Package.swift
	@PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tools/check_python.py $(PYTHON_FILES)

bench: release ## Measure the hop against nginx and others, write docs/benchmarks.md (ROUNDS=9; apt packages nginx, haproxy; half an hour)
	@$(PYTHON) Benchmarks/hop/run.py --all --rounds $(or $(ROUNDS),9)

bench-micro: need-swift ## Time the pure parts of a request's way: scans, patch, key lookup, log line
	@$(SWIFT) build -c release --product micro-bench $(RELEASE_FLAGS)
	@.build/release/micro-bench

bench-ledger: need-swift ## Measure what the ledger takes, keeps and answers (a minute; a gigabyte below TMPDIR)
	@$(SWIFT) build -c release --product ledger-bench $(RELEASE_FLAGS)
	@.build/release/ledger-bench

bench-gate: release ## Count instructions of a request and an event, fail over the limits (apt package valgrind)
	@$(PYTHON) Benchmarks/hop/gate.py

bench-start: release ## Measure what the gateway adds to an engine's start, and a thousand models to its own (a minute or two)
	@$(RELEASE) engines install llama-cpp --data $(E2E)/data
	@$(PYTHON) Benchmarks/start/start.py

soak: release ## Compare the ledger with what clients and upstream know after all kinds of requests (REQUESTS=200000; some minutes)
	@$(PYTHON) Benchmarks/soak/soak.py --requests $(or $(REQUESTS),200000)

chaos: release ## Kill, stop, starve and fill everything under load; nothing may be lost (SECONDS=300)
	@$(SWIFT) build -c release $(RELEASE_FLAGS) --product fake-engine
	@$(RELEASE) engines install llama-cpp --data $(E2E)/data
	@$(PYTHON) Benchmarks/chaos/chaos.py --seconds $(or $(SECONDS),300)

fuzz: need-swift ## Fuzz the envelope, the event scanners and the reader of weights with libFuzzer (SECONDS=900 for each)
	@tools/fuzz.sh $(or $(SECONDS),900)

link-order: release ## Measure anew which functions a request runs through, for the linker (apt package valgrind)
	@$(PYTHON) Benchmarks/hop/gate.py --order $(ORDER)

clean: ## Remove what was built (not data/, where installed engines live)
	@rm -rf .build

$(VENV)/ready: Tests/EndToEndTests/requirements.txt
$(ENGINE_VENV)/ready: Tests/EngineTests/requirements.txt

%/ready:
	@$(PYTHON) -m venv $* || { echo "python3 cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

need-swift:
	@command -v $(SWIFT) >/dev/null || { echo "swift was not found; install Swift 6.1 or later from https://www.swift.org/install" >&2; exit 1; }

need-python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found; on Debian: apt-get install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "python3 cannot make virtual environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
