#!/usr/bin/python3
"""Stands before Borg on PATH as `borg`, and kills the backup and itself within `borg init`.

STOP_BEFORE   the step that is not done any more: config, key or commit
STOP_LOCK     the lock file, which names the backup's process
"""

import os
import signal
import sys

import borg.archiver
import borg.repository


def stop(*_arguments, **_options):
    with open(os.environ['STOP_LOCK'], encoding='utf-8') as lock:
        os.kill(int(lock.read().split()[0]), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


if 'init' in sys.argv:
    step = os.environ['STOP_BEFORE']
    if step == 'config':
        borg.repository.Repository.save_config = stop
    elif step == 'key':
        borg.archiver.key_creator = stop
    elif step == 'commit':
        borg.repository.Repository.commit = stop

sys.argv[0] = 'borg'
sys.exit(borg.archiver.main())
