#!/usr/bin/env bash
# Checks portico.service without starting it: its syntax, how exposed systemd finds it, and that its filter of system calls allows every call that a server
# with a whole edit makes (recorded with strace).
#
#   deploy/check-unit.sh target/release/portico models photo.png
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
binary=$(realpath "$1") models=$(realpath "$2") photo=$(realpath "$3")
for tool in systemd-analyze strace; do command -v $tool >/dev/null || { echo "SKIPPED: $tool is missing" >&2; exit 0; }; done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed "s#/usr/local/bin/portico#$binary#" "$here/portico.service" >"$work/portico.service"
systemd-analyze verify --man=no "$work/portico.service"
systemd-analyze security --offline=true "$work/portico.service" | tail -1

# @groups name others, so they are opened until nothing but calls is left.
calls() { systemd-analyze syscall-filter "$1" | sed -n 's/^    \([@a-z0-9_-]*\).*/\1/p' | while read -r name; do case $name in @*) calls "$name" ;; *) echo "$name" ;; esac; done; }
calls @system-service | sort -u >"$work/allowed"
calls @privileged | sort -u >"$work/refused"
comm -23 "$work/allowed" "$work/refused" >"$work/filter"

export PORTICO_MODELS=$models
strace -f -qq -c -o "$work/edit" "$binary" edit "$photo" "cut it out" -o "$work/out.png"
strace -D -f -qq -c -o "$work/serve" "$binary" serve --port 0 --data "$work/data" >"$work/out" 2>/dev/null &
server=$!
for _ in $(seq 100); do [ -s "$work/out" ] && break; sleep 0.2; done
url=$(sed -n 's/^listening on //p' "$work/out")
curl -sf -F "image=@$photo" -F instruction="crop to 1:1" "$url/api/v1/edit" -o "$work/edited"
kill -TERM $server; wait $server || true
for _ in $(seq 50); do [ -s "$work/serve" ] && break; sleep 0.2; done
awk 'NR > 2 && $NF ~ /^[a-z_0-9]+$/ && $NF != "total" && $NF != "syscall" { print $NF }' "$work/edit" "$work/serve" | sort -u >"$work/used"
[ "$(wc -l <"$work/used")" -gt 40 ] || { echo "the record of calls is empty" >&2; exit 1; }
# Run as root, SQLite hands new files to the database's owner; the service is not root.
[ "$(id -u)" != 0 ] || sed -i '/^fchown$/d' "$work/used"
if comm -23 "$work/used" "$work/filter" | grep .; then
  echo "these calls are made and not allowed" >&2
  exit 1
fi
echo "$(wc -l <"$work/used") different system calls, all allowed"
