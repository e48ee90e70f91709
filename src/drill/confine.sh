#!/usr/bin/env bash
# Runs a program in a root of its own: read-only, without a program that a server could execute (COPY … TO PROGRAM takes
# a shell), without /proc, and writable in the given folders only. Expects mount, network and IPC namespaces of its own.
#
#     confine.sh ROOT UID GID privileged|unprivileged WRITABLE… -- READONLY… -- PROGRAM [ARGUMENT…]
#
# ROOT is an empty directory. `unprivileged` is a user namespace in which we are root and the account is ourselves.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 022
export LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin:/bin

root=$1 uid=$2 gid=$3 rights=$4
shift 4

# confine_mount PATH OPTIONS: the same path inside; a bind mount takes its options only when it is mounted again.
confine_mount() {
  local path=$1
  if [[ -d $path ]]; then mkdir -p "$root$path"; else
    mkdir -p "$root${path%/*}"
    : >"$root$path"
  fi
  mount --bind "$path" "$root$path"
  mount -o "remount,bind,$2" "$root$path"
}

# confine_system: the system's libraries and data, as links where they are links, and none of its programs.
confine_system() {
  local path
  for path in /usr /bin /sbin /lib /lib32 /lib64 /libx32; do
    if [[ -L $path ]]; then
      ln -s "$(readlink "$path")" "$root$path"
    elif [[ -d $path ]]; then
      confine_mount "$path" ro,nosuid,nodev
    fi
  done
  for path in /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /bin /sbin; do
    [[ ! -d $root$path || -L $root$path ]] || mount -t tmpfs -o ro,mode=755 tmpfs "$root$path"
  done
  for path in /etc/ld.so.cache /etc/alternatives /etc/localtime /var/cache/postgresql; do
    [[ ! -e $path ]] || confine_mount "$path" ro,nosuid,nodev
  done
}

confine_devices() {
  local device
  mkdir -p "$root/dev/shm" "$root/tmp"
  for device in null zero random urandom; do
    : >"$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  mount -t tmpfs -o mode=1777,noexec,nosuid,nodev tmpfs "$root/dev/shm"
  mount -t tmpfs -o mode=1777,size=64m,noexec,nosuid,nodev tmpfs "$root/tmp"
}

mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root"
confine_system
confine_devices
for options in rw,nosuid,nodev,noexec ro,nosuid,nodev; do
  while [[ $1 != -- ]]; do
    confine_mount "$1" "$options"
    shift
  done
  shift
done
: >"$root/setpriv"
mount --bind "$(type -P setpriv)" "$root/setpriv"
mount -o remount,bind,ro,nosuid,nodev "$root"

# Without the capability to leave it there is no way out of this root.
last=(/setpriv --pdeathsig=INT --no-new-privs)
if [[ $rights == privileged ]]; then
  exec chroot "$root" "${last[@]}" --reuid="$uid" --regid="$gid" --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"
fi
exec unshare --user --map-user="$uid" --map-group="$gid" --root="$root" --wd=/ "${last[@]}" --inh-caps=-all -- "$@"
