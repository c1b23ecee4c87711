# `make demo` and `make test` need Python 3.11 or newer with venv and pip, make and git; they set up everything else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-slow test-thorough lint types contracts pictures lock clean

# pip is renewed first: 23.2, which comes with Python 3.11, resolves extras wrongly.
.venv/app: pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=24.2'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

.venv/dev: .venv/app
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[postgres,train,editions,notify,schedule]' --group dev
	@touch $@

demo: .venv/app
	$(BIN)/minyi demo

# Three at a time on two cores, because some wait.
test: .venv/dev
	$(BIN)/python -m pytest --numprocesses=3 --dist=loadfile

# What takes long or needs more than Python: simulations, hostile sizes, repeated kills, PostgreSQL, a browser.
test-slow: .venv/dev
	$(BIN)/python -m pytest --numprocesses=2 --dist=load -m '(slow or postgres or browser) and not thorough'

# More of the same: every edge study in every edition, every plant, every shape of the database.
test-thorough: .venv/dev
	$(BIN)/python -m pytest --numprocesses=2 --dist=load -m thorough

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

contracts: .venv/dev
	$(BIN)/lint-imports

# The READMEs' pictures; needs chromium, poppler-utils and fonts-noto-cjk.
pictures: .venv/app
	$(BIN)/python docs/images/take.py

# Newest versions of everything, in an environment of their own.
lock:
	rm -rf .venv-lock && $(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --upgrade 'pip>=24.2'
	.venv-lock/bin/python -m pip install --quiet -e '.[postgres,parquet,train,editions,notify,schedule]' --group dev
	{ echo '# Versions that make test and make demo install: pip install -c requirements.lock. Renewed by make lock.'; \
	  .venv-lock/bin/python -m pip freeze --exclude-editable; } > requirements.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-models dist build
