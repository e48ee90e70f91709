# Made by `npm run generate` from src/flags. Completes the flags of install.sh and their values.

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

complete -c install.sh -f
complete -c install.sh -l copy-to -x -a '(__fish_complete_directories)' -d 'copies the toolkit to DIR and installs it there'
complete -c install.sh -s p -l project -x -a '(__supabase_backup_projects)' -d 'sets up this project as well'
complete -c install.sh -l user -d 'units of your own user manager, configuration in ~/.config/supabase-backup'
complete -c install.sh -l system -d 'units of the system, run by the account supabase-backup, configuration in /etc/supabase-backup'
complete -c install.sh -l configure -d 'asks for the project\'s settings, tries them on the live project, writes the env file, creates the encrypted repository and exports its key'
complete -c install.sh -l enable -d 'starts the project\'s timers'
complete -c install.sh -l dashboard -d 'installs the dashboard as well, as a service at http://127.0.0.1:4317, and starts it'
complete -c install.sh -l deps -d 'only installs the packages that the toolkit, its demo and its tests need'
complete -c install.sh -l uninstall -d 'stops the timers and removes what was installed'
complete -c install.sh -l purge -d 'with --uninstall'
complete -c install.sh -l dry-run -d 'says what would be done, and does nothing'
complete -c install.sh -s y -l yes -d 'answers every question with yes, also that of --purge'
complete -c install.sh -s h -l help -d 'this text'
complete -c install.sh -l version -d 'the version'
