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


def main(arguments: list[str]) -> None:
    """Tie this process to its parent and become the command; does not return.

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
    os.execv(command[0], command)  # noqa: S606 -- no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
