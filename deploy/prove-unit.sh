#!/usr/bin/env bash
# Runs portico.service under a real systemd: a fresh Debian root made with debootstrap, its systemd as process 1 in namespaces of its own (processes, mounts,
# network, control groups; nothing outside is touched). The unit is set up as its head says, enabled, started at boot, makes an edit, is killed and comes back, and stops within
# its time.
#
#   deploy/prove-unit.sh --binary target/release/portico --models models [--root DIR] [--mirror URL] [--keep]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
process=""
own_option() { false; }
. "$here/options.sh"
[ "$(id -u)" = 0 ] || { echo "run it as root: it needs debootstrap, namespaces and mount" >&2; exit 2; }
for tool in debootstrap unshare nsenter; do command -v $tool >/dev/null || { echo "$tool is missing" >&2; exit 2; }; done
grep -qw cgroup2 /proc/filesystems || { echo "the kernel has no cgroup2" >&2; exit 2; }
mkdir -p "${root:=$(mktemp -d /tmp/portico-unit.XXXXXX)}"
# A folder of mktemp is for its owner alone; as a root it is for everybody.
chmod 755 "$root"
clean() {
  # The namespaces end with the process that made them, and what is mounted there with them.
  [ -z "$process" ] || { kill -KILL "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; }
  [ "$keep" = yes ] || rm -rf --one-file-system "$root"
}
trap clean EXIT

if [ ! -x "$root/lib/systemd/systemd" ]; then
  echo "== a fresh Debian root with systemd"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,libstdc++6,fontconfig,curl bookworm "$root" "$mirror" >/dev/null
fi

echo "== the unit, set up as its head says"
install -m 755 "$binary" "$root/usr/local/bin/portico"
install -m 644 "$here/portico.service" "$root/etc/systemd/system/portico.service"
chroot "$root" id portico >/dev/null 2>&1 || chroot "$root" useradd --system --home-dir /var/lib/portico --shell /usr/sbin/nologin portico
chroot "$root" install -d -o portico -g portico -m 700 /var/lib/portico /var/lib/portico-models
cp -rL "$models/." "$root/var/lib/portico-models/"
rm -rf "$root/var/lib/portico-models/prepared"
chroot "$root" chown -R portico:portico /var/lib/portico-models
cp "$here/../tests/fixtures/photos/coffee.png" "$root/root/photo.png"
chroot "$root" systemctl enable portico 2>/dev/null

echo "== boot"
export PORTICO_ROOT="$root"
unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child bash -euc '
  root=$PORTICO_ROOT
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/tmp"
  mount --rbind /dev "$root/dev"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  cd "$root"
  pivot_root . mnt
  umount -l /mnt
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --unit=multi-user.target
' >"$root/root/boot.log" 2>&1 &
process=$!
init=""
for _ in $(seq 50); do init=$(pgrep -P "$process" | head -1 || true); [ -n "$init" ] && [ "$(cat "/proc/$init/comm")" = systemd ] && break; sleep 0.2; done
inside() { nsenter --target "$init" --mount --pid --uts --ipc --net --cgroup -- "$@"; }
until_true() { for _ in $(seq 150); do inside "$@" >/dev/null 2>&1 && return; sleep 0.2; done; echo "not so after 30 s: $*" >&2; inside journalctl -u portico --no-pager >&2 || true; exit 1; }
healthy="curl -sf http://127.0.0.1:7878/healthz"
inside ip link set lo up 2>/dev/null || nsenter --target "$init" --net -- ip link set lo up
until_true systemctl is-active portico
until_true $healthy
echo "   $(inside systemctl show portico -p User -p MainPID -p ActiveState | paste -sd' ')"

echo "== an edit with a model"
inside curl -sf -F image=@/root/photo.png -F "instruction=transparent PNG" http://127.0.0.1:7878/api/v1/edit -o /root/out.png
[ "$(head -c 8 "$root/root/out.png" | od -An -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] || { echo "no PNG came back" >&2; exit 1; }

echo "== killed, it comes back"
inside systemctl kill -s KILL portico
until_true sh -c '[ "$(systemctl show portico -p NRestarts --value)" = 1 ]'
until_true $healthy

echo "== asked to stop, it stops by itself"
inside systemctl stop portico
inside systemctl show portico -p Result -p ActiveState | paste -sd' ' | grep -x "Result=success ActiveState=inactive"
echo "portico.service runs under systemd $(inside systemctl --version | head -1 | cut -d' ' -f2)"
