"""A small invented world behind the console: two centres, their teams, families and messages.

Monday 23 November 2026, ten o'clock in Paris.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Cookies, Response
from sqlalchemy import Row, Select, Table, insert, select

from bot.deployment import Deployment
from bot.events import NewEvent, Wording, add_event
from bot.inbox import Inbox
from bot.messages import ChannelName, InboundMessage, Say, Shape, say
from bot.reach import Reach
from bot.storage.database import Database
from bot.storage.says import dump_say
from bot.storage.tables import (
    addresses,
    centres,
    children,
    consents,
    contact_addresses,
    contacts,
    families,
    inbound,
    invitations,
    metadata,
    outbox,
    sign_ins,
    staff,
    tasks,
)
from bot.web.app import build_app
from bot.web.console.visit import COOKIE
from bot.web.context import Context

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # 10h in Paris
PASSWORD = "un long mot de passe"
FORM_TOKEN = "jeton-du-formulaire"

TEAM = {  # by e-mail: name, role, and the centre that they see
    "nadia": ("Nadia Ferrand", "coordinator", "tilleuls"),
    "port": ("Jules Morvan", "coordinator", "port"),
    "dina": ("Dina Lacaze", "director", "tilleuls"),
    "eva": ("Eva Rollin", "evaluator", None),
    "ada": ("Ada Vernet", "admin", None),
}


class Browser:
    """Asks the application for pages and keeps its cookies; follows no redirection."""

    def __init__(self, app: FastAPI, cookies: Mapping[str, str]) -> None:
        self._app = app
        self.cookies = Cookies(dict(cookies))

    def get(self, path: str, **headers: str) -> Response:
        """Open a page."""
        return asyncio.run(self._ask("GET", path, headers=headers))

    def post(self, path: str, data: Mapping[str, Any], **headers: str) -> Response:
        """Send a form."""
        return asyncio.run(self._ask("POST", path, data=data, headers=headers))

    async def _ask(self, method: str, path: str, **rest: Any) -> Response:
        transport = ASGITransport(self._app)
        async with AsyncClient(
            transport=transport, base_url="http://testserver", cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **rest)
            self.cookies = client.cookies
        return answer


@dataclass
class Stage:
    """The world and a browser for each of its people."""

    database: Database
    app: FastAPI
    now: datetime = NOW
    wakes: int = 0
    ids: dict[str, int] = field(default_factory=dict)

    def browser(self, who: str = "nadia") -> Browser:
        """The browser of a signed-in person."""
        return Browser(self.app, {COOKIE: f"token-{who}"})

    def stranger(self) -> Browser:
        """The browser of somebody who is not signed in."""
        return Browser(self.app, {})

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, who: str = "nadia"
    ) -> Response:
        """Send one of our forms."""
        form = {"form_token": FORM_TOKEN, **(data or {})}
        return self.browser(who).post(path, form)

    def add(self, table: Table, **values: Any) -> int:
        """Insert one row; give its id."""
        with self.database.write() as db:
            key = db.execute(insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def rows(self, query: Select[Any]) -> list[Row[Any]]:
        """Read rows."""
        with self.database.read() as db:
            return list(db.execute(query))

    def row(self, table: Table, row_id: int) -> Row[Any]:
        """Read one row."""
        [row] = self.rows(select(table).where(table.c.id == row_id))
        return row

    def family(
        self,
        reference: str,
        *guardians: str,
        centre: str = "tilleuls",
        child: str = "Lina",
        language: str | None = "fr",
        number: int | None = None,
        dead: str | None = None,
    ) -> int:
        """A family; `number` ends the phone of its first guardian."""
        family_id = self.add(
            families, reference=reference, joined_on=date(2025, 9, 1), created_at=NOW
        )
        self.ids[reference] = family_id
        self.add(
            children,
            family_id=family_id,
            centre_id=self.ids[centre],
            first_name=child,
            created_at=NOW,
        )
        for rank, name in enumerate(guardians, start=1):
            contact_id = self.add(
                contacts,
                family_id=family_id,
                rank=rank,
                name=name,
                language=language,
                created_at=NOW,
            )
            self.ids[name] = contact_id
            if number is not None and rank == 1:
                self.address(contact_id, f"+336399800{number:02d}", dead=dead)
        return family_id

    def address(
        self, contact_id: int, value: str, *, channel: str = "sms", dead: str | None = None
    ) -> int:
        """An address of a guardian."""
        address_id = self.add(
            addresses, channel=channel, value=value, dead_reason=dead, created_at=NOW
        )
        self.add(
            contact_addresses,
            contact_id=contact_id,
            address_id=address_id,
            rank=1,
            source="import",
        )
        return address_id

    def event(
        self,
        title: str,
        *,
        centre: str = "tilleuls",
        days: int = 3,
        at: time = time(18),
        seats: int | None = None,
        texts: Mapping[str, Wording] | None = None,
        kind: str = "workshop",
        planned: timedelta = timedelta(days=20),
    ) -> int:
        """An event, planned some time ago for all families that the centre has by now."""
        new = NewEvent(
            kind=kind,
            centre_id=self.ids[centre],
            on=(NOW + timedelta(days=days)).date(),
            at=at,
            place="Salle bleue",
            wordings={"fr": Wording(title, "Apportez un goûter."), **(texts or {})},
            seats=seats,
        )
        with self.database.write() as db:
            event_id = add_event(db, new, NOW + timedelta(days=min(days, 0)) - planned)
        self.ids[title] = event_id
        return event_id

    def answer(self, event_id: int, reference: str, rsvp: str | None, **values: Any) -> None:
        """What a family answered."""
        with self.database.write() as db:
            db.execute(
                invitations.update()
                .where(
                    invitations.c.event_id == event_id,
                    invitations.c.family_id == self.ids[reference],
                )
                .values(rsvp=rsvp, rsvp_at=NOW - timedelta(days=1), **values)
            )

    def message(
        self,
        event_id: int | None,
        reference: str,
        state: str,
        *,
        step: str = "invitation",
        reason: str = "",
        says: tuple[Say, ...] = (),
        **values: Any,
    ) -> int:
        """A message of ours to a family's first guardian."""
        [contact] = self.rows(
            select(contacts.c.id).where(
                contacts.c.family_id == self.ids[reference], contacts.c.rank == 1
            )
        )
        at = NOW - timedelta(days=2)
        left = state in ("sent", "delivered", "read", "failed")
        row = {
            "key": f"{step}:{event_id}:{reference}:{len(self.rows(select(outbox.c.id)))}",
            "centre_id": self.ids["tilleuls"],
            "family_id": self.ids[reference],
            "contact_id": contact.id,
            "event_id": event_id,
            "purpose": "survey" if step == "survey" else "invitation",
            "step": step,
            "says": [dump_say(one) for one in says],
            "due_at": at,
            "state": state,
            "reason": reason,
            "next_attempt_at": at,
            "channel": "sms" if left else None,
            "sent_at": at if left else None,
            "created_at": at,
        }
        return self.add(outbox, **(row | values))

    def wait(
        self,
        name: str,
        words: str,
        *,
        reason: str = "asked",
        hours: int = 1,
        event_id: int | None = None,
        centre: str = "tilleuls",
    ) -> int:
        """A guardian who wrote, and waits for a person."""
        [theirs] = self.rows(
            select(contact_addresses.c.address_id, contacts.c.family_id)
            .join(contacts, contacts.c.id == contact_addresses.c.contact_id)
            .where(contacts.c.id == self.ids[name])
        )
        at = NOW - timedelta(hours=hours)
        self.add(
            inbound,
            channel="sms",
            provider_id=f"SM{name}{hours}{words}",
            address_id=theirs.address_id,
            contact_id=self.ids[name],
            text=words,
            at=at,
        )
        return self.add(
            tasks,
            centre_id=self.ids[centre],
            family_id=theirs.family_id,
            contact_id=self.ids[name],
            address_id=theirs.address_id,
            event_id=event_id,
            reason=reason,
            opened_at=at,
            asked_at=at,
        )


def open_stage(
    folder: Path,
    *,
    telegram_bot: str = "",
    telegram_bots: Mapping[str, str] | None = None,
    pocket_bot: str = "",
    public_url: str = "",
    shapes: Mapping[ChannelName, Shape] | None = None,
) -> Stage:
    """Two centres and their teams; no family yet, and no channel unless `shapes` has some."""
    database = Database(f"sqlite:///{folder / 'carnet.db'}", durable=False)
    metadata.create_all(database.engine)
    deployment = Deployment(
        association="Ma Chance Moi Aussi",
        public_url=public_url or "http://testserver",
        key=b"k" * 32,
        telegram_bot=telegram_bot,
        telegram_bots=telegram_bots or {},
        pocket_bot=pocket_bot,
    )

    reach = Reach(deployment, shapes or {})

    async def receive(message: InboundMessage) -> None:
        raise AssertionError(f"no page of the console receives messages: {message.provider_id}")

    def clock() -> datetime:
        return stage.now

    def wake() -> None:
        stage.wakes += 1

    context = Context(database=database, clock=clock, reach=reach, receive=receive, wake=wake)
    stage = Stage(database, build_app(context, Inbox(database, reach, clock), {}))
    for key, name in (("tilleuls", "Les Tilleuls"), ("port", "Le Port")):
        stage.ids[key] = stage.add(
            centres,
            name=name,
            opens_at=time(9),
            closes_at=time(19, 30),
            quiet_days=[7],
            created_at=NOW,
        )
    for email, (name, role, centre) in TEAM.items():
        stage.ids[email] = stage.add(
            staff,
            email=f"{email}@example.org",
            name=name,
            role=role,
            centre_id=stage.ids[centre] if centre else None,
            password_hash=_password_hash(),
            created_at=NOW,
        )
        stage.add(
            sign_ins,
            staff_id=stage.ids[email],
            token_hash=sha256(f"token-{email}".encode()).digest(),
            form_token=FORM_TOKEN,
            expires_at=NOW + timedelta(hours=12),
        )
    return stage


def furnish(stage: Stage) -> None:
    """Families with every kind of answer, an event to come, one of today, one that is over."""
    stage.family("F-001", "Amina Berrada", "Youssef Berrada", child="Lina", language="ar", number=1)
    stage.family("F-002", "Selin Kaya", child="Emre", language="tr", number=2)
    stage.family("F-003", "Inês Duarte", child="Tiago", language="pt", number=3)
    stage.family("F-004", "Paul Garnier", child="Élise", number=4)
    stage.family("F-005", "Mireille Okou", child="Grâce", number=5, dead="address_dead")
    stage.family("F-006", "Ioana Pop", child="Matei", language="ro", number=6)
    stage.family("F-007", "Karim Haddad", child="Nour", number=7)
    stage.family("P-001", "Rosa Lima", centre="port", child="Ana", number=20)
    coming = stage.event("Bien dormir", seats=12, texts={"ar": Wording("نوم جيد", "")})
    stage.answer(
        coming,
        "F-001",
        "yes",
        adults=2,
        children=1,
        party=3,
        seat="held",
        rsvp_channel="sms",
        rsvp_contact_id=stage.ids["Amina Berrada"],
        invited_at=NOW - timedelta(days=4),
    )
    stage.answer(coming, "F-002", "no", invited_at=NOW - timedelta(days=4))
    stage.answer(coming, "F-003", "maybe", invited_at=NOW - timedelta(days=4))
    stage.answer(
        coming,
        "F-007",
        "yes",
        adults=1,
        children=9,
        party=10,
        seat="waiting",
        invited_at=NOW - timedelta(days=4),
    )
    hello = (say("{text}", text="Bien dormir : jeudi 26 novembre à 18h. Viendrez-vous ?"),)
    for reference in ("F-001", "F-002", "F-003", "F-007"):
        stage.message(coming, reference, "delivered", says=hello, language="fr", body="Bien dormir")
    stage.message(coming, "F-004", "waiting", reason="quiet_hours")
    stage.message(coming, "F-005", "refused", reason="address_dead")
    stage.message(coming, "F-006", "failed", reason="failed_at_provider", error_code="30007")
    stage.event("Atelier cuisine", days=0, at=time(9, 30))
    stage.event("Sortie au musée", days=-10, kind="outing")
    stage.event("Jeux de société", centre="port", days=5)
    stage.add(
        consents,
        contact_id=stage.ids["Amina Berrada"],
        purpose="messages",
        decision="given",
        source="import",
        wording="1",
        at=NOW - timedelta(days=90),
    )
    stage.wait(
        "Amina Berrada", "Est-ce que je peux venir avec ma sœur ?", hours=30, event_id=coming
    )
    stage.wait("Karim Haddad", "Bonjour, je voudrais parler à quelqu'un", hours=2)


def visible_text(page: Response) -> str:
    """A page as words: no tags, plain single spaces."""
    assert page.headers["content-type"].startswith("text/html")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@cache
def _password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
