"""A family is offered moments in Arabic, takes one, moves it, misses it, and is asked once more."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
from sqlalchemy import Row, select

from bot.app import web_app
from bot.channels.link import token_for
from bot.events import record_attendance
from bot.meetings import NewSlot, add_slots, put
from bot.messages import OutboundMessage
from bot.storage.tables import campaign_families, events, invitations
from scheduler.jobs import offer_meetings
from tests.house import SMS, TELEGRAM, House, guardian, phone
from tests.rounds import arrange_round, meetings_of, slots_of

CHAT = "4200"
OFFERED = datetime(2026, 11, 17, 9, tzinfo=UTC)  # Tuesday, ten in Paris


def at(day: int, hour: int, minute: int = 0, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


async def live_until(house: House, until: datetime) -> None:
    """Let the jobs run, hour by hour."""
    while house.clock() < until:
        house.clock.set(min(house.clock() + timedelta(hours=1), until))
        house.plan()
        await offer_meetings(house.carnet.works)
        await house.drain()


def arabic_family(house: House, number: int) -> int:
    """A family that reads Arabic, on Telegram."""
    family = house.family(number, guardians=(guardian(number, language="ar"),))
    house.bind(family, TELEGRAM, CHAT)
    return family


def last(house: House) -> OutboundMessage:
    """What the chat was sent last; what replaced an answered question is none."""
    return [one for one in house.phones[TELEGRAM].taken if not one.replaces][-1]


def tap(house: House, message: OutboundMessage, label: str) -> None:
    """Press a button of a message, by its label."""
    [payload] = [one.payload for one in message.buttons if one.label == label]
    quoted = house.phones[TELEGRAM].id_of(message)
    house.hear(TELEGRAM, CHAT, payload=payload, quoted=quoted)


def mine(house: House, campaign_id: int, family: int) -> Row[Any]:
    [row] = [one for one in slots_of(house, campaign_id) if one.family_id == family]
    return row


async def test_offered_taken_moved_reminded_missed_and_offered_once_more(house: House) -> None:
    family = arabic_family(house, 1)
    campaign_id = arrange_round(house, [family])
    with house.database.write() as db:  # moments that will be left after the absence
        add_slots(db, campaign_id, [NewSlot(date(2026, 12, day), time(9), 30) for day in (15, 17)],
                  house.clock())  # fmt: skip
    await live_until(house, OFFERED)
    first = last(house)
    assert "لنتحدث عن طفلكم" in first.text
    assert "Mme Roy" in first.text
    labels = [one.label for one in first.buttons]
    assert len(labels) == 7
    assert labels[-2:] == ["موعد آخر", "لا شيء منها"]

    tap(house, first, labels[0])
    await house.drain()
    assert mine(house, campaign_id, family).at == time(17)
    confirmed = last(house)
    assert "Bureau du premier" in confirmed.text
    assert [one.label for one in confirmed.buttons] == ["موعد آخر"]

    house.clock.later(hours=1)
    house.hear(TELEGRAM, CHAT, "الخميس 17:30")
    await house.drain()
    moved = mine(house, campaign_id, family)
    assert (moved.on, moved.at) == (date(2026, 12, 3), time(17, 30))
    assert slots_of(house, campaign_id)[0].family_id is None
    [meeting] = meetings_of(house, campaign_id)
    assert (meeting.on, meeting.version, meeting.status) == (date(2026, 12, 3), 2, "planned")

    tap(house, first, labels[1])  # an old button: it still names its own moment
    tap(house, confirmed, "موعد آخر")
    await house.drain()
    assert mine(house, campaign_id, family).at == time(17, 30)
    before = len(house.outbox(step="reminder"))
    assert before == 0
    house.hear(TELEGRAM, CHAT, "الخميس 17:30")
    await house.drain()

    await live_until(house, at(3, 15))
    [reminder] = [one for one in house.outbox(step="reminder") if one.sent_at is not None]
    assert reminder.sent_at < meeting.starts_at - timedelta(hours=12)
    assert house.outbox(step="invitation") == []

    house.clock.set(at(4, 9))
    with house.database.write() as db:
        record_attendance(db, meeting.id, {family: False}, house.clock())
    await live_until(house, at(14, 18))
    [again] = house.outbox(step="slots_again")
    assert again.sent_at is not None
    assert again.sent_at >= meeting.starts_at + timedelta(days=5)
    offer = next(one for one in house.phones[TELEGRAM].taken if one.id == again.id)
    assert len(offer.buttons) == 4  # the two moments that are left
    await live_until(house, at(17, 18))
    assert len(house.outbox(step="slots_again")) == 1


def sms_families(house: House, count: int) -> Sequence[int]:
    """Families who answer by SMS."""
    families = house.families(count)
    house.centre(sms_can_receive=True)
    return families


async def test_no_is_followed_by_one_more_offer_and_a_second_no_by_none(house: House) -> None:
    [family] = sms_families(house, 1)
    campaign_id = arrange_round(house, [family])
    await live_until(house, OFFERED)
    assert house.texts(SMS, phone(0))[-1] == (
        "Les Tilleuls aimerait vous rencontrer :\nParlons de votre enfant\n"
        "Avec Mme Roy, Bureau du premier.\nQuel moment vous convient ?\n"
        "1 mardi 1er décembre à 17h\n2 mardi 1er décembre à 17h30\n"
        "3 jeudi 3 décembre à 17h\n4 jeudi 3 décembre à 17h30\n"
        "6 Un autre moment\n0 Aucun"
    )
    house.hear(SMS, phone(0), "non merci")
    await live_until(house, at(24, 18, month=11))
    assert house.outbox(step="slots_nudge") == []
    assert len(house.outbox(step="slots_again")) == 1
    assert "Vous pouvez encore venir." in house.texts(SMS, phone(0))[-1]
    house.hear(SMS, phone(0), "0")
    await live_until(house, at(3, 18))
    assert len(house.outbox(step="slots_again")) == 1
    assert meetings_of(house, campaign_id) == []


async def test_silent_family_is_nudged_once_and_its_digit_is_of_the_newest_list(
    house: House,
) -> None:
    family, other = sms_families(house, 2)
    campaign_id = arrange_round(house, [family])
    await live_until(house, OFFERED)
    first, *_ = slots_of(house, campaign_id)
    with house.database.write() as db:
        put(db, house.carnet.reach, campaign_id, first.id, other, house.clock())
    await live_until(house, at(21, 18, month=11))
    [nudge] = house.outbox(step="slots_nudge")
    assert nudge.sent_at is not None
    assert "1 mardi 1er décembre à 17h30" in house.texts(SMS, phone(0))[-1]
    house.hear(SMS, phone(0), "1")
    assert mine(house, campaign_id, family).at == time(17, 30)


async def test_moment_that_went_meanwhile_is_said_kindly_and_others_are_offered(
    house: House,
) -> None:
    family, other = sms_families(house, 2)
    campaign_id = arrange_round(house, [family, other])
    await live_until(house, OFFERED)
    arrivals = [(phone(0), "1"), (phone(1), "1")]
    for value, text in arrivals:
        house.hear(SMS, value, text)
    await house.drain()
    assert mine(house, campaign_id, family).at == time(17)
    assert house.texts(SMS, phone(1))[-1].startswith(
        "Désolé, ce moment n'est plus libre.\nQuel moment vous convient ?\n"
        "1 mardi 1er décembre à 17h30"
    )
    house.hear(SMS, phone(1), "jeudi 17h")
    await house.drain()
    assert mine(house, campaign_id, other).on == date(2026, 12, 3)


async def test_no_to_the_reminder_frees_the_moment_for_another_family(house: House) -> None:
    family, other = sms_families(house, 2)
    campaign_id = arrange_round(house, [family, other])
    await live_until(house, OFFERED)
    house.hear(SMS, phone(0), "1")
    await live_until(house, at(30, 20, month=11))
    [reminder] = [row for row in house.outbox(step="reminder") if row.sent_at is not None]
    assert reminder.family_id == family
    house.hear(SMS, phone(0), "je ne peux pas venir")
    await house.drain()
    [meeting] = meetings_of(house, campaign_id)
    assert meeting.status == "cancelled"
    assert house.invitation(meeting.id, family).rsvp == "no"
    assert house.outbox(step="cancelled") == []
    house.hear(SMS, phone(1), "mardi 17h")
    assert mine(house, campaign_id, other).at == time(17)


async def test_wish_for_another_moment_when_none_is_left_calls_a_person(house: House) -> None:
    [family] = sms_families(house, 1)
    campaign_id = arrange_round(house, [family])
    await live_until(house, OFFERED)
    house.hear(SMS, phone(0), "6")
    await house.drain()
    assert "Aucun autre moment n'est libre." in house.texts(SMS, phone(0))[-1]
    assert house.one(select(campaign_families)).answered_at is not None
    house.hear(SMS, phone(0), "2")  # the list still stands
    assert mine(house, campaign_id, family).at == time(17, 30)
    assert len(house.all(select(events))) == len(house.all(select(invitations))) == 1


async def test_job_that_runs_twice_offers_once(house: House) -> None:
    [family] = sms_families(house, 1)
    arrange_round(house, [family])
    await live_until(house, OFFERED)
    house.hear(SMS, phone(0), "0")
    house.clock.set(at(23, 10, month=11))
    await offer_meetings(house.carnet.works)
    await offer_meetings(house.carnet.works)
    assert len(house.outbox(step="slots_again")) == 1


async def test_family_without_two_way_sms_takes_and_changes_on_its_page(house: House) -> None:
    family = house.family(0)
    campaign_id = arrange_round(house, [family])
    await live_until(house, OFFERED)
    row = house.row(step="slots")
    token = token_for(house.carnet.reach.deployment.key, row.id)
    async with page_browser(house) as browser:
        page = (await browser.get(f"/l/{token}")).text
        assert "Parlons de votre enfant" in page
        assert "Mme Roy" in page
        await press(browser, token, page, "jeudi 3 décembre à 17h")
        assert mine(house, campaign_id, family).on == date(2026, 12, 3)
        page = (await browser.get(f"/l/{token}")).text
        assert "Vous avez répondu : jeudi 3 décembre à 17h" in page
        await press(browser, token, page, "mardi 1er décembre à 17h30")
        assert mine(house, campaign_id, family).at == time(17, 30)
        page = (await browser.get(f"/l/{token}")).text
        await press(browser, token, page, "Un autre moment")
    assert mine(house, campaign_id, family).at == time(17, 30)


@asynccontextmanager
async def page_browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A parent's browser."""
    transport = httpx.ASGITransport(web_app(house.carnet, jobs=False))
    async with (
        house.carnet.running(jobs=False),
        httpx.AsyncClient(
            transport=transport, base_url="http://carnet", follow_redirects=True
        ) as client,
    ):
        yield client


async def press(browser: httpx.AsyncClient, token: str, page: str, label: str) -> None:
    """Press a button of a link page, by its label."""
    found = re.search(rf'value="([^"]*)">{re.escape(label)}</button>', page)
    assert found is not None, label
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    assert nonce is not None
    form = {"answer": found[1], "nonce": nonce[1]}
    assert (await browser.post(f"/l/{token}", data=form)).status_code == 200
