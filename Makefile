# Two commands do everything on a fresh machine with Python 3.11 and make:
#   make demo    a fictional municipality with simulated devices, scanned and served on this machine
#   make test    the whole test suite
# Also: make check (linters and contracts), make lab (real daemons in network namespaces; root),
# make fuzz (a million mutated inputs for every decoder), make bench (what the performance claims rest on; others by name: python -m benchmarks.pages, .export, .survey),
# make lock (needs uv).

.PHONY: demo test check lab fuzz bench lock coverage clean
ARGS ?=

demo:
	@scripts/venv requirements.lock
	@.venv/bin/enhetskoll demo $(ARGS)

test: check
	@scripts/system-packages
	@.venv/bin/python -m pytest -n 3 --dist loadgroup $(ARGS)

check:
	@scripts/venv requirements-dev.lock
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/lint-imports
	@.venv/bin/mypy

lab:
	@scripts/venv requirements-dev.lock
	@scripts/system-packages
	@.venv/bin/python -m tests.lab $(ARGS)

fuzz:
	@scripts/venv requirements-dev.lock
	@.venv/bin/python -m tests.fuzz $(ARGS)

bench:
	@scripts/venv requirements-dev.lock
	@scripts/system-packages
	@.venv/bin/python benchmarks/arp_sweep.py $(ARGS)

coverage:
	@scripts/venv requirements-dev.lock
	@.venv/bin/python -m pytest -n 3 --dist loadgroup --cov --cov-report=term-missing:skip-covered $(ARGS)

lock:
	@scripts/lock

clean:
	rm -rf .venv .demo build *.egg-info .*_cache
