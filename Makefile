# Everything a developer types. Needs Python 3.11 or newer and make; nothing else, and no root.
PYTHON ?= $(or $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done),python3)
BIN := .venv/bin
SOURCES := shared/src services tests deploy/local/src bench
STEPS := $(if $(filter-out 0,$(EXTERNAL)),8,13)
WORKERS ?= 3
export EXTERNAL
ROUNDS ?= 20
SEED ?= 1
CALENDARS ?= 10000
TICKETS ?= 1000000
OPEN ?= 1000000
DUE ?= 10000
KILLS ?= 20
SECONDS ?= 60
DAYS ?= 30
CASES ?= ../shared/cases/mail

.DEFAULT_GOAL := help
.PHONY: help setup run demo test browser watching alerts-check dashboards-check series drills letters chaos rehearsal k8s-check proof-timers outbox-lab rules rules-mutations proof-calendars bench bench-clocks check static quick fmt lint types contract client backup restore doctor logs clean-run

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

setup: ## install what checks and tests need, pinned (skipped when unchanged)
	@$(PYTHON) deploy/local/bootstrap.py dev

run: ## start all of Reglament; Ctrl-C stops it (EXTERNAL=1: servers that run elsewhere)
	@$(PYTHON) deploy/local/bootstrap.py run '[1/$(STEPS)]'
	@exec $(BIN)/python -m reglament_local run

demo: ## tell the running system its stories, and check how each ends
	@exec $(BIN)/python -m reglament_local.demo

test: setup ## all tests, on real PostgreSQL, Kafka and mail
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

browser: setup ## a browser for the tests of pages: the one that is here, or Debian's (root, apt)
	@$(BIN)/python -m reglament_local.browser

chaos: setup ## ROUNDS random faults under load, then every answer, event and letter counted (SEED, FAULTS)
	@exec $(BIN)/python -m reglament_local.chaos --rounds $(ROUNDS) --seed $(SEED) --faults '$(FAULTS)'

rehearsal: setup ## a rollout, a rollback, a rollout and a drain under load, an older version beside this one (FROM=commit)
	@exec $(BIN)/python -m reglament_local.rehearsal --from '$(FROM)' --seed $(SEED)

proof-calendars: setup ## CALENDARS random ones in zones with odd histories against a count tick by tick (SEED)
	@CALENDARS=$(CALENDARS) SEED=$(SEED) $(BIN)/python -m pytest -q --timeout 0 tests/unit/reglament/calendars/test_oracle.py

bench: setup ## speed as ratios to this machine's limit and to peers, in .run/bench.json (ONLY=open_ticket,reads)
	@$(BIN)/python -m bench --only '$(ONLY)' --draw

bench-clocks: setup ## working time against businesstimedelta, a clock of 50 events; ratios in .run/bench.json
	@$(BIN)/python -m bench.clocks
	@$(BIN)/python -m bench.simulation --tickets $(TICKETS)

proof-timers: setup ## OPEN clocks, DUE of them within one second, then killed KILLS times while firing: each once
	@$(BIN)/python -m bench.timers --open $(OPEN) --due $(DUE) --kills $(KILLS)

outbox-lab: setup ## SECONDS of writers that commit late and out of order: what the relay skips or reorders
	@exec $(BIN)/python -m tests.support.outbox_lab --seconds $(SECONDS)

watching: setup ## write deploy/grafana and deploy/prometheus from the code (RUNBOOKS=https://…: links)
	@RUNBOOKS='$(RUNBOOKS)' $(BIN)/python -m reglament_local.watching write

alerts-check: setup ## the rules and their cases, by promtool (Debian's, unpacked into .tools if missing)
	@$(BIN)/python -m reglament_local.watching test

dashboards-check: ## every query of every panel, by a real Prometheus over the running system
	@exec $(BIN)/python -m reglament_local.watching dashboards

series: ## how many series the services show after SERIES_TICKETS over 20 desks of the running system
	@exec $(BIN)/python -m reglament_local.watching series --tickets $(or $(SERIES_TICKETS),10000)

drills: ## every page-level alert's fault made on the running system, and the alert seen (ONLY=mail,kafka)
	@exec $(BIN)/python -m reglament_local.watching drills --only '$(ONLY)'

k8s-check: setup ## deploy/k8s against a real kube-apiserver (built the first time: 15 minutes), kube-score, the code
	@exec $(BIN)/python -m reglament_local.cluster

letters: setup ## all shared letters, 10,000 wounded ones, a burst under kills (CASES: their folder)
	@exec $(BIN)/python -m reglament_local.proofs.letters $(CASES)

rules: setup ## all rules of the desks, shown on the running system; writes docs/rules.md (RULES='EIL RUS-04': only these)
	@$(BIN)/python -m tests.acceptance.rules $(RULES)

rules-mutations: setup ## each key that switches a rule on taken out of the policy: a test of the rule fails then
	@$(BIN)/python -m tests.acceptance.rules mutations $(RULES)

check: static quick ## what must be green before a commit (two minutes)

static: setup lint types ## formatting, lint, types, import contracts, generated documents
	@$(BIN)/lint-imports
	@$(BIN)/python -m reglament.contract --check
	@$(BIN)/python -m reglament_local.cluster.manifests --check

quick: setup ## tests without servers
	@$(BIN)/python -m pytest -q $(wildcard tests/unit tests/contract tests/architecture)

fmt: setup ## format all code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --exit-zero .

lint: setup ## formatting and lint, changing nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: setup ## mypy, strict
	@$(BIN)/mypy $(SOURCES)

contract: setup ## write docs/contract and what of deploy/k8s follows from the code again
	@$(BIN)/python -m reglament.contract
	@$(BIN)/python -m reglament_local.cluster.manifests

client: setup ## the typed Python client, out of docs/contract/openapi, into clients/python
	@$(BIN)/python clients/python/generate.py

backup: ## what cannot be rebuilt, of the running system, into .backups (DAYS=30: older ones go)
	@$(BIN)/python -m reglament_local backup --days $(DAYS)

restore: ## the newest backup (or FROM=name) into an empty system; then `make run`
	@$(PYTHON) deploy/local/bootstrap.py run
	@exec $(BIN)/python -m reglament_local restore $(if $(FROM),--from $(FROM))

doctor: ## Python, disk, ports, memory, cached jars; with the fix for each
	@$(PYTHON) deploy/local/bootstrap.py run
	@$(BIN)/python -m reglament_local doctor

logs: ## follow the logs of what runs
	@exec tail -n 5 -F .run/log/*.log

clean-run: ## forget the data of `make run` (what was downloaded stays)
	@if [ -d .run ]; then $(BIN)/python -m reglament_local forget; fi
