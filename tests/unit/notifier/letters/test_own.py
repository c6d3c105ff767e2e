"""A desk's own words, filled."""

from notifier.letters.own import fill
from notifier.letters.rendering import Renderer, Wording
from reglament.policy.letters import LetterText


def test_a_line_with_nothing_to_say_is_left_out() -> None:
    text = "Number {number}\nUntil {until}\nPlain\n{portal} {web_form}"
    assert fill(text, {"number": "N-1", "portal": None}) == "Number N-1\nPlain"


def test_a_list_has_a_line_for_each() -> None:
    assert fill("Add:\n{items}", {"items": ["a", "b"]}) == "Add:\n- a\n- b"


def test_what_is_put_in_is_not_read_again() -> None:
    said = {"text": "{number} {{x}} {0.__class__}", "number": "N-1"}
    assert fill("{text} {{number}}", said) == "{number} {{x}} {0.__class__} {number}"


def test_the_desks_text_takes_the_templates_place_with_greeting_and_closing() -> None:
    own = LetterText(subject="[{number}] Got it", text="{greeting}\n\nHello!\n\n{closing}")
    wording = Wording(template="confirmation", locale="en", zone="UTC", own=own)
    values = {"number": "N-1", "name": "Ann", "desk": "North", "signature": "Day and night"}
    letter = Renderer().render(wording, values)
    assert letter.subject == "[N-1] Got it"
    assert letter.text.startswith("Hello Ann,\n\nHello!\n\nKind regards,\nNorth\nDay and night\n")
    assert "Hello!" in letter.html
