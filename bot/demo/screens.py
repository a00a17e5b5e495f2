"""What the simulated phones show, read from the messages that the simulator holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from bot.messages import Address, Button, ChannelName, DeliveryState, Say
from bot.storage.says import load_say
from bot.storage.tables import (
    addresses,
    contact_addresses,
    contacts,
    families,
    inbound,
    media,
    outbox,
    simulated_messages,
)
from bot.translation import readable, render

LINK = re.compile(r"https?://\S+/l/([A-Za-z0-9_-]{22})")
SHOWN = 40  # messages of one phone


@dataclass(frozen=True, slots=True)
class Screen:
    """A message that a parent sees, on a phone or (`token`) on a link page, with its question."""

    outbox_id: int
    contact_id: int
    address: Address
    step: str
    event_id: int | None
    conversation_id: int | None
    question: Say | None
    buttons: tuple[Button, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message as the phone shows it. `page`: it was said on the web page behind a link."""

    at: datetime
    text: str
    mine: bool  # the parent's own
    page: bool = False
    outbox_id: int | None = None
    buttons: tuple[Button, ...] = ()
    media_id: int | None = None
    media_kind: str = ""  # voice, picture


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of one parent's phone. `dead_reason` None: it works."""

    address_id: int
    address: Address
    dead_reason: str | None


def last_ids(db: Connection) -> tuple[int, int]:
    """The newest simulated message and the newest row of the outbox."""
    newest = select(func.max(simulated_messages.c.id)), select(func.max(outbox.c.id))
    return tuple(int(db.scalar(one) or 0) for one in newest)  # type: ignore[return-value]  # two


def new_screens(
    db: Connection, after: tuple[int, int], tokens: dict[str, str]
) -> tuple[Screen, ...]:
    """What has appeared since `after`; `tokens`: by the provider id of what was said on a page."""
    on_phones = db.execute(
        select(outbox, simulated_messages.c.text, simulated_messages.c.buttons, addresses.c.value)
        .join(simulated_messages, simulated_messages.c.outbox_id == outbox.c.id)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .where(simulated_messages.c.id > after[0], outbox.c.contact_id.is_not(None))
        .order_by(outbox.c.id)
    ).all()
    on_pages = db.execute(
        select(outbox, inbound.c.provider_id.label("said_as"))
        .join(inbound, inbound.c.id == outbox.c.inbound_id)
        .where(outbox.c.id > after[1], outbox.c.channel == ChannelName.LINK)
        .order_by(outbox.c.id)
    ).all()
    shown = [_on_phone(row) for row in on_phones]
    shown += [_on_page(row, tokens[row.said_as]) for row in on_pages if row.said_as in tokens]
    return tuple(sorted(shown, key=lambda one: one.outbox_id))


def link_in(text: str) -> str:
    """The token of the private link in a text; "" where there is none."""
    found = LINK.search(text)
    return found[1] if found else ""


def _on_phone(row: Row[Any]) -> Screen:
    address = Address(ChannelName(row.channel), row.value)
    return _screen(row, address, _buttons(row.buttons), link_in(row.text))


def _on_page(row: Row[Any], token: str) -> Screen:
    return _screen(row, Address(ChannelName.LINK, token), (), token)


def _screen(row: Row[Any], address: Address, buttons: tuple[Button, ...], token: str) -> Screen:
    says = [load_say(one) for one in row.says]
    return Screen(
        outbox_id=row.id,
        contact_id=row.contact_id,
        address=address,
        step=row.step,
        event_id=row.event_id,
        conversation_id=row.conversation_id,
        question=next((one for one in reversed(says) if one.choices), None),
        buttons=buttons,
        token=token,
    )


def _buttons(stored: Sequence[dict[str, str]]) -> tuple[Button, ...]:
    return tuple(Button(one["label"], one["payload"]) for one in stored)


# -- one parent's phone ---------------------------------------------------------------------------


def guardian(db: Connection, reference: str, rank: int) -> int | None:
    """The contact of a family, 1 or 2."""
    return db.scalar(
        select(contacts.c.id)
        .join(families)
        .where(families.c.reference == reference, contacts.c.rank == rank)
    )


def lines(db: Connection, contact_id: int) -> tuple[Line, ...]:
    """The channels of one parent's phone, the one to try first in front."""
    rows = db.execute(
        select(addresses)
        .join(contact_addresses, contact_addresses.c.address_id == addresses.c.id)
        .where(contact_addresses.c.contact_id == contact_id)
        .order_by(contact_addresses.c.rank, contact_addresses.c.id)
    )
    return tuple(
        Line(row.id, Address(ChannelName(row.channel), row.value), row.dead_reason) for row in rows
    )


def latest_text(db: Connection, address: Address) -> str:
    """The newest text on a phone."""
    text: str | None = db.scalar(
        select(simulated_messages.c.text)
        .where(
            simulated_messages.c.channel == address.channel,
            simulated_messages.c.value == address.value,
        )
        .order_by(simulated_messages.c.id.desc())
        .limit(1)
    )
    return text or ""


def bubbles(db: Connection, line: Line) -> tuple[Bubble, ...]:
    """The last messages of one channel, oldest first, answers and pages among them."""
    found = [*_received(db, line), *_said(db, line), *_on_their_page(db, line)]
    found.sort(key=lambda one: one[:2])
    return tuple(bubble for *_, bubble in found)[-SHOWN:]


_Placed = tuple[datetime, int, Bubble]  # an answer follows what it answers at the same moment


def _received(db: Connection, line: Line) -> list[_Placed]:
    rows = db.execute(
        select(simulated_messages, media.c.kind.label("media_kind"))
        .join(outbox, outbox.c.id == simulated_messages.c.outbox_id)
        .outerjoin(media, media.c.id == simulated_messages.c.media_id)
        .where(
            simulated_messages.c.channel == line.address.channel,
            simulated_messages.c.value == line.address.value,
            outbox.c.state != DeliveryState.FAILED,
        )
        .order_by(simulated_messages.c.id.desc())
        .limit(2 * SHOWN)
    ).all()
    edits = {row.replaces: row for row in rows if row.replaces}
    placed = []
    for row in rows:
        if row.replaces:
            continue
        shown = edits.get(f"sim-{row.outbox_id}", row)
        bubble = Bubble(
            at=row.at,
            text=shown.text,
            mine=False,
            outbox_id=row.outbox_id,
            buttons=_buttons(shown.buttons),
            media_id=row.media_id,
            media_kind=row.media_kind or "",
        )
        placed.append((row.at, 2 * row.outbox_id, bubble))
    return placed


def _said(db: Connection, line: Line) -> list[_Placed]:
    """What the parent wrote or tapped here, or on a page behind one of these messages."""
    rows = db.execute(
        select(inbound, contacts.c.language, func.min(outbox.c.id).label("answer_id"))
        .outerjoin(contacts, contacts.c.id == inbound.c.contact_id)
        .outerjoin(outbox, outbox.c.inbound_id == inbound.c.id)
        .where(inbound.c.address_id == line.address_id)
        .group_by(inbound.c.id, contacts.c.language)
        .order_by(inbound.c.id.desc())
        .limit(SHOWN)
    ).all()
    newest: int = db.scalar(select(func.max(outbox.c.id))) or 0
    placed = []
    for row in rows:
        text = row.text or (_tapped(db, row) if row.payload else "🎤")
        bubble = Bubble(row.at, text, mine=True, page=row.channel == ChannelName.LINK)
        order = 2 * (row.answer_id or newest + row.id) - 1
        placed.append((row.at, order, bubble))
    return placed


def _on_their_page(db: Connection, line: Line) -> list[_Placed]:
    rows = db.execute(
        select(outbox.c.id, outbox.c.body, outbox.c.sent_at)
        .where(outbox.c.address_id == line.address_id, outbox.c.channel == ChannelName.LINK)
        .order_by(outbox.c.id.desc())
        .limit(SHOWN)
    ).all()
    return [
        (
            row.sent_at,
            2 * row.id,
            Bubble(row.sent_at, row.body, mine=False, page=True, outbox_id=row.id),
        )
        for row in rows
    ]


def _tapped(db: Connection, row: Row[Any]) -> str:
    """What stood on the button, in the language of its message."""
    code = str(row.payload).rsplit(":", 1)[-1]
    language = readable(row.language)
    if code in ALWAYS_THERE:
        return render(ALWAYS_THERE[code], language)
    conversation_id = row.payload.split(":", 1)[0]
    if conversation_id.isdigit():
        asked = db.scalars(
            select(outbox.c.says)
            .where(outbox.c.conversation_id == int(conversation_id))
            .order_by(outbox.c.id.desc())
        )
        for says in asked:
            for stored in says:
                for choice in load_say(stored).choices:
                    if choice.code == code:
                        return render(choice.label, language)
    return code


def menu(db: Connection, outbox_id: int) -> tuple[tuple[str, str], ...]:
    """The answers that a message offers: the digit of each and its words."""
    row = db.execute(select(outbox.c.says, outbox.c.language).where(outbox.c.id == outbox_id)).one()
    says = [load_say(one) for one in row.says]
    asked = next((one for one in reversed(says) if one.choices), None)
    language = readable(row.language)
    return tuple((one.key, render(one.label, language)) for one in asked.choices) if asked else ()


ALWAYS_THERE = {  # buttons at the foot of every link page
    "stop": Say("Stop the messages"),
    "human": Say("Call me"),
}
