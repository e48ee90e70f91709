# shellcheck shell=bash
# Whether this checkout is in a place that lasts, and its copy to one that does.

# What an installation consists of: not node_modules, .git or tests, and nothing that an operator keeps here.
readonly -a copy_parts=(backup.sh restore.sh install.sh src templates docs package.json package-lock.json tsconfig.json
  .npmrc .env.example README.md CHANGELOG.md LICENSE
  dashboard/{dashboard.sh,setup.sh,build.mjs,src,public,package.json,package-lock.json,tsconfig.json,vite.config.ts})

# copy_require_lasting: returns 2 when the toolkit lies where a reboot, a cleanup or a hand takes it away, unless the answer
# is a place to copy it to.
copy_require_lasting() {
  local reason
  reason=$(copy_why_temporary "${root:?}") || return 0
  if [[ -t 0 && ${flag_yes:?} == no ]]; then
    read -r -e -i "${default_copy:?}" -p "$root is $reason, and would not last. Copy the toolkit to: " copy_to
    [[ -z $copy_to ]] || return 0
  fi
  error_raise 2 PLACE_TEMPORARY "$root is $reason: what runs every night cannot stay there." \
    "Let it be copied: install.sh --copy-to $default_copy, with your other options."
}

# copy_why_temporary DIR: prints why the place would not last, or returns 1.
copy_why_temporary() {
  local dir=$1/ downloads device
  case $dir in
  /tmp/* | /var/tmp/* | /dev/shm/* | /run/user/* | "${TMPDIR:-/tmp}"/*) printf 'in a temporary directory' && return $? ;;
  /media/* | /run/media/*) printf 'on a removable disk' && return $? ;;
  esac
  # The desktop's own name for that folder, which depends on the language.
  downloads=$(grep -s '^XDG_DOWNLOAD_DIR=' "${XDG_CONFIG_HOME:-$HOME/.config}/user-dirs.dirs") || downloads=''
  [[ $downloads =~ \"\$HOME(/.+)\"$ ]] && downloads=${BASH_REMATCH[1]}
  if [[ $dir == "$HOME${downloads:-/Downloads}"/* ]]; then
    printf 'in the folder of downloads' && return $?
  fi
  device=$(findmnt --noheadings --output SOURCE --target "$1" 2>/dev/null) || return 1
  [[ $device == /dev/* && $(lsblk --noheadings --nodeps --output RM "$device" 2>/dev/null) == *1* ]] || return 1
  printf 'on a removable disk'
}

# copy_make DIR: copies the toolkit there; an earlier copy is brought up to date.
copy_make() {
  if [[ -d $1 && -n $(ls -A "$1") && ! -f $1/src/shell/install/copy.sh ]]; then
    error_raise 2 COPY_PLACE_TAKEN "$1 is not empty, and not an earlier copy of the toolkit." 'Name a new or an empty directory.'
    return $?
  fi
  change "copy the toolkit to $1" copy_parts_to "$1"
}

# copy_parts_to DIR: puts each part in place by renaming, so that a run under way keeps the files that it has open.
copy_parts_to() {
  local to=$1 part name incoming
  mkdir -p "$to/dashboard" && incoming=$(mktemp -d "$to/.incoming-XXXXXX") || return $?
  for part in "${copy_parts[@]}"; do
    [[ -e $root/$part ]] || continue
    name=${part//\//-}
    cp -R --preserve=mode,timestamps "$root/$part" "$incoming/$name" || return $?
    [[ ! -e $to/$part ]] || mv "$to/$part" "$incoming/old-$name" || return $?
    mv "$incoming/$name" "$to/$part" || return $?
  done
  rm -rf "$incoming"
}
