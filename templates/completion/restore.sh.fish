# Made by `npm run generate` from src/flags. Completes the flags of restore.sh and their values.

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

complete -c restore.sh -f
complete -c restore.sh -s e -l env-file -r -F -d 'the project that this env file describes'
complete -c restore.sh -s p -l project -x -a '(__supabase_backup_projects)' -d 'the project of NAME.env in the configuration directory'
complete -c restore.sh -l all -d 'with --test'
complete -c restore.sh -l archive -x -a 'latest Local Extract (__supabase_backup_archives)' -d 'an archive\'s name, latest (the newest archive), Local (the newest generation on this machine) or Extract (the archive extracted last)'
complete -c restore.sh -l only -x -a '(__supabase_backup_list database storage auth functions settings)' -d 'only these components, e.g. database,storage'
complete -c restore.sh -l target -x -a 'test (__supabase_backup_projects)' -d 'test (the TEST_SUPABASE_ variables), or the name of another configured project'
complete -c restore.sh -l confirm -x -d 'the target\'s reference in full, instead of typing it'
complete -c restore.sh -l over-source -d 'the target may be the very project that is backed up'
complete -c restore.sh -l arm -d 'cron jobs and webhooks become active, which in a copy of the project they otherwise are not'
complete -c restore.sh -l no-safety-backup -d 'the target is not backed up before it is restored over'
complete -c restore.sh -l schema -x -d 'of the database only this schema'
complete -c restore.sh -l table -x -d 'of the database only this table or view, written as in SQL'
complete -c restore.sh -l data-only -d 'of those only the rows'
complete -c restore.sh -l schema-only -d 'definitions without rows'
complete -c restore.sh -l into-schema -x -d 'the chosen schema beside what is there, under another name'
complete -c restore.sh -l leave-out -x -d 'of the database not this entry, nor what depends on it'
complete -c restore.sh -l batches -d 'the database in many transactions'
complete -c restore.sh -l bucket -x -d 'of Storage only this bucket'
complete -c restore.sh -l prefix -x -d 'of Storage only the objects whose names begin so'
complete -c restore.sh -l object -x -d 'of Storage only this object, BUCKET/KEY'
complete -c restore.sh -l setting -x -d 'of the settings only this one, as a preview names it, e.g. auth.site_url, or those of one route, e.g. auth'
complete -c restore.sh -l keep-extra -d 'objects and functions that the backup does not have stay at the target'
complete -c restore.sh -l update-users -d 'of --only auth'
complete -c restore.sh -l verify-bytes -x -a 'all 5% week/8' -d 'downloads and compares objects after a restore or drill'
complete -c restore.sh -l check-cmd -x -d 'runs this check of your own after a restore or drill'
complete -c restore.sh -s y -l yes -d 'asks nothing'
complete -c restore.sh -l test -d 'the drill'
complete -c restore.sh -l preview -d 'shows what a restore would change at the target, and changes nothing'
complete -c restore.sh -l resume -d 'finishes a restore that broke off after the database was committed, into the same target'
complete -c restore.sh -l to-dir -x -a '(__fish_complete_directories)' -d 'writes the objects of the backup, or those chosen, as plain files below DIR'
complete -c restore.sh -l export -x -a '(__fish_complete_directories)' -d 'writes the backup, or the parts chosen, for people and other programs into a dated folder below DIR'
complete -c restore.sh -l format -x -a '(__supabase_backup_list sql json csv)' -d 'with --export, of the database'
complete -c restore.sh -l from-json -r -F -d 'loads the rows of FILE, one JSON object a line, into the table of the target that --table names'
complete -c restore.sh -l replace -d 'with --from-json'
complete -c restore.sh -l diff -x -a 'latest Local Extract (__supabase_backup_archives)' -d 'shows what changed from one backup, named as with --archive, to the newest archive, or to another whose name follows'
complete -c restore.sh -l left-out -d 'lists by name what of a backup a restore does not bring back, because the platform has its own of it or takes none, with the reason'
complete -c restore.sh -l contents -d 'shows what a backup holds'
complete -c restore.sh -l list -d 'shows archives, Local and Extract, newest first'
complete -c restore.sh -l rollback -d 'brings a target back as it was before the last restore over one'
complete -c restore.sh -l verify -d 'checks a backup file by file against its manifest'
complete -c restore.sh -l extract -x -a '(__fish_complete_directories)' -d 'takes the files of a backup out into an empty directory'
complete -c restore.sh -l mount -x -a '(__fish_complete_directories)' -d 'mounts an archive, read-only'
complete -c restore.sh -l json -d 'prints one JSON document on stdout'
complete -c restore.sh -l events -x -d 'tells what the run does on this open file descriptor, one JSON object a line'
complete -c restore.sh -s q -l quiet -d 'only warnings and errors on the terminal'
complete -c restore.sh -s v -l verbose -d 'more in the log'
complete -c restore.sh -s h -l help -d 'this text'
complete -c restore.sh -l version -d 'the version'
