"""Becomes another program that does not outlive its parent, as a lesser user where asked.

    python -I -S launch.py PARENT_PID DEATH_SIGNAL USER:GROUP|- NEEDED program arguments…

Runs before any package is importable, so it leans on nothing but the standard library. NEEDED lists paths, a
line each, that the program must be able to enter or run: a checkout under /root is closed to a lesser user,
and rather than opening somebody's home to everyone, that one program keeps the capability to walk in.
"""

import ctypes
import os
import sys

_SET_DEATH_SIGNAL, _SET_KEEP_CAPS, _CAP_AMBIENT, _AMBIENT_RAISE = 1, 8, 47, 2
_CAP_VERSION_3 = 0x20080522
# The right to read past permissions, or (where a container grants no other) to pass them.
_DAC_READ_SEARCH, _DAC_OVERRIDE = 2, 1


def main() -> None:
    parent, death_signal, user, needed, *command = sys.argv[1:]
    if user != "-":
        uid, gid = user.split(":")
        become(int(uid), int(gid), needed)
    # Last: changing user makes the kernel forget it.
    die_with_parent(int(parent), int(death_signal))
    os.execv(command[0], command)


def become(uid: int, gid: int, needed: str) -> None:
    """Gives up root for good; keeps one capability only if `needed` cannot be reached without it."""
    if sys.platform == "linux":
        _libc().prctl(_SET_KEEP_CAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if all(os.access(path, os.X_OK) for path in needed.split("\n") if path):
        return
    if not (_keep(_DAC_READ_SEARCH) or _keep(_DAC_OVERRIDE)):
        sys.exit(f"User {uid} cannot reach {needed}. Move the checkout and DATA_DIR to where it may.")


def _keep(capability: int) -> bool:
    bit = 1 << capability
    header = (ctypes.c_uint32 * 2)(_CAP_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    if _libc().capset(header, data) != 0:
        return False
    return bool(_libc().prctl(_CAP_AMBIENT, _AMBIENT_RAISE, capability, 0, 0) == 0)


def die_with_parent(parent: int, death_signal: int) -> None:
    """Asks the kernel for `death_signal` when the parent ends. Elsewhere than Linux: no effect.

    It may come several times, once for each thread of the parent that ends: a handler must not mind.
    """
    if sys.platform != "linux":
        return
    _libc().prctl(_SET_DEATH_SIGNAL, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("The parent died before its child began.")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


if __name__ == "__main__":
    main()
