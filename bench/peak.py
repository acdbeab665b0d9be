"""Runs a command and tells how large its largest process was, in KiB, in the file that is named first: `peak.py FILE COMMAND...`.

A process inherits the largest size of the one that started it, and a benchmark is larger than what it measures. This one is small.
"""

import os
import sys


def main() -> int:
    """The exit code of the command."""
    told, command = sys.argv[1], sys.argv[2:]
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(child, 0)
    with open(told, "w", encoding="ascii") as file:
        file.write(str(used.ru_maxrss))
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
