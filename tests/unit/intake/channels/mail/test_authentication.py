import pytest

from intake.channels.mail.authentication import authenticity

OURS = frozenset({"mx.desk.example"})


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        (("mx.desk.example; spf=pass; dmarc=pass header.from=x",), "passed"),
        (("mx.desk.example 1; dmarc=fail (p=none) header.from=x",), "failed"),
        (("mx.desk.example; spf=fail (dmarc=pass)",), "unknown"),
        (("mx.desk.example; dmarc=pass; dmarc=fail",), "failed"),
        (("mx.desk.example; dmarc=none",), "unknown"),
        (("mx.evil.example; dmarc=pass", "mx.desk.example; dmarc=pass"), "unknown"),
        (("mx.desk.example; dmarc=fail", "mx.desk.example; dmarc=pass"), "failed"),
        (("mx.desk.example.evil; dmarc=pass",), "unknown"),
        ((";",), "unknown"),
        ((), "unknown"),
    ],
)
def test_only_our_own_servers_topmost_word_counts(results: tuple[str, ...], verdict: str) -> None:
    assert authenticity(results, OURS) == verdict
