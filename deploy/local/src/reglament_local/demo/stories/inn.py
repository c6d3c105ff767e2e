"""INNs that nobody has, with right check digits."""

_WEIGHTS = (2, 4, 10, 3, 5, 9, 4, 6, 8)


def fresh_inn(seed: str) -> str:
    """A ten-digit INN made of a hexadecimal seed."""
    digits = [int(figure) for figure in f"{int(seed, 16) % 10**9:09d}"]
    check = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 11 % 10
    return "".join(str(digit) for digit in (*digits, check))
