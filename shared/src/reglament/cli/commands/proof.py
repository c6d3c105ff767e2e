"""`reglament proof TICKET`: the proof of a ticket's history, checked and kept."""

import argparse
import json
from pathlib import Path
from urllib.parse import quote

from reglament.cli.errors import CliError
from reglament.cli.saying import say, say_json
from reglament.cli.site import site_of
from reglament.proof import standalone

NAME = "proof"
SUMMARY = "Fetch the proof of a ticket's history, check it, keep it"


def configure(parser: argparse.ArgumentParser) -> None:
    """`TICKET [--out FILE] [--roots FOLDER]`."""
    parser.add_argument("ticket", help="its id")
    parser.add_argument("--out", metavar="FILE", help="keep the proof there")
    parser.add_argument("--roots", metavar="FOLDER", help="the roots that were kept")


def run(chosen: argparse.Namespace) -> int:
    """0: it holds; 1: it does not, and where."""
    with site_of(chosen) as site:
        proof = site.get("intake", f"/tickets/{quote(chosen.ticket, '')}/proof")
    if chosen.out:
        try:
            Path(chosen.out).write_text(json.dumps(proof, ensure_ascii=False, indent=1))
        except OSError as fault:
            raise CliError(f"{chosen.out}: {fault.strerror}") from fault
    code, said = standalone.checked(proof, chosen.roots)
    if chosen.json:
        say_json(proof)
    else:
        say(said)
    return code
