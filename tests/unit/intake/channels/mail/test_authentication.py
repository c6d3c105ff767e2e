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
        (("mx.desk.example; spf=pass smtp.mailfrom=dmarc=pass@evil.example",), "unknown"),
        (('mx.desk.example; spf=pass smtp.mailfrom="; dmarc=pass "@evil.example',), "unknown"),
        (('mx.desk.example; spf=pass reason="; dmarc=pass"',), "unknown"),
        (("mx.desk.example; spf=pass (of (a) dmarc=pass (b) )",), "unknown"),
        (("mx.desk.example; spf=pass (; dmarc=pass ; )",), "unknown"),
        (("mx.desk.example; x-dmarc=pass",), "unknown"),
        (("mx.desk.example 2; dmarc=pass",), "unknown"),
        (("mx.desk.example evil; dmarc=pass",), "unknown"),
        (("(gateway) mx.desk.example /* (x) */ 1; dmarc=pass",), "unknown"),
        (("(gateway) mx.desk.example (x) 1; dmarc / 1 = pass (p=none) header.from=x",), "passed"),
        ((), "unknown"),
    ],
)
def test_only_our_own_servers_topmost_word_counts(results: tuple[str, ...], verdict: str) -> None:
    assert authenticity(results, OURS) == verdict


@pytest.mark.parametrize(
    ("judged", "sender", "verdict"),
    [
        ("x.example", "x.example", "passed"),
        ("ann@x.example", "x.example", "passed"),
        ("xn--80a1acny.xn--p1ai", "почта.рф", "passed"),
        ("evil.example", "x.example", "unknown"),
        ("x.example.evil.example", "x.example", "unknown"),
    ],
)
def test_a_pass_for_another_domain_than_we_read_in_from_is_none(
    judged: str, sender: str, verdict: str
) -> None:
    results = (f"mx.desk.example; dkim=pass header.d=y; dmarc=pass header.from={judged}",)
    assert authenticity(results, OURS, sender) == verdict
