"""Becomes another program, so that no process outlives the stack. Standard library only.

    child.py PARENT SIGNAL UID COMMAND...

The child leads its own session, gets SIGNAL from the kernel when PARENT dies, and as root drops to
UID (0: stays). PostgreSQL refuses uid 0; CAP_DAC_OVERRIDE is kept, so that the unprivileged user
reaches binaries and data below folders that only root may enter (a mktemp -d in CI), and
SECBIT_NO_SETUID_FIXUP, without which access(2) ignores it (initdb asks so for its binaries).
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


class CapabilityHeader(ctypes.Structure):
    """struct __user_cap_header_struct of capset(2)."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapabilityData(ctypes.Structure):
    """struct __user_cap_data_struct of capset(2)."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def drop_to(uid: int, libc: ctypes.CDLL) -> None:
    """Gives up root for `uid`, keeping the reach into folders where that is allowed."""
    if sys.platform == "linux":
        libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    if sys.platform != "linux":
        return
    header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
    mask = 1 << CAP_DAC_OVERRIDE
    data = (CapabilityData * 2)(CapabilityData(mask, mask, mask), CapabilityData(0, 0, 0))
    if libc.capset(ctypes.byref(header), data) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main() -> None:
    """See the module's text; never returns."""
    parent, signal, uid = (int(word) for word in sys.argv[1:4])
    command = sys.argv[4:]
    libc = ctypes.CDLL(None, use_errno=True)
    if uid and os.geteuid() == 0:
        drop_to(uid, libc)
    if sys.platform == "linux":
        # After the drop: a change of credentials clears it.
        libc.prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the stack is gone")
    os.execvp(command[0], command)  # noqa: S606 the stack's own command


if __name__ == "__main__":
    main()
