"""Why a command could not be done: one line for the person who typed it."""


class CliError(Exception):
    """Exit code 3. hint: what to do about it."""

    def __init__(self, what: str, hint: str | None = None) -> None:
        super().__init__(what if hint is None else f"{what}\n  -> {hint}")
