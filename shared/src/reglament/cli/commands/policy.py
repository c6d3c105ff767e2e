"""`reglament policy check|explain|diff`: what a desk's file does, before it is published."""

import argparse
from dataclasses import asdict
from pathlib import Path

from reglament.cli.errors import CliError
from reglament.cli.saying import say, say_json, say_table
from reglament.errors import Refused
from reglament.policy.advice import faults_of, shown
from reglament.policy.explaining.explanation import changed_keys, difference, explain
from reglament.policy.explaining.words import LOCALES, Locale
from reglament.policy.loader import load
from reglament.policy.model import Policy

NAME = "policy"
SUMMARY = "Check a desk's policy file, explain it in plain sentences, compare two"


def configure(parser: argparse.ArgumentParser) -> None:
    """check FILE, explain FILE, diff BEFORE AFTER; files alone, no running service."""
    what = parser.add_subparsers(dest="what", required=True)
    check = what.add_parser("check", help="what is wrong, where, and what was meant")
    check.add_argument("file", type=Path)
    told = what.add_parser("explain", help="the rules as sentences")
    told.add_argument("file", type=Path)
    compared = what.add_parser("diff", help="what changes, and for whom")
    compared.add_argument("before", type=Path)
    compared.add_argument("after", type=Path)
    for each in (told, compared):
        each.add_argument("--locale", choices=LOCALES, help="the desk's own where not said")


def run(chosen: argparse.Namespace) -> int:
    """check: 1 where something is wrong; diff: 1 where something changes."""
    if chosen.what == "check":
        return _check(chosen)
    return _explain(chosen) if chosen.what == "explain" else _diff(chosen)


def _check(chosen: argparse.Namespace) -> int:
    faults = faults_of(_read(chosen.file))
    if chosen.json:
        say_json([asdict(fault) for fault in faults])
    elif faults:
        say_table([shown(fault) for fault in faults], ("where", "key", "rule", "detail", "hint"))
    else:
        say(f"{chosen.file}: can be published")
    return 1 if faults else 0


def _explain(chosen: argparse.Namespace) -> int:
    policy = _policy(chosen.file)
    sections = explain(policy, _locale(chosen, policy))
    if chosen.json:
        say_json([asdict(section) for section in sections])
        return 0
    for section in sections:
        say(f"\n{section.title}")
        for sentence in section.sentences:
            say(f"  - {sentence}")
    return 0


def _diff(chosen: argparse.Namespace) -> int:
    before, after = _policy(chosen.before), _policy(chosen.after)
    changes = difference(before, after, _locale(chosen, after))
    keys = changed_keys(before, after)
    if chosen.json:
        say_json({"changes": [asdict(change) for change in changes], "keys": keys})
        return 1 if keys else 0
    for change in changes:
        say(f"\n{change.title} ({change.audience})")
        for sentence in change.gone:
            say(f"  - {sentence}")
        for sentence in change.new:
            say(f"  + {sentence}")
    say(f"\nkeys: {', '.join(keys) or 'none'}")
    return 1 if keys else 0


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise CliError(f"{file} cannot be read: {fault.strerror}") from fault


def _policy(file: Path) -> Policy:
    try:
        return load(_read(file))
    except Refused as fault:
        raise CliError(f"{file} is not valid", f"reglament policy check {file}") from fault


def _locale(chosen: argparse.Namespace, policy: Policy) -> Locale:
    said: Locale | None = chosen.locale
    return said or policy.locale
