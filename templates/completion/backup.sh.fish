# Made by `npm run generate` from src/flags. Completes the flags of backup.sh and their values.

function __supabase_backup_projects
    set -q XDG_CONFIG_HOME; and set -l config $XDG_CONFIG_HOME; or set -l config ~/.config
    for file in $config/supabase-backup/*.env /etc/supabase-backup/*.env
        basename $file .env
    end
end

# The archives as they were listed last.
function __supabase_backup_archives
    set -q XDG_STATE_HOME; and set -l state $XDG_STATE_HOME; or set -l state ~/.local/state
    for file in $state/supabase-backup/*/archives /var/lib/supabase-backup/*/archives
        test -r $file; and cat $file
    end
end

# __supabase_backup_list WORD...: each behind what stands up to the last comma.
function __supabase_backup_list
    set -l before (string replace -rf '^(--[a-z-]+=)?(.*,).*$' '$2' -- (commandline -ct))
    for word in $argv
        echo "$before$word"
    end
end

complete -c backup.sh -f
complete -c backup.sh -a borg
complete -c backup.sh -s e -l env-file -r -F -d 'the project that this env file describes'
complete -c backup.sh -s p -l project -x -a '(__supabase_backup_projects)' -d 'the project of NAME.env in the configuration directory'
complete -c backup.sh -l all -d 'every configured project in turn'
complete -c backup.sh -l only -x -a '(__supabase_backup_list database storage auth functions settings)' -d 'only these components, e.g. database,storage'
complete -c backup.sh -l skip -x -a '(__supabase_backup_list database storage auth functions settings)' -d 'all components but these'
complete -c backup.sh -l type -x -a 'full schema data roles' -d 'what of the database'
complete -c backup.sh -l schema -x -d 'a partial backup'
complete -c backup.sh -l exclude-table -x -d 'a partial backup'
complete -c backup.sh -l bucket -x -d 'of Storage only this bucket is fetched'
complete -c backup.sh -l prefix -x -d 'of Storage only the objects whose names begin so are fetched'
complete -c backup.sh -l object -x -d 'of Storage only this object, BUCKET/KEY, is fetched'
complete -c backup.sh -l accept-shrink -d 'the project really holds so much less than before'
complete -c backup.sh -l check -d 'checks configuration, programs, repository and project'
complete -c backup.sh -l dry-run -d 'the same, then says what a run would do'
complete -c backup.sh -l estimate -d 'shows what a run would fetch from Storage and what it would reuse, by bucket, without fetching'
complete -c backup.sh -l config -d 'shows the configuration in effect and where each value comes from'
complete -c backup.sh -l coverage -d 'shows what a backup holds, or the components chosen, and how each thing returns'
complete -c backup.sh -l status -d 'shows the last run, success and drill, the next timer and sizes'
complete -c backup.sh -l prune-plan -d 'shows which archives retention would keep and delete now, and why'
complete -c backup.sh -l verify-repo -d 'has Borg check the repository and its archives, and reads random files of the newest'
complete -c backup.sh -l data -d 'with --verify-repo'
complete -c backup.sh -l key-export -r -F -d 'writes the repository\'s key to FILE, creating the repository if there is none'
complete -c backup.sh -l adopt -x -d 'archives that were made for ID, as a backup tells of archives it leaves alone, are this project\'s, and retention may delete them'
complete -c backup.sh -l passphrase-change -d 'asks for a new passphrase of the repository'
complete -c backup.sh -l prune -d 'lets retention delete now, as after a backup'
complete -c backup.sh -l compact -d 'frees what deleted archives take in the repository'
complete -c backup.sh -l delete -x -a '(__supabase_backup_archives)' -d 'deletes one archive of this project'
complete -c backup.sh -l pin -x -a '(__supabase_backup_archives)' -d 'keeps one archive of this project'
complete -c backup.sh -l reason -x -d 'with --pin'
complete -c backup.sh -l unpin -x -a '(__supabase_backup_archives)' -d 'leaves the archive to retention again'
complete -c backup.sh -l break-lock -d 'breaks a lock of the repository that nobody holds any more, e.g. after a crash of another machine'
complete -c backup.sh -l accept-moved -d 'the repository was moved, or has another address now, and that is in order'
complete -c backup.sh -l accept-older -d 'the repository was put back from an older copy, and that is in order'
complete -c backup.sh -l repository -x -a '(__fish_complete_directories)' -d 'with --prune and what stands below it, and with borg'
complete -c backup.sh -l json -d 'prints one JSON document on stdout'
complete -c backup.sh -l events -x -d 'tells what the run does on this open file descriptor, one JSON object a line'
complete -c backup.sh -s q -l quiet -d 'only warnings and errors on the terminal'
complete -c backup.sh -s v -l verbose -d 'more in the log'
complete -c backup.sh -s h -l help -d 'this text'
complete -c backup.sh -l version -d 'the version'
