"""The places and events that the conversations of these tests are about."""

from __future__ import annotations

from datetime import date, time

from bot.flows.base import EventCard, EventStatus, Scene
from bot.messages import Texts

READING = Texts("fr", {"fr": "Atelier lecture", "ar": "ورشة القراءة"})
SATURDAY = date(2026, 12, 5)


def card(
    *,
    id: int = 1,  # noqa: A002  # as the field is called
    kind: str = "workshop",
    title: Texts = READING,
    notes: Texts | None = None,
    on: date = SATURDAY,
    status: EventStatus = EventStatus.UPCOMING,
    free: int | None = None,
    rsvp: str | None = None,
) -> EventCard:
    """An event on a Saturday at two."""
    return EventCard(
        id=id,
        kind=kind,
        title=title,
        notes=notes,
        place="Salle Pergaud",
        on=on,
        at=time(14),
        status=status,
        free=free,
        rsvp=rsvp,
    )


def scene(
    event: EventCard | None = None,
    *,
    language: str | None = "fr",
    surveys: bool | None = None,
    children: tuple[str, ...] = (),
) -> Scene:
    """A family of the Tilleuls centre."""
    return Scene(
        association="Les Mots",
        centre="Les Tilleuls",
        language=language,
        surveys=surveys,
        children=children,
        event=event,
    )
