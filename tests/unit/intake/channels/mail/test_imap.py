"""What a server answers to a FETCH, in whichever order it says it."""

from datetime import UTC, datetime

from intake.channels.mail.imap import records

TAKEN = b'INTERNALDATE "17-Jul-1996 02:44:25 -0700"'


def test_what_stands_before_and_after_a_literal_is_one_letters() -> None:
    found = records(
        [
            (b"1 (UID 7 " + TAKEN + b" BODY[] {3}", b"one"),
            b")",
            (b"2 (BODY[] {3}", b"two"),
            b" " + TAKEN + b" UID 9)",
        ]
    )
    assert {uid: record.literal for uid, record in found.items()} == {7: b"one", 9: b"two"}
    assert found[9].taken_at == datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)


def test_flags_that_a_server_tells_unasked_take_no_letters_place() -> None:
    found = records(
        [
            (b"1 (UID 7 " + TAKEN + b" BODY[] {3}", b"one"),
            b")",
            b"1 (FLAGS (\\Seen) UID 7)",
            b"4 (FLAGS (\\Seen) UID 12)",
        ]
    )
    assert found[7].literal == b"one"
    assert found[12].taken_at is None


def test_sizes_come_without_a_literal() -> None:
    found = records([b"1 (UID 7 RFC822.SIZE 44)", b"2 (RFC822.SIZE 5 UID 8)", None])
    assert {uid: record.size for uid, record in found.items()} == {7: 44, 8: 5}
    assert records([None]) == {}
