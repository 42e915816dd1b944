#!/usr/bin/env bash
# Runs the steps of the image's second stage, as deploy/Containerfile has them, in a fresh Debian root made with debootstrap, then starts the server there as
# the container would: as the image's user, with a root that cannot be written, and volumes for data and models. No container engine is needed, root is.
#
#   deploy/prove-image.sh --binary target/release/portico --models models [--root DIR] [--mirror URL] [--apt-conf FILE] [--keep]
#
# The first stage is the ordinary build (`make build`); its results are given with --binary and --models.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
conf=""
own_option() { [ "$1" = --apt-conf ] && conf=$2; }
. "$here/options.sh"
[ "$(id -u)" = 0 ] || { echo "run it as root: it needs debootstrap, chroot and mount" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "debootstrap is missing: apt-get install debootstrap" >&2; exit 2; }
mkdir -p "${root:=$(mktemp -d /tmp/portico-image.XXXXXX)}"
chmod 755 "$root"
clean() {
  while umount "$root/proc" 2>/dev/null; do :; done
  [ "$keep" = yes ] || rm -rf --one-file-system "$root"
}
trap clean EXIT

echo "== a fresh Debian root"
debootstrap --variant=minbase bookworm "$root" "$mirror" >/dev/null
cp /etc/resolv.conf "$root/etc/resolv.conf"
[ -z "$conf" ] || cp "$conf" "$root/etc/apt/apt.conf.d/"
mount -t proc proc "$root/proc"

# The second stage, line by line.
stage=$(awk '/^FROM /{n++} n == 2' "$here/Containerfile")
variables=$(sed -n 's/^ENV //p' <<<"$stage")
user=$(sed -n 's/^USER //p' <<<"$stage")
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }
while IFS= read -r line; do
  case "$line" in
    "RUN "*) echo "== $line"; inside sh -ec "${line#RUN }" >/dev/null ;;
    "COPY --from=build "*portico\ /usr/local/bin/portico) echo "== $line"; install -m 755 "$binary" "$root/usr/local/bin/portico" ;;
    "COPY --from=build "*/models\ /models) echo "== $line"; cp -rL "$models/." "$root/models/"; rm -rf "$root/models/prepared"; inside chown -R portico:portico /models ;;
    "COPY "*) echo "an unknown line: $line" >&2; exit 1 ;;
  esac
done <<<"$stage"
while umount "$root/proc" 2>/dev/null; do :; done
cp "$here/../tests/fixtures/photos/coffee.png" "$root/data/"

echo "== the server, as $user, on a root that cannot be written"
export PORTICO_ROOT="$root" PORTICO_USER="$user" PORTICO_ENV="$variables"
unshare --mount --pid --fork --kill-child bash -euo pipefail <<'INSIDE'
root=$PORTICO_ROOT
mount --bind "$root" "$root"
for volume in data models; do mount --bind "$root/$volume" "$root/$volume"; done
mount -o remount,bind,ro "$root"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
id=$(chroot "$root" id -u "$PORTICO_USER")
as_user() { chroot --userspec="$id:$id" "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin $PORTICO_ENV PORTICO_PORT=17880 "$@"; }
as_user sh -c 'touch /usr/x 2>/dev/null' && { echo "the root can be written" >&2; exit 1; }
(exec chroot --userspec="$id:$id" "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin $PORTICO_ENV PORTICO_PORT=17880 portico serve >"$root/tmp/out" 2>"$root/tmp/log") &
server=$!
for _ in $(seq 100); do as_user portico health 2>/dev/null && break; sleep 0.3; done
as_user portico health || { cat "$root/tmp/out" "$root/tmp/log" >&2; exit 1; }
grep -q "set up the first account" "$root/tmp/out" || { echo "no link for the first account" >&2; exit 1; }
printf 'a good long password\n' | as_user portico users add keeper --owner --password-stdin
key=$(as_user portico keys add keeper proof --scope edit | grep -o 'ptc_[A-Za-z0-9_-]*')
cat >"$root/tmp/edit.sh" <<'EDIT'
set -eu
exec 3<>/dev/tcp/127.0.0.1/17880
body='{"image":"iVBORw0KGgoAAAANSUhEUgAAAAQAAAADCAIAAAA7ljmRAAAAKUlEQVR42g3HMQEAMAzDMMMJiIIInJ4GVYCbPgEysnISzJg1P8WOXXs+zQ8MGSOuqVMAAAAASUVORK5CYII=","instruction":"rotate 90 degrees"}'
printf 'POST /api/v1/edit HTTP/1.1\r\nHost: 127.0.0.1:17880\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: application/json\r\nConnection: close\r\nContent-Length: %s\r\n\r\n%s' "$1" "${#body}" "$body" >&3
cat <&3
EDIT
answer=$(as_user bash /tmp/edit.sh "$key")
grep -q '"results"' <<<"$answer" || { echo "no edit: $answer" >&2; exit 1; }
as_user portico edit /data/coffee.png "cut it out" -o /data/out.png
as_user portico backup /data/backup.zip
kill -TERM $server
wait $server
echo "== it ended in good order"
INSIDE
echo "== proven"
