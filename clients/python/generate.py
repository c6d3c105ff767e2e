"""Generates the client out of docs/contract/openapi: `python generate.py [FOLDER]` (`make client`).

One package a service, for each has its own document: reglament_client.intake, .sla_clock, ….
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCUMENTS = HERE.parents[1] / "docs" / "contract" / "openapi"
GENERATOR = Path(sys.executable).with_name("openapi-python-client")


def generate(document: Path, package: Path) -> str:
    """What the generator warned of. Raises CalledProcessError with its words."""
    options = ("--meta", "none", "--overwrite", "--config", HERE / "config.yaml")
    command = (GENERATOR, "generate", "--path", document, "--output-path", package, *options)
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 our own
    lines = (done.stdout + done.stderr).splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("WARNING"))


def main(folder: Path) -> None:
    """Every service's package under `folder`/reglament_client."""
    packages = folder / "reglament_client"
    packages.mkdir(parents=True, exist_ok=True)
    (packages / "__init__.py").write_text('"""Typed client of Reglament, generated."""\n')
    documents = sorted(DOCUMENTS.glob("*.json"))
    targets = [packages / each.stem.replace("-", "_") for each in documents]
    with ThreadPoolExecutor() as pool:
        sys.stdout.writelines(pool.map(generate, documents, targets))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
