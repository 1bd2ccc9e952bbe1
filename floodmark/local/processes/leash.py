"""Runs a command that cannot outlive the process that asked for it.

Started as a script (``python -I -S leash.py PARENT_PID COMMAND...``) and replaced by the command, so the process
id stays the same. On Linux the kernel kills the command when its parent dies, also by ``kill -9``; on other
systems the command simply runs, and the next start recognises what was left behind by its pid file.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
# As shells have it.
CANNOT_START = 127


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the command; does not return.

    Exits with 127 when the command cannot be started, and with 1 when the parent is gone already.

    Args:
        arguments: The parent's process id, then the command and its arguments.
    """
    parent, command = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # The parent may have died before the line above; then nobody would ever send the signal.
        if os.getppid() != parent:
            sys.exit(1)
    # A mask inherited from a thread that blocks signals would make the command deaf to SIGTERM.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    try:
        os.execv(command[0], command)  # noqa: S606 -- no shell is wanted
    except OSError as error:
        print(f"{command[0]} cannot be started: {error.strerror}", file=sys.stderr)
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main(sys.argv[1:])
