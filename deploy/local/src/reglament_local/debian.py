"""Programs out of Debian's packages, unpacked beside the checkout: no root is needed."""

import os
import shutil
import subprocess
from pathlib import Path

from reglament_local.errors import StackError


def binary(name: str, package: str, tools: Path) -> Path:
    """The program of the PATH, else of the package. StackError where neither is to be had."""
    here = shutil.which(name)
    unpacked = tools / package
    found = Path(here) if here else unpacked / "usr" / "bin" / name
    if not found.exists():
        _unpack(package, unpacked)
    if not found.exists():
        raise StackError(f"there is no {name}", f"install it: apt-get install {package}")
    return found


def _unpack(package: str, folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    commands = [["apt-get", "download", "-qq", package]]
    if os.geteuid() == 0:
        commands.append(["apt-get", "update", "-qq"])
    for command in (*commands, commands[0]):
        subprocess.run(command, cwd=folder, check=False, capture_output=True)  # noqa: S603 - ours
        if packages := sorted(folder.glob(f"{package}_*.deb")):
            unpack = ["dpkg-deb", "-x", str(packages[-1]), str(folder)]
            subprocess.run(unpack, check=True)  # noqa: S603 - ours
            return
