"""The language of an answer, by what the reader's program accepts (RFC 9110, 12.5.4)."""

from collections.abc import Iterable


def accepted(header: str, known: Iterable[str]) -> str | None:
    """The best of the known languages: by weight, then as listed; a region's variant is its
    language. None: none of them is accepted.
    """
    best: tuple[float, str | None] = (0.0, None)
    languages = tuple(known)
    for item in header.split(","):
        tag, _, parameter = item.partition(";")
        name = tag.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if name in languages and weight > best[0]:
            best = (weight, name)
    return best[1]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
