#!/usr/bin/env bash
# Boots systemd over a throwaway copy of this machine: its own file system is the lower layer of an overlay, everything
# written goes to memory. Run as root in new mount, pid, cgroup, ipc and uts namespaces; the network is the machine's own.
#
#     boot-machine.sh DIRECTORY CHECKOUT SHARED
#
# DIRECTORY is an empty one to mount on; CHECKOUT is to be seen at /opt/supabase-backup, read-only, and SHARED at its own path.
set -Eeuo pipefail

directory=$1 checkout=$2 shared=$3
root=$directory/root

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$directory"
mkdir "$directory"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$root"

# What this machine runs by itself is not wanted here: nothing starts but systemd and what tests add.
rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/systemd/user/*.wants
# Kernel settings and devices are shared with the machine, so they are out of reach.
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mkdir "$root"/dev/{pts,shm}
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"

mkdir -p "$root/opt/supabase-backup" "$root$shared"
mount --bind "$checkout" "$root/opt/supabase-backup"
mount -o remount,bind,ro "$root/opt/supabase-backup"
mount --bind "$shared" "$root$shared"

cd "$root"
mkdir -p mnt
pivot_root . mnt
umount -l /mnt
exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  setpriv --bounding-set=-sys_module,-sys_time \
  /lib/systemd/systemd --system --log-target=console --log-level=warning --unit=basic.target
