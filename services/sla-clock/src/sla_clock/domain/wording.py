"""Why a stretch of time counted or not, in the reader's language (issue 5, why)."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal, get_args

from reglament.calendars.calendar import day_plans
from reglament.calendars.zones import zone
from reglament.events.registry import Actor
from sla_clock.domain.moves import Move
from sla_clock.domain.segments import Segment

Locale = Literal["en", "ru", "fr"]
LOCALES: tuple[Locale, ...] = get_args(Locale)
DATE: Mapping[Locale, str] = MappingProxyType(
    {"en": "%Y-%m-%d", "ru": "%d.%m.%Y", "fr": "%d/%m/%Y"}
)

# A segment's code -> what it says. {day}, {name}: of a holiday; {by}: who caused it.
REASONS: Mapping[Locale, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "working time": "Working time: it counts.",
            "night": "Closed: outside working hours.",
            "break": "Closed: a break within the working day.",
            "weekend": "Closed: a day off of the week.",
            "holiday": "Closed on {day}: {name}.",
            "override": "Closed on {day}: the desk's calendar says so of this date.",
            "waiting": "Paused: waiting for the client, asked by {by}.",
            "deferred": "Paused: put off by {by}.",
            "closed": "Does not count: the ticket was closed by {by}, until it was reopened.",
            "next_response": "Stands still: the client's message waits for an answer, "
            "and the next response is counted.",
            "restarted": "Does not count: the budget began anew afterwards.",
        },
        "ru": {
            "working time": "Рабочее время: идёт в счёт.",
            "night": "Закрыто: вне рабочих часов.",
            "break": "Закрыто: перерыв внутри рабочего дня.",
            "weekend": "Закрыто: выходной день недели.",
            "holiday": "Закрыто {day}: {name}.",
            "override": "Закрыто {day}: так указано для этой даты в календаре отдела.",
            "waiting": "Пауза: ждём клиента, запросил {by}.",
            "deferred": "Пауза: отложил {by}.",
            "closed": "Не считается: обращение закрыл {by}, до открытия заново.",
            "next_response": "Стоит: сообщение клиента ждёт ответа, идёт срок следующего ответа.",
            "restarted": "Не считается: срок потом начат заново.",
        },
        "fr": {
            "working time": "Temps ouvré : compté.",
            "night": "Fermé : hors des heures d'ouverture.",
            "break": "Fermé : pause dans la journée.",
            "weekend": "Fermé : jour de repos de la semaine.",
            "holiday": "Fermé le {day} : {name}.",
            "override": "Fermé le {day} : le calendrier du service le dit pour cette date.",
            "waiting": "En pause : en attente du client, question posée par {by}.",
            "deferred": "En pause : reporté par {by}.",
            "closed": "Non compté : ticket fermé par {by}, jusqu'à sa réouverture.",
            "next_response": "À l'arrêt : le message du client attend une réponse, "
            "c'est elle qui est comptée.",
            "restarted": "Non compté : le délai a recommencé ensuite.",
        },
    }
)
HOLIDAY: Mapping[Locale, str] = MappingProxyType(
    {"en": "a holiday", "ru": "праздничный день", "fr": "jour férié"}
)
MOVED: Mapping[Locale, str] = MappingProxyType(
    {
        "en": "From here on due {due} instead of {was}: {cause} ({by}).",
        "ru": "Отсюда срок {due} вместо {was}: {cause} ({by}).",
        "fr": "À partir d'ici échéance {due} au lieu de {was} : {cause} ({by}).",
    }
)
CAUSES: Mapping[Locale, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "priority": "the priority was changed",
            "category": "the category was changed",
            "service_level": "the service level was changed",
            "contract": "the contract was changed",
            "schedule": "another date was agreed with the client",
            "policy": "other targets came into force",
            "calendar": "the holidays changed",
            "waiting": "the time of waiting for the client was added",
            "deferred": "the time for which it was put off was added",
            "closed": "the time for which it was closed was added",
            "next_response": "the time of the open exchange was added",
        },
        "ru": {
            "priority": "изменён приоритет",
            "category": "изменена категория",
            "service_level": "изменён уровень обслуживания",
            "contract": "изменён договор",
            "schedule": "с клиентом согласован другой срок",
            "policy": "вступили в силу другие нормативы",
            "calendar": "изменились праздники календаря",
            "waiting": "добавлено время ожидания клиента",
            "deferred": "добавлено время, на которое отложили",
            "closed": "добавлено время, пока обращение было закрыто",
            "next_response": "добавлено время, пока клиент ждал ответа",
        },
        "fr": {
            "priority": "la priorité a changé",
            "category": "la catégorie a changé",
            "service_level": "le niveau de service a changé",
            "contract": "le contrat a changé",
            "schedule": "une autre date a été convenue avec le client",
            "policy": "d'autres objectifs sont entrés en vigueur",
            "calendar": "les jours fériés ont changé",
            "waiting": "le temps d'attente du client a été ajouté",
            "deferred": "le temps du report a été ajouté",
            "closed": "le temps de fermeture a été ajouté",
            "next_response": "le temps de l'échange en cours a été ajouté",
        },
    }
)
ACTORS: Mapping[Locale, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "requester": "the client",
            "engineer": "engineer {id}",
            "integrator": "system {id}",
            "system": "Reglament",
            "": "not recorded",
        },
        "ru": {
            "requester": "клиент",
            "engineer": "инженер {id}",
            "integrator": "система {id}",
            "system": "Reglament",
            "": "не записано кто",
        },
        "fr": {
            "requester": "le client",
            "engineer": "ingénieur {id}",
            "integrator": "système {id}",
            "system": "Reglament",
            "": "auteur non enregistré",
        },
    }
)


def text_of(segment: Segment, locale: Locale) -> str:
    """A sentence about the segment, and one about the due time where it moved there."""
    reasons = REASONS[locale]
    reason = reasons.get(segment.code, segment.code)
    if "{" in reason:
        reason = reason.format(
            day="" if segment.day is None else _date(segment.day, locale),
            name=_holiday(segment, locale),
            by=_who(segment.by, locale),
        )
    if segment.moved is None:
        return reason
    return f"{reason} {_moved(segment.moved, segment, locale)}"


def _moved(move: Move, segment: Segment, locale: Locale) -> str:
    return MOVED[locale].format(
        due=_time(move.due_at, segment, locale),
        was=_time(move.was, segment, locale),
        cause=CAUSES[locale].get(move.cause, move.cause),
        by=_who(move.by, locale),
    )


def _holiday(segment: Segment, locale: Locale) -> str:
    if segment.day is None:
        return ""
    return day_plans(segment.calendar).name_of(segment.day, locale) or HOLIDAY[locale]


def _who(actor: Actor | None, locale: Locale) -> str:
    if actor is None:
        return ACTORS[locale][""]
    return ACTORS[locale].get(actor.kind, actor.kind).format(id=actor.id)


def _date(day: date, locale: Locale) -> str:
    return day.strftime(DATE[locale])


def _time(at: datetime, segment: Segment, locale: Locale) -> str:
    """By the wall clock of the target's calendar; seconds only where there are some."""
    local = at.astimezone(zone(segment.calendar.zone))
    shown = "%H:%M:%S" if local.second else "%H:%M"
    return local.strftime(f"{DATE[locale]} {shown}")
