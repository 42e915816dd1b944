#!/usr/bin/env bash
# Names every missing tool together with the command that installs it, all at once.
set -u
missing=0
need() { # name, hint
  if ! command -v "$1" >/dev/null 2>&1; then echo "missing: $1 – install it with: $2" >&2; missing=1; fi
}
older() { # have, want: true when have < want
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" != "$2" ]
}
need cargo "curl https://sh.rustup.rs -sSf | sh   (Rust 1.94 or newer)"
need node "sudo apt-get install nodejs npm   (Node.js 18 or newer)"
need npm "sudo apt-get install npm"
need cc "sudo apt-get install build-essential"
if command -v rustc >/dev/null 2>&1; then
  have=$(rustc --version | awk '{print $2}')
  if older "$have" 1.94.0; then echo "Rust $have is too old – update it with: rustup update stable   (1.94 or newer)" >&2; missing=1; fi
fi
if command -v node >/dev/null 2>&1; then
  have=$(node --version | tr -d v)
  if older "$have" 18.0.0; then echo "Node.js $have is too old – 18 or newer is needed; on Debian 12: sudo apt-get install nodejs npm" >&2; missing=1; fi
fi
exit $missing
