#!/usr/bin/env bash
# The whole suite: Rust tests with the real model, then the page in a real Chromium. Installs what it may, says loudly what it could not test.
set -euo pipefail
cd "$(dirname "$0")/.."
export PORTICO_MODELS="${PORTICO_MODELS:-$PWD/models}"
export CARGO_TERM_PROGRESS_WHEN=never

# What proves that nothing leaves the machine and that the proxies' configurations work.
for tool in unshare ip strace nginx caddy; do
  command -v "$tool" >/dev/null 2>&1 || [ -x "/usr/sbin/$tool" ] || echo "SKIPPED: the tests that need $tool. Install it: sudo apt-get install util-linux iproute2 strace nginx-light caddy" >&2
done

# What measures results anew and reads layered files, apart from the program.
./scripts/python.sh || echo "SKIPPED: the tests that need Pillow, NumPy and psd-tools. Mend what is said above, then: scripts/python.sh" >&2

cargo build --locked
./target/debug/portico models install
cargo test --workspace --locked --no-fail-fast

browser=""
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then browser=$(command -v "$name"); break; fi
done
if [ -z "$browser" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing chromium for the browser tests"
  { apt-get update && apt-get install -y --no-install-recommends chromium fonts-noto-cjk; } >/dev/null && browser=$(command -v chromium || true)
fi
if [ -z "$browser" ]; then
  echo "=========================================================================" >&2
  echo "SKIPPED: the browser tests. Install a browser: sudo apt-get install chromium" >&2
  echo "=========================================================================" >&2
else
  CHROMIUM="$browser" PORTICO_BIN="$PWD/target/debug/portico" node tests/browser/run.mjs
fi
