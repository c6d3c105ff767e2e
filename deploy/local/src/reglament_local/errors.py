"""What stops the stack, said so that the reader knows what to do next."""


class StackError(Exception):
    """`what` went wrong, and the `remedy` that a person can carry out, both one sentence."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}\n  -> {remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy
