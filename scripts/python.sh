#!/usr/bin/env bash
# A Python of the tests' own in .venv/tests, with what tests/requirements.txt names and nothing else. Tests that need it say so where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv/tests
if [ -x "$venv/bin/python" ] && cmp -s tests/requirements.txt "$venv/requirements.txt"; then exit 0; fi
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Python 3.11 or newer is needed: sudo apt-get install python3 python3-venv" >&2; exit 1; }
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r tests/requirements.txt
cp tests/requirements.txt "$venv/requirements.txt"
