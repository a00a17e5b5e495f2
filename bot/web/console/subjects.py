"""The event or the announcement that a page is about, by the address of the page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.errors import Rejected
from bot.messages import About
from bot.storage.console import campaigns, events
from bot.web.console.visit import NotHere, Visit


@dataclass(frozen=True, slots=True)
class Subject:
    """What the page is about. `path`: of its own page; `open`: it may still be changed."""

    about: About
    title: str
    path: str
    open: bool


def subject_of(db: Connection, visit: Visit, number: int) -> Subject:
    """The event or the announcement of this address, if the reader may see it. Raises NotHere."""
    if visit.request.url.path.startswith("/events/"):
        event = events.event_line(db, visit.centre_id, number)
        if event is None:
            raise NotHere
        comes = event.status == "planned" and event.starts_at > visit.now
        return Subject(About(event_id=event.id), event.title, f"/events/{event.id}", comes)
    line = campaigns.campaign_line(db, visit.centre_id, number)
    if line is None or line.kind != "announcement":
        raise NotHere
    planned = line.status == "planned" and line.ends_on >= visit.now.date()
    return Subject(About(campaign_id=line.id), line.title, f"/campaigns/{line.id}", planned)


def open_subject(db: Connection, visit: Visit, number: int) -> Subject:
    """The same, where it may still be changed. Raises NotHere, or Rejected in French."""
    subject = subject_of(db, visit, number)
    if not subject.open:
        raise Rejected("C'est passé ou annulé : rien ne part plus.")
    return subject
