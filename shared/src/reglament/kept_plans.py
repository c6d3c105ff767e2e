"""Statements of which PostgreSQL keeps the plan: to plan one costs more than to run it by key."""


def keys(parameter: int, kind: str) -> str:
    """An array parameter of a statement that looks rows up by its elements, in SQL.

    Its length is hidden from the planner. Seen, it makes each few keys a cheaper plan than the one
    that is kept, which reckons with ten, and the statement is planned anew whenever it is asked:
    200 of a look-up's 400 us (docs/performance.md).
    """
    return f"(SELECT ${parameter}::{kind}[])::{kind}[]"
