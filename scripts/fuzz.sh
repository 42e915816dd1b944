#!/usr/bin/env bash
# Fuzzes the targets of fuzz/, one after the other: scripts/fuzz.sh [SECONDS] [TARGET...]
# Needs a nightly toolchain, a C++ compiler and cargo-fuzz (`cargo install cargo-fuzz --locked`). New inputs go to fuzz/found/TARGET, failures to
# fuzz/artifacts/TARGET; fuzz/corpus only changes by `scripts/fuzz.sh shrink`. See docs/FUZZING.md.
set -euo pipefail
cd "$(dirname "$0")/.."
toolchain=${PORTICO_FUZZ_TOOLCHAIN:-nightly}
# `none` builds and runs in half the time, and sees panics, hangs and memory, but no fault inside unsafe code.
sanitizer=${PORTICO_FUZZ_SANITIZER:-address}

seconds=600
shrink=false
case ${1:-} in
    shrink) shrink=true; shift ;;
    *[!0-9]* | "") ;;
    *) seconds=$1; shift ;;
esac
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(cd fuzz/fuzz_targets && printf '%s\n' *.rs | sed 's/\.rs$//')
fi

if ! cargo fuzz --version > /dev/null 2>&1; then
    echo "cargo-fuzz is missing: cargo install cargo-fuzz --locked" >&2
    exit 1
fi
# Tables that live as long as the process are no leaks; memory is held by -rss_limit_mb.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}

failed=()
for target in "${targets[@]}"; do
    corpus=fuzz/corpus/$target
    found=fuzz/found/$target
    mkdir -p "$corpus" "$found"
    if $shrink; then
        # The smallest inputs that reach what all together reach, and none above 8 kB.
        cargo "+$toolchain" fuzz run --fuzz-dir fuzz -s "$sanitizer" "$target" "$corpus.new" "$corpus" "$found" -- -merge=1 -max_len=8192 -rss_limit_mb=2048 -timeout=20
        rm -rf "$corpus" && mv "$corpus.new" "$corpus"
        continue
    fi
    echo "== $target, $seconds seconds"
    cargo "+$toolchain" fuzz run --fuzz-dir fuzz -s "$sanitizer" "$target" "$found" "$corpus" -- \
        -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -max_len="${PORTICO_FUZZ_MAX_LEN:-16384}" -print_final_stats=1 \
        || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "failed: ${failed[*]}; the inputs are in fuzz/artifacts" >&2
    exit 1
fi
