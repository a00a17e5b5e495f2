"""The team's voice, or a picture, goes out with the first message, in the parent's own language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.attachments import attach_media, remove_media
from bot.channels.link import media_of_token
from bot.channels.shapes import SHAPES
from bot.errors import Rejected, SendUncertain
from bot.messages import About, ChannelName, MediaKind, OutboundMessage
from bot.storage import media as stored
from bot.storage.database import Database
from bot.storage.tables import addresses, attachments, media
from scheduler.jobs import sweep
from tests.house import MONDAY, SMS, TELEGRAM, WHATSAPP, Clock, House, guardian, open_house, phone
from tests.recordings import mp3, ogg, photo

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
CHAT = "7001"
WA = "+33639980050"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With the shapes of the real channels."""
    database = Database(f"sqlite:///{tmp_path / 'carnet.db'}", durable=False)
    yield open_house(database, Clock(MONDAY), tmp_path, shapes=SHAPES)
    database.close()


def attach(house: House, about: About, language: str, data: bytes) -> stored.Attached:
    with house.database.write() as db:
        return attach_media(db, about, language, data, house.clock())


async def invited(house: House) -> None:
    house.clock.set(INVITED_AT)
    await house.tick()


def got(house: House, channel: ChannelName, value: str) -> OutboundMessage:
    (message,) = [one for one in house.phones[channel].taken if one.to.value == value]
    return message


def event_for(house: House, language: str | None = "fr", number: int = 0) -> tuple[int, About]:
    family = house.family(number, guardians=(guardian(number, language=language),))
    return family, About(event_id=house.event())


async def test_telegram_gets_voice_text_and_buttons_in_one_message(house: House) -> None:
    family, about = event_for(house)
    house.bind(family, TELEGRAM, CHAT)
    kept = attach(house, about, "fr", ogg(12))
    await invited(house)
    message = got(house, TELEGRAM, CHAT)
    assert message.media is not None
    assert (message.media.id, message.media.kind) == (kept.media_id, MediaKind.VOICE)
    assert [one.payload.rpartition(":")[2] for one in message.buttons] == ["yes", "no", "maybe"]
    assert "/m/" not in message.text


async def test_whatsapp_picture_stands_above_a_numbered_menu(house: House) -> None:
    family, about = event_for(house)
    address = house.bind(family, WHATSAPP, WA)
    attach(house, about, "fr", photo())
    opened(house, address)
    await invited(house)
    message = got(house, WHATSAPP, WA)
    assert message.media is not None
    assert message.buttons == ()
    assert "1 Oui" in message.text


async def test_whatsapp_voice_follows_a_text_that_says_where_else_it_is_heard(
    house: House,
) -> None:
    family, about = event_for(house)
    address = house.bind(family, WHATSAPP, WA)
    attach(house, about, "fr", mp3(12))
    opened(house, address)
    await invited(house)
    message = got(house, WHATSAPP, WA)
    assert message.media is not None
    assert len(message.buttons) == 3
    assert message.media.url in message.text


async def test_outside_of_the_window_nothing_but_the_approved_words_leaves(house: House) -> None:
    """Without a template, whose words are approved, the message goes another way."""
    family, about = event_for(house)
    house.bind(family, WHATSAPP, WA)
    attach(house, about, "fr", photo())
    await invited(house)
    assert house.phones[WHATSAPP].taken == []
    assert got(house, SMS, phone(0)).media is None


async def test_one_way_sms_is_as_it_was_because_its_page_shows_it(house: House) -> None:
    _, about = event_for(house)
    attach(house, about, "fr", ogg(12))
    await invited(house)
    message = got(house, SMS, phone(0))
    assert message.media is None
    assert "/m/" not in message.text
    assert "/l/" in message.text


async def test_two_way_sms_carries_an_address_that_opens_it(house: House) -> None:
    house.family(0)
    house.centre(sms_can_receive=True)
    about = About(event_id=house.event())
    kept = attach(house, about, "fr", ogg(12))
    await invited(house)
    message = got(house, SMS, phone(0))
    (line,) = [one for one in message.text.splitlines() if "/m/" in one]
    token = line.rpartition("/m/")[2]
    key = house.carnet.reach.deployment.key
    assert line.startswith("Écoutez-nous : ")
    assert media_of_token(key, token, house.clock()) == kept.media_id
    assert media_of_token(key, token, house.clock() + timedelta(days=60)) is None


HEARD = {  # what the parent hears; what there is; whether something goes out
    "their own": ("ar", "ar", True),
    "never another": ("ar", "fr", False),
    "a language without texts of ours": ("wo", "wo", True),
    "no French for who reads it for want of theirs": ("wo", "fr", False),
    "not known: what they are written to in": (None, "fr", True),
    "not known: nothing else": (None, "ar", False),
}


@pytest.mark.parametrize(("parent", "voice", "heard"), HEARD.values(), ids=HEARD)
async def test_family_hears_its_own_language_or_nothing(
    house: House, parent: str | None, voice: str, heard: bool
) -> None:
    family, about = event_for(house, parent)
    house.bind(family, TELEGRAM, CHAT)
    attach(house, about, voice, ogg())
    await invited(house)
    assert (got(house, TELEGRAM, CHAT).media is not None) is heard


async def test_announcement_carries_it_too(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, CHAT)
    about = About(campaign_id=house.campaign())
    attach(house, about, "fr", photo())
    house.clock.set(datetime(2026, 11, 17, 9, tzinfo=UTC))
    await house.tick()
    assert got(house, TELEGRAM, CHAT).media is not None


async def test_reminder_carries_nothing(house: House) -> None:
    family, about = event_for(house)
    house.bind(family, TELEGRAM, CHAT)
    attach(house, about, "fr", photo())
    await invited(house)
    row = house.row(step="invitation")
    house.hear(TELEGRAM, CHAT, payload=f"{row.conversation_id}:coming:yes")
    await house.live_until(datetime(2026, 11, 26, 18, tzinfo=UTC))
    rows = {row.id: row.step for row in house.outbox()}
    told = {rows[one.id]: one.media is not None for one in house.phones[TELEGRAM].taken}
    assert told["invitation"] is True
    assert told["reminder"] is False


async def test_silent_provider_is_asked_and_it_never_leaves_twice(house: House) -> None:
    family, about = event_for(house)
    address = house.bind(family, WHATSAPP, WA)
    attach(house, about, "fr", ogg())
    opened(house, address)
    house.phones[WHATSAPP].takes_when_silent = True
    house.phones[WHATSAPP].fail(WA, SendUncertain("no answer"))
    await invited(house)
    for _ in range(5):
        house.clock.later(minutes=20)
        await house.drain()
    assert len(house.phones[WHATSAPP].taken) == 1
    assert house.row(step="invitation").state == "sent"


async def test_second_try_has_the_very_same_words(house: House) -> None:
    family, about = event_for(house)
    address = house.bind(family, WHATSAPP, WA)
    attach(house, about, "fr", ogg())
    opened(house, address)
    house.phones[WHATSAPP].fail(WA, SendUncertain("no answer"))
    await invited(house)
    house.clock.later(minutes=20)
    await house.drain()
    first, second = house.phones[WHATSAPP].tried
    assert first.text == second.text
    assert first.media == second.media


def test_one_for_each_language_and_the_last_one_stands(house: House) -> None:
    house.families(1)
    about = About(event_id=house.event())
    attach(house, about, "fr", ogg(3))
    attach(house, about, "ar", ogg(3))
    new = attach(house, about, "fr", photo())
    with house.database.read() as db:
        held = {one.language: one.media_id for one in stored.attached(db, about)}
        kept = db.scalar(select(func.count()).select_from(media))
    assert set(held) == {"fr", "ar"}
    assert held["fr"] == new.media_id
    assert kept == 2  # the same voice is kept once


def test_language_must_be_one(house: House) -> None:
    house.families(1)
    with pytest.raises(Rejected, match="Langue inconnue"):
        attach(house, About(event_id=house.event()), "../fr", ogg())


def test_nothing_to_remove_is_said(house: House) -> None:
    house.families(1)
    about = About(event_id=house.event())
    with house.database.write() as db, pytest.raises(Rejected, match="rien à retirer"):
        remove_media(db, about, "ar")


async def test_what_nothing_refers_to_is_swept_a_day_later(house: House) -> None:
    house.families(1)
    about = About(event_id=house.event())
    attach(house, about, "fr", ogg(3))
    attach(house, about, "ar", photo())
    with house.database.write() as db:
        remove_media(db, about, "ar")
    await sweep(house.carnet.works)
    assert len(house.all(select(media.c.id))) == 2
    house.clock.later(days=2)
    await sweep(house.carnet.works)
    left = house.all(select(media.c.id))
    assert [row.id for row in left] == [house.one(select(attachments.c.media_id)).media_id]


def opened(house: House, address_id: int) -> None:
    """The parent has written an hour before the invitation leaves."""
    wrote = {"last_inbound_at": INVITED_AT - timedelta(hours=1)}
    with house.database.write() as db:
        db.execute(update(addresses).where(addresses.c.id == address_id).values(**wrote))
