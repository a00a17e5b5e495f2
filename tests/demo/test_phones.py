"""The page with the phones: taps, texts, links, the clock."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Row, func, select

from bot.demo.phones import Stage
from bot.demo.screens import guardian, lines
from bot.messages import ChannelName
from bot.storage.tables import (
    addresses,
    events,
    families,
    invitations,
    outbox,
    simulated_messages,
)
from bot.web.console.visit import COOKIE
from tests.demo.conftest import NOON, Browser

WAITS = "TIL-005"  # a Telegram parent


def contact(stage: Stage, reference: str, rank: int = 1) -> int:
    with stage.carnet.database.read() as db:
        found = guardian(db, reference, rank)
    assert found is not None
    return found


def address(stage: Stage, contact_id: int, channel: ChannelName) -> int:
    with stage.carnet.database.read() as db:
        return next(
            one.address_id for one in lines(db, contact_id) if one.address.channel is channel
        )


def invitation(stage: Stage, reference: str, days: int) -> Row[tuple[object, ...]]:
    """What a family answered about the event so many days after noon."""
    on = NOON.date() + timedelta(days=days)
    with stage.carnet.database.read() as db:
        return db.execute(
            select(invitations)
            .join(events)
            .join(families, families.c.id == invitations.c.family_id)
            .where(families.c.reference == reference, events.c.on == on)
        ).one()


def last_question(db: Connection, channel: str) -> Row[tuple[object, ...]]:
    """A Telegram or WhatsApp message about the next event, still with its three buttons."""
    return db.execute(
        select(
            simulated_messages,
            outbox.c.contact_id,
            outbox.c.family_id,
            outbox.c.event_id,
            outbox.c.address_id,
            families.c.reference,
        )
        .join(outbox, outbox.c.id == simulated_messages.c.outbox_id)
        .join(families, families.c.id == outbox.c.family_id)
        .join(events, events.c.id == outbox.c.event_id)
        .join(addresses, addresses.c.id == outbox.c.address_id)
        .where(
            outbox.c.step.in_(("invitation", "nudge")),
            events.c.starts_at > NOON,
            simulated_messages.c.channel == channel,
            addresses.c.dead_reason.is_(None),
        )
        .order_by(simulated_messages.c.id.desc())
        .limit(1)
    ).one()


def silent_sms_parent(stage: Stage) -> tuple[int, str]:
    """Who was asked by SMS about the next event and has not answered: contact, reference."""
    with stage.carnet.database.read() as db:
        row = db.execute(
            select(outbox.c.contact_id, families.c.reference)
            .join(families, families.c.id == outbox.c.family_id)
            .join(events, events.c.id == outbox.c.event_id)
            .join(
                invitations,
                (invitations.c.event_id == events.c.id)
                & (invitations.c.family_id == families.c.id),
            )
            .where(
                outbox.c.step == "nudge",
                outbox.c.channel == "sms",
                events.c.starts_at > NOON,
                invitations.c.rsvp.is_(None),
            )
            .order_by(outbox.c.id)
            .limit(1)
        ).one()
    return row.contact_id, row.reference


def rsvp(stage: Stage, event_id: int, family_id: int) -> str | None:
    with stage.carnet.database.read() as db:
        return db.scalar(
            select(invitations.c.rsvp).where(
                invitations.c.event_id == event_id, invitations.c.family_id == family_id
            )
        )


def test_first_page_leads_to_the_phones(client: Browser) -> None:
    page = client.get("/")
    assert page.url.path == "/demo"
    assert "Les parents" in page.text
    assert page.text.count("TIL-0") >= 40


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_a_tap_changes_the_answer_and_the_counts(
    client: Browser, stage: Stage, channel: str
) -> None:
    with stage.carnet.database.read() as db:
        asked = last_question(db, channel)
    for code in ("no", "maybe", "yes"):
        payload = next(
            one["payload"] for one in asked.buttons if one["payload"].endswith(f":{code}")
        )
        page = client.post(
            "/demo/answer",
            data={
                "contact": asked.contact_id,
                "address": asked.address_id,
                "message": asked.outbox_id,
                "payload": payload,
            },
        )
        assert page.status_code == 200
        assert rsvp(stage, asked.event_id, asked.family_id) == code


def test_a_typed_stop_stops_at_once_and_the_list_says_so(client: Browser, stage: Stage) -> None:
    contact_id = contact(stage, "TIL-001")
    where = address(stage, contact_id, ChannelName.WHATSAPP)
    page = client.post(
        "/demo/answer", data={"contact": contact_id, "address": where, "text": "STOP"}
    )
    assert "a dit STOP" in page.text


def test_a_one_way_number_has_no_box_and_takes_no_text(client: Browser, stage: Stage) -> None:
    contact_id, reference = silent_sms_parent(stage)
    page = client.get(f"/demo?parent={contact_id}")
    assert "ne lit pas les réponses par SMS" in page.text
    assert 'name="text"' not in page.text
    where = address(stage, contact_id, ChannelName.SMS)
    client.post("/demo/answer", data={"contact": contact_id, "address": where, "text": "non"})
    assert invitation(stage, reference, 2).rsvp is None


def test_the_link_in_an_sms_opens_the_real_page_whose_button_answers(
    client: Browser, stage: Stage
) -> None:
    contact_id, reference = silent_sms_parent(stage)
    page = client.get(f"/demo?parent={contact_id}")
    link = re.findall(r'href="(/l/[A-Za-z0-9_-]{22})"', page.text)[-1]
    shown = client.get(link).text
    nonce = re.findall(r'name="nonce" value="([^"]+)"', shown)[0]
    no = re.findall(r'value="(\d+:coming:no)"', shown)[0]
    client.post(link, data={"nonce": nonce, "answer": no})
    assert invitation(stage, reference, 2).rsvp == "no"
    assert "sur la page du lien" in client.get(f"/demo?parent={contact_id}").text


def test_once_the_number_reads_answers_there_is_a_box_and_the_next_sms_has_a_menu(
    client: Browser, stage: Stage
) -> None:
    contact_id, reference = silent_sms_parent(stage)
    page = client.post("/demo/number", data={"contact": contact_id, "reads": "yes"})
    assert 'name="text"' in page.text
    where = address(stage, contact_id, ChannelName.SMS)
    page = client.post(
        "/demo/answer", data={"contact": contact_id, "address": where, "text": "bla bla"}
    )
    menu = re.search(r"^([B-Z]?)1 \w+$", page.text, re.MULTILINE)  # a letter where others wait
    assert menu is not None
    no = f"{menu[1]}2"
    client.post("/demo/answer", data={"contact": contact_id, "address": where, "text": no})
    assert invitation(stage, reference, 2).rsvp == "no"


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("TIL-015", "Téléphone fixe"),
        ("TIL-019", "ne fonctionne plus"),
        ("TIL-023", "ne fonctionne plus"),
    ],
)
def test_a_phone_that_cannot_answer_says_why(
    client: Browser, stage: Stage, reference: str, words: str
) -> None:
    page = client.get(f"/demo?parent={contact(stage, reference)}")
    assert words in page.text
    assert 'name="text"' not in page.text


def test_arabic_is_written_from_right_to_left(client: Browser, stage: Stage) -> None:
    page = client.get(f"/demo?parent={contact(stage, 'TIL-001')}")
    assert 'lang="ar" dir="rtl"' in page.text


def test_a_parent_of_an_unwritten_language_is_written_to_in_french(
    client: Browser, stage: Stage
) -> None:
    page = client.get(f"/demo?parent={contact(stage, 'TIL-008')}")
    assert "(écrit en français)" in page.text
    assert "Venez-vous" in page.text


def test_eight_days_ahead_the_invitations_leave_when_the_clock_moves(
    client: Browser, stage: Stage
) -> None:
    assert invitation(stage, "TIL-005", 8).invited_at is None
    for _ in range(4):
        client.post("/demo/clock", data={"step": "day"})
    assert invitation(stage, "TIL-005", 8).invited_at is not None
    with stage.carnet.database.read() as db:
        told = db.scalar(
            select(func.count(invitations.c.invited_at))
            .join(events)
            .where(events.c.on == date(2026, 11, 30))
        )
    assert told is not None
    assert told > 25  # the others have heard from us three times that week


def test_the_clock_moves_by_what_the_button_says_and_keeps_quiet_hours(
    client: Browser, stage: Stage
) -> None:
    client.post("/demo/clock", data={"step": "hour"})
    assert stage.clock() == NOON + timedelta(hours=1)
    client.post("/demo/clock", data={"step": "day"})
    assert stage.clock() == NOON + timedelta(hours=25)
    with stage.carnet.database.read() as db:
        sent = db.scalars(
            select(outbox.c.sent_at).where(outbox.c.sent_at > NOON - timedelta(hours=12))
        ).all()
    assert sent
    assert all(at >= NOON + timedelta(hours=21) for at in sent)  # Sunday is quiet; Monday at nine


def test_next_message_moves_the_clock_until_something_leaves(client: Browser, stage: Stage) -> None:
    with stage.carnet.database.read() as db:
        before = db.scalar(select(func.count()).select_from(simulated_messages)) or 0
    client.post("/demo/clock", data={"step": "next"})
    with stage.carnet.database.read() as db:
        after = db.scalar(select(func.count()).select_from(simulated_messages)) or 0
    assert after > before
    assert stage.clock() == NOON + timedelta(hours=21)


def test_new_messages_are_marked_until_the_phone_is_looked_at(
    client: Browser, stage: Stage
) -> None:
    client.get("/demo")
    client.post("/demo/clock", data={"step": "day"})
    page = client.get("/demo").text
    marked = re.findall(
        r'href="/demo\?parent=(\d+)"[^>]*>\s*<span class="name">[^<]*<span class="new">', page
    )
    assert marked
    client.get(f"/demo?parent={marked[0]}")
    again = client.get("/demo").text
    assert len(re.findall(r'class="new"', again)) < len(re.findall(r'class="new"', page))


def test_one_button_enters_the_console(client: Browser, stage: Stage) -> None:
    page = client.post("/demo/console")
    assert page.url.path == "/events"
    assert "Le bon usage des écrans" in page.text
    assert COOKIE in client.cookies


def test_moving_the_clock_past_the_sign_in_does_not_sign_out(client: Browser) -> None:
    client.post("/demo/console")
    client.post("/demo/clock", data={"step": "day"})
    assert client.get("/events").url.path == "/events"


def test_a_form_from_another_site_is_refused(client: Browser, stage: Stage) -> None:
    for path in ("/demo/answer", "/demo/clock", "/demo/number", "/demo/console"):
        assert client.post(path, {"step": "day"}, sec_fetch_site="cross-site").status_code == 403
    assert stage.clock() == NOON


def test_nonsense_in_a_form_changes_nothing(client: Browser, stage: Stage) -> None:
    forms: tuple[dict[str, str], ...] = (
        {},
        {"contact": "x", "address": "-1", "text": "oui"},
        {"contact": "9" * 40},
    )
    for form in forms:
        assert client.post("/demo/answer", data=form).status_code == 200
    assert client.get("/demo?parent=99999&channel=pigeon").status_code == 200


def test_page_needs_no_script_and_only_its_own_style(client: Browser) -> None:
    page = client.get("/demo")
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert client.get("/demo/style.css").headers["content-type"].startswith("text/css")


def test_a_restart_keeps_the_clock(client: Browser, stage: Stage, folder: Path) -> None:
    client.post("/demo/clock", data={"step": "day"})
    assert float((folder / "clock").read_text()) == 24 * 3600
