"""What the envelope says of a letter that came by our own door, where headers may lie. Pure."""

from msgspec.structs import replace

from intake.channels.mail.letter import ParsedLetter
from intake.letters.store import StoredLetter


def with_envelope(letter: ParsedLetter, stored: StoredLetter) -> ParsedLetter:
    """The letter with its true return path and recipient; one from a mailbox stays as it is.

    What nobody of ours vouches for loses its Authentication-Results: any sender can write them.
    """
    if not stored.is_vouched:
        letter = replace(letter, authentication=())
    if stored.envelope_sender is None:
        return letter
    signals = replace(letter.signals, return_path=stored.envelope_sender.lower())
    recipients = (stored.envelope_recipient or "", *letter.recipients)
    return replace(
        letter, signals=signals, recipients=tuple(dict.fromkeys(filter(None, recipients)))
    )
