"""Makes .venv and installs the pinned packages, once: `python3 bootstrap.py run|dev`.

Runs on the bare Python of the machine, before anything is installed; skipped when nothing changed
since the last time. `dev` is `run` and what checks and tests need.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}
SIZES = {"run": "300 MB on disk", "dev": "450 MB on disk"}
MEMBERS = ("shared/pyproject.toml", "services/*/pyproject.toml", "deploy/local/pyproject.toml")
INPUTS = ("requirements.txt", "requirements-dev.txt", "constraints.txt", *MEMBERS)


def say(text, end="\n"):
    """To the reader, at once."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def fingerprint():
    """Of everything that decides what is installed."""
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        for file in sorted(ROOT.glob(name)):
            digest.update(file.read_bytes())
    return digest.hexdigest()


def is_installed(kind, wanted):
    """True when the stamp of `kind`, or of what includes it, is today's."""
    stamps = [VENV / f"stamp-{name}" for name in {kind, "dev"}]
    return PYTHON.exists() and any(s.exists() and s.read_text() == wanted for s in stamps)


def run(*command):
    """Exits with what the command said when it fails."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 own commands
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-15:]
        say("failed\n  | " + "\n  | ".join(said))
        say("  -> is the network there (PyPI must be reachable), and python3-venv installed?")
        say("     then run it again: what was downloaded is in pip's cache")
        sys.exit(1)


def install(kind, wanted):
    """The environment is whole when its stamp is there, written last."""
    probe = [str(PYTHON), "-c", "import pip"]
    if not PYTHON.exists() or subprocess.run(probe, check=False, capture_output=True).returncode:  # noqa: S603 own venv
        run(sys.executable, "-m", "venv", "--clear", str(VENV))
    pip = (str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, "--progress-bar", "off", "-r", REQUIREMENTS[kind], "-c", "constraints.txt")
    (VENV / f"stamp-{kind}").write_text(wanted)


def main(kind, prefix):
    """Prints one line: what, how big, how long."""
    if sys.version_info < (3, 11):  # noqa: UP036 any Python may be told to run this
        sys.exit(f"Python {sys.version.split()[0]} is too old\n  -> make PYTHON=python3.11 …")
    wanted = fingerprint()
    say(f"{prefix}Python packages, {SIZES[kind]}, a minute the first time ... ", end="")
    began = time.monotonic()
    if is_installed(kind, wanted):
        say("ok, unchanged")
        return
    install(kind, wanted)
    say(f"ok {time.monotonic() - began:.1f} s, versions pinned by constraints.txt")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] + " " if len(sys.argv) > 2 else "")
