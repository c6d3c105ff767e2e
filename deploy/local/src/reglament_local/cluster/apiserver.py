"""A real kube-apiserver with its etcd, on loopback, as long as manifests are held against it."""

import asyncio
import contextlib
import secrets
import subprocess
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from reglament_local.cluster.rendering import Json, as_text, kubectl
from reglament_local.errors import StackError
from reglament_local.ports import free_port
from reglament_local.processes import Child, Recipe

UP_WITHIN_SECONDS = 120.0
ASKED_SECONDS = 300
ISSUER = "https://kubernetes.default.svc"
# The API server admits a pod that its namespace forbids a Deployment to make, with a warning.
FORBIDDEN = "would violate"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServer:
    """One that runs. config: kubectl's, which is everybody's administrator there."""

    config: Path

    def kubectl(self, *words: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        """What kubectl says."""
        return subprocess.run(  # noqa: S603 - ours
            [kubectl(), f"--kubeconfig={self.config}", *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=ASKED_SECONDS,
            input=stdin,
        )

    def define(self, folders: Sequence[Path]) -> None:
        """Takes in CustomResourceDefinitions; StackError where it refuses one."""
        for folder in folders:
            files = ("apply", "--server-side", "-f", str(folder))
            self._must(*files)
        established = ("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        self._must(*established)

    def create(self, objects: Sequence[Json]) -> None:
        """Objects that others stand in: namespaces."""
        self._must("apply", "--server-side", "-f", "-", stdin=as_text(objects))

    def faults(self, objects: Sequence[Json]) -> list[str]:
        """What it would refuse, or forbid the pods of; nothing is kept."""
        dry = ("apply", "--server-side", "--dry-run=server", "--force-conflicts", "-f", "-")
        done = self.kubectl(*dry, stdin=as_text(objects))
        lines = done.stderr.splitlines()
        told = [line for line in lines if FORBIDDEN in line or "rror" in line or "nvalid" in line]
        if done.returncode and not told:
            told = lines[-3:]
        return told

    def _must(self, *words: str, stdin: str | None = None) -> None:
        done = self.kubectl(*words, stdin=stdin)
        if done.returncode:
            raise StackError(f"kubectl {' '.join(words)}\n{done.stderr[-2000:]}")


@contextlib.asynccontextmanager
async def api_server(program: Path, etcd: Path, folder: Path) -> AsyncIterator[ApiServer]:
    """It runs within the block; keys and data under `folder`."""
    store, peer, port, token = free_port(), free_port(), free_port(), secrets.token_urlsafe(24)
    _keys(folder, token)
    children = [
        Child(_etcd(etcd, folder, store, peer), folder / "etcd.log"),
        Child(_server(program, folder, store, port), folder / "kube-apiserver.log"),
    ]
    try:
        for child in children:
            await child.start()
        running = ApiServer(config=_config(folder, port, token))
        await _ready(running, children)
        yield running
    finally:
        for child in reversed(children):
            await child.stop()


def _keys(folder: Path, token: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (folder / "accounts.key").write_bytes(pem)
    (folder / "tokens.csv").write_text(f'{token},admin,1,"system:masters"\n', "ascii")


def _etcd(program: Path, folder: Path, port: int, peer: int) -> Recipe:
    clients, peers = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peer}"
    command = (str(program), "--data-dir", str(folder / "etcd"), "--unsafe-no-fsync")
    ways = ("--listen-client-urls", clients, "--advertise-client-urls", clients)
    among = ("--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers)
    alone = ("--initial-cluster", f"default={peers}")
    return Recipe(name="etcd", command=(*command, *ways, *among, *alone))


def _server(program: Path, folder: Path, store: int, port: int) -> Recipe:
    key = folder / "accounts.key"
    options = {
        "etcd-servers": f"http://127.0.0.1:{store}",
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "endpoint-reconciler-type": "none",
        "secure-port": str(port),
        "cert-dir": str(folder / "certificates"),
        "service-account-key-file": str(key),
        "service-account-signing-key-file": str(key),
        "service-account-issuer": ISSUER,
        "token-auth-file": str(folder / "tokens.csv"),
        "authorization-mode": "RBAC",
        "service-cluster-ip-range": "10.96.0.0/16",
    }
    words = tuple(f"--{name}={value}" for name, value in options.items())
    return Recipe(name="kube-apiserver", command=(str(program), *words))


def _config(folder: Path, port: int, token: str) -> Path:
    """The server's certificate is made anew at every start, on loopback: it is not looked at."""
    cluster = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    said = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "check", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "check", "context": {"cluster": "check", "user": "admin"}}],
        "current-context": "check",
    }
    file = folder / "kubectl.yaml"
    file.write_text(yaml.safe_dump(said), "utf-8")
    return file


async def _ready(running: ApiServer, children: Sequence[Child]) -> None:
    async with asyncio.timeout(UP_WITHIN_SECONDS):
        while (await asyncio.to_thread(running.kubectl, "get", "--raw", "/readyz")).returncode:
            for child in children:
                if child.exit_code is not None:
                    raise StackError(f"{child.name} ended\n{child.last_lines()}")
            await asyncio.sleep(0.3)
