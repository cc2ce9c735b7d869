# Two commands do all the set-up: `make run` (the assistant) and `make test` (everything that is checked).
.DEFAULT_GOAL := help
.SUFFIXES:
SHELL := /bin/bash
PY := .venv/bin/python
export RASA_TELEMETRY_ENABLED := false
export PYTHONPATH := $(CURDIR)
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help env env-dev run chat train test check content-report evaluate nlu-report tune bench bench-nlu lock clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

env:
	@python3 tools/bootstrap.py run

env-dev:
	@python3 tools/bootstrap.py dev

run: env  ## set up, train if needed, start the server, print its address
	@exec $(PY) -m oih_assistant.server

chat: env  ## the same in the terminal, without a server
	@exec $(PY) -m oih_assistant.channels.terminal

train: env  ## train the model if its inputs changed
	@$(PY) -m oih_assistant.train_command

test: env-dev  ## everything: content, lint, types, tests
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory train
	@$(PY) -m pytest $(ARGS)

check: env-dev  ## content rules, lint and types, without the tests
	@$(PY) -m oih_assistant.content
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

content-report: env-dev  ## reports/content.html: all texts side by side, for the clinician who reviews
	@$(PY) -m oih_assistant.content.report --out reports/content.html

evaluate: env  ## measure understanding: make evaluate SET=file.yml [OUT=outcomes.jsonl]
	@$(PY) -m oih_assistant.evaluation "$(SET)" $(if $(OUT),--out "$(OUT)")

nlu-report: env-dev  ## reports/nlu.html: what is understood, what is confused, and why
	@$(PY) -m oih_assistant.evaluation.report --out reports/nlu.html $(ARGS)

tune: env  ## the threshold curve on the held-out sets
	@$(PY) -m oih_assistant.evaluation.tune

bench: env-dev  ## start, memory, speed, beside stock Rasa on the same content
	@$(PY) -m bench.speed $(ARGS)

bench-nlu: env-dev  ## public benchmarks: make bench-nlu DATA=folder
	@$(PY) -m bench.public_sets "$(DATA)"

lock: env-dev  ## renew requirements/*.lock from requirements/*.in
	@$(PY) tools/lock.py

clean:  ## remove what can be made again, keep conversations and reports
	@rm -rf .cache .rasa models .pytest_cache .mypy_cache .ruff_cache
