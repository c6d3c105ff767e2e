"""A request that enumerates several problems (WIS-05, MIC-12)."""

import re

_ITEM = re.compile(
    r"[ \t]{0,8}(?:(?:вопрос|проблема|ошибка|тема|question|problem|issue|problème)[ \t]{1,3})?"
    r"(?:№|#|n°)?[ \t]?(\d{1,2})[.):][ \t]{0,8}(\S.*)",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"шаг|воспроизв|порядок|действи|последовательн|steps?\b|reproduc|étapes?\b|reprodui",
    re.IGNORECASE,
)
LINES = 400


def problems(text: str) -> int:
    """How many points a text numbers from 1 on; 0 where it numbers none, or numbers the steps of
    one problem. The longest list counts.
    """
    longest = expected = 0
    is_steps = False
    before = ""
    for line in text.splitlines()[:LINES]:
        if not line.strip():
            continue
        item = _ITEM.match(line[:300])
        number = int(item.group(1)) if item else 0
        if number == 1:
            is_steps, expected = _STEPS.search(before) is not None, 1
        elif number and number == expected + 1:
            expected = number
        if number == expected and not is_steps:
            longest = max(longest, number)
        before = line[:300]
    return longest if longest > 1 else 0
