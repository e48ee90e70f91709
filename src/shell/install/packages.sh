# shellcheck shell=bash
# Programs the distribution provides: which ones are needed, which are missing, and their installation on Debian and Ubuntu.

# Older clients cannot read today's Supabase servers (15 and 17) at all.
readonly packages_oldest_client=15
# Where the distribution's own client is older than that, this major comes from the PostgreSQL project's packages.
readonly packages_wanted_client=17
# Debian's own script that adds them, and the packages it comes from and needs.
readonly packages_pgdg_script=/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh
readonly -a packages_pgdg_needs=(postgresql-common gnupg ca-certificates)
# How long to wait for another package manager, e.g. unattended-upgrades on a machine's first minutes.
readonly packages_lock_wait_sec=300

# The programs, one a line: program, its package, `run` (nightly backups) or `test` (tests and lint too), the reason.
packages_table() {
  cat <<'TABLE'
borg             borgbackup         run   archives: encrypted, deduplicated
pg_dump          postgresql-client  run   dumps and restores the database
flock            util-linux         run   one run at a time
setpriv          util-linux         run   the drill's server does not run as root, and ends with its parent
ssh              openssh-client     run   repositories on other machines
npm              npm                run   installs the JavaScript packages
tmux             tmux               test  types into the prompts and reads the screen
shellcheck       shellcheck         test  lint of the scripts
shfmt            shfmt              test  formatting of the scripts
git              git                test  clones the checkout in tests of the installation
man              man-db             test  renders the man pages
systemd-analyze  systemd            test  verifies the units, and runs them in a manager of its own
logrotate        logrotate          test  rotates the logs once, with our template
jq               jq                 test  reads manifests in the commands of RECOVERY.md
curl             curl               test  uploads objects in the commands of RECOVERY.md
podman           podman             test  runs client programs in a container, as backups do where none fit
runc             runc               test  the runtime Podman uses there
conmon           conmon             test  watches over Podman's containers
pgbouncer        pgbouncer          test  the session pooler a backup goes through
openssl          openssl            test  makes the certificate of a server with TLS
TABLE
}

# packages_missing SCOPE: the missing packages, one a line. SCOPE is `run`, or `test` for those of `run` as well.
packages_missing() {
  local scope=$1 program package needed _reason
  packages_table | while read -r program package needed _reason; do
    [[ $needed == run || $scope == test ]] || continue
    packages_has "$program" || printf '%s\n' "$package"
  done | sort -u
}

# packages_has PROGRAM: whether it is there and new enough.
packages_has() {
  local program=$1 version
  [[ -n $(PATH=$PATH:/usr/sbin:/sbin type -P "$program") ]] || return 1
  [[ $program == pg_dump ]] || return 0
  version=$(pg_dump --version 2>/dev/null) || return 1
  [[ $version =~ \ ([0-9]+) ]] && ((BASH_REMATCH[1] >= packages_oldest_client))
}

# packages_ensure SCOPE: installs what is missing. Returns 78 when it may not, after saying what to type.
packages_ensure() {
  local -a missing as_root=()
  mapfile -t missing < <(packages_missing "$1")
  ((${#missing[@]})) || return 0
  if [[ -z $(type -P apt-get) ]]; then
    printf 'Missing on this machine: %s. It has no apt-get; please install their programs yourself.\n' "${missing[*]}" >&2
    return 78
  fi
  if [[ $(id -u) != 0 ]]; then
    # Without a password or not at all: this command asks no questions.
    if [[ -z $(type -P sudo) ]] || ! sudo -n true 2>/dev/null; then
      packages_explain "${missing[@]}"
      return 78
    fi
    as_root=(sudo -n)
  fi
  printf 'Installing the packages %s; another package manager at work is waited for ...\n' "${missing[*]}" >&2
  packages_install "${missing[@]}" || {
    printf 'Not every package could be installed; what apt-get said stands above.\n' >&2
    return 1
  }
}

# packages_explain PACKAGE...: what an administrator has to type.
packages_explain() {
  local -a packages=("$@")
  local archive=
  if packages_client_is_old "$@"; then
    packages=("${@/%postgresql-client/postgresql-client-$packages_wanted_client}")
    archive="sudo apt-get install ${packages_pgdg_needs[*]} && sudo $packages_pgdg_script -y && "
  fi
  cat >&2 <<MESSAGE
These packages are missing, and installing them needs root: ${packages[*]}
Please type this, then try again:
  sudo apt-get update && ${archive}sudo apt-get install --no-install-recommends ${packages[*]}
MESSAGE
}

# packages_install PACKAGE...: installs them; `as_root` of the caller is the prefix that makes a command root's.
packages_install() {
  local -a packages=("$@")
  # A container image or a new machine may have no package lists at all.
  packages_known "$@" || packages_update || return $?
  if packages_client_is_old "$@"; then
    packages_add_pgdg || return $?
    packages=("${@/%postgresql-client/postgresql-client-$packages_wanted_client}")
  fi
  # Lists from last month name versions that the mirror no longer has: fetch new ones and try once more.
  packages_apt install "${packages[@]}" || { packages_update && packages_apt install "${packages[@]}"; }
}

# packages_known PACKAGE...: whether the lists offer every one of them.
packages_known() {
  local package
  for package in "$@"; do
    [[ -n $(packages_candidate "$package") ]] || return 1
  done
}

# packages_candidate PACKAGE: the version that would be installed; empty when there is none.
packages_candidate() {
  LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^  Candidate: //p' | streams_grep -vx '(none)'
}

# packages_client_is_old PACKAGE...: whether a PostgreSQL client is among them, and the distribution's is too old.
packages_client_is_old() {
  [[ " $* " == *' postgresql-client '* && $(packages_candidate postgresql-client) =~ ^([0-9]+) ]] || return 1
  ((BASH_REMATCH[1] < packages_oldest_client))
}

# Adds the PostgreSQL project's package archive, and its key.
packages_add_pgdg() {
  packages_apt install "${packages_pgdg_needs[@]}" && "${as_root[@]}" "$packages_pgdg_script" -y >&2
}

# Fetches the package lists; apt waits for the other locks itself, but not for that of the lists.
packages_update() {
  local waited=0 output
  until output=$(packages_apt update 2>&1); do
    printf '%s\n' "$output" >&2
    [[ $output == *lists/lock* ]] && ((waited < packages_lock_wait_sec)) || return 1
    sleep 5
    waited=$((waited + 5))
  done
}

# packages_apt VERB [PACKAGE...]: apt-get as root, without a question, and without starting the services that some packages
# bring (SYSTEMD_OFFLINE): we want their programs only.
packages_apt() {
  local verb=$1
  shift
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l SYSTEMD_OFFLINE=1 \
    apt-get "$verb" -qq -y --no-install-recommends -o "DPkg::Lock::Timeout=$packages_lock_wait_sec" -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}
