#!/usr/bin/python3
"""hold-fcntl-lock.py FILE: takes the lock of apt and dpkg on the file, says so, and holds it until stdin ends."""

import fcntl
import sys

with open(sys.argv[1], 'w', encoding='utf-8') as file:
    fcntl.lockf(file, fcntl.LOCK_EX)
    print('held', flush=True)
    sys.stdin.read()
