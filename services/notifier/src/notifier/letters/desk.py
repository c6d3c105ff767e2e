"""What a desk's policy says of all its letters: who writes, how it is signed, its own words."""

from typing import Any

from notifier.letters.rendering import Renderer, Wording
from reglament.policy.letters import LetterText, in_language
from reglament.policy.model import Policy


def sender_name(policy: Policy, locale: str) -> str:
    """The name shown beside the desk's address."""
    return in_language(policy.letters.from_name, locale, policy.locale) or policy.name


def wording(policy: Policy, template: str, locale: str) -> Wording:
    """The platform's template, or the desk's own text in that language."""
    return Wording(
        template=template,
        locale=locale,
        zone=policy.time_zone,
        own=own_texts(policy, template).get(locale),
    )


def own_texts(policy: Policy, template: str) -> dict[str, LetterText]:
    """The desk's own texts for a letter, by language."""
    by_name = {str(name): texts for name, texts in policy.letters.templates.items()}
    return {str(locale): text for locale, text in by_name.get(template, {}).items()}


def of_desk(renderer: Renderer, policy: Policy, locale: str) -> dict[str, Any]:
    """The values that are the same in all letters of a desk."""
    hints = policy.notifications.hints
    return {
        "desk": policy.name,
        "signature": in_language(policy.letters.signature, locale, policy.locale),
        "web_form": policy.contacts.get("web") if "web_form" in hints else None,
        "contacts": renderer.contacts(locale, policy.contacts),
    }
