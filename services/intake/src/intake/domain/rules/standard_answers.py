"""Which of the desk's standard answers fit a ticket (WIS-19). Pure."""

import re
import unicodedata
from collections.abc import Iterable

from reglament.policy.model import StandardAnswer

_WORDS = re.compile(r"\w+")


def offered(
    answers: Iterable[StandardAnswer], text: str, category: str | None
) -> list[StandardAnswer]:
    """Those whose category or keywords fit, the most fitting first, equal ones in the desk's order.

    A keyword fits where all its words begin words of the text, whatever the case: so `отпуск`
    fits `отпуска`.
    """
    words = _words(text)
    marked = [(_marks(each, words, category), each) for each in answers]
    fitting = [(marks, each) for marks, each in marked if marks]
    return [each for _, each in sorted(fitting, key=lambda pair: -pair[0])]


def _marks(answer: StandardAnswer, words: list[str], category: str | None) -> int:
    found = sum(1 for keyword in answer.keywords if _fits(keyword, words))
    return found + (1 if category in answer.category else 0)


def _fits(keyword: str, words: list[str]) -> bool:
    wanted = _words(keyword)
    return bool(wanted) and all(any(w.startswith(each) for w in words) for each in wanted)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _WORDS.findall(plain.replace("ё", "е"))
