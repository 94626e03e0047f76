# `make up` starts VideoMind, `make test` tests it. Both need Python 3.11 or newer and make alone.

VENV := .venv
PYTHON := $(VENV)/bin/python
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make requirements" $(VENV)/bin/uv pip compile --quiet \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url

.DEFAULT_GOAL := help
.PHONY: help up install install-dev test demo shots lint types bench faults requirements

help:
	@echo "make up            install what is needed and run VideoMind"
	@echo "make test          install what tests need and run them all"
	@echo "make demo          VideoMind with a sample channel, without internet"
	@echo "make shots         the pictures of the main pages, into docs/ (needs Chromium)"
	@echo "make install       install the pinned requirements into $(VENV)"
	@echo "make lint          ruff: rules and format"
	@echo "make types         mypy, strict"
	@echo "make bench         measure against yt-dlp's own command line"
	@echo "make faults        kill, stop and fill up everything, for long, and say what came of it"
	@echo "make requirements  compile the pinned requirements anew"

up: install
	@$(PYTHON) manage.py up

test: install-dev
	@$(PYTHON) -m tests

lint: install-dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

types: install-dev
	@$(PYTHON) -m mypy .

demo: install-dev
	@$(PYTHON) -m tests.demo

shots: install-dev
	@$(PYTHON) -m tests.browser.shots

bench: install-dev
	@$(PYTHON) -m bench

faults: install-dev
	@$(PYTHON) -m tests.faults

requirements: install-dev
	$(COMPILE) requirements/base.in -o requirements/base.txt
	$(COMPILE) requirements/dev.in -o requirements/dev.txt

# The stamps make an installation happen again only when the pinned requirements have changed.
install: $(VENV)/.installed
install-dev: $(VENV)/.installed-dev

$(VENV)/.installed: requirements/base.txt | $(PYTHON)
	@echo "Installing what VideoMind needs into $(VENV) ..."
	@$(INSTALL) -r requirements/base.txt
	@touch $@

$(VENV)/.installed-dev: requirements/dev.txt $(VENV)/.installed | $(PYTHON)
	@echo "Installing what the tests need into $(VENV) ..."
	@$(INSTALL) -r requirements/base.txt -r requirements/dev.txt
	@touch $@

$(PYTHON):
	@for each in python3.14 python3.13 python3.12 python3.11 python3 python; do \
		if $$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			if ! $$each -c 'import ensurepip, venv' 2>/dev/null; then \
				echo "$$each cannot make virtual environments: install its venv package" \
					"(on Debian and Ubuntu: apt install python3-venv)." >&2; \
				exit 1; \
			fi; \
			exec $$each -m venv --clear $(VENV); \
		fi; \
	done; \
	echo "VideoMind needs Python 3.11 or newer, and there is none on the PATH." >&2; \
	exit 1
