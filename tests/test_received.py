"""What parents send beside words: told to be here, once, and kept for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.flows.received import RECEIVED
from bot.messages import Address, InboundMessage
from bot.storage.inbound import MEDIA_STAYS, forget_media
from bot.storage.tables import inbound, tasks
from bot.translation import render
from tests.house import TELEGRAM, House

AWA = "6399801"


def sent(number: int, media: str, **values: object) -> InboundMessage:
    base = InboundMessage(Address(TELEGRAM, AWA), f"4200:{number}", media=media)
    return replace(base, **values)  # type: ignore[arg-type]


@pytest.fixture
def family_id(house: House) -> int:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, AWA)
    return family_id


@pytest.mark.usefixtures("family_id")
@pytest.mark.parametrize(
    ("media", "words"),
    [
        ("photo", "votre photo"),
        ("voice", "votre message vocal"),
        ("video", "votre vidéo"),
        ("document", "votre fichier"),
        ("location", "le lieu"),
        ("contact", "le numéro"),
        ("unknown", "ce que vous avez envoyé"),
    ],
)
async def test_each_kind_is_told_in_words_that_fit_and_goes_to_a_person(
    house: House, media: str, words: str
) -> None:
    house.receive(sent(1, media, media_ref="file-1"))
    await house.drain()
    (told,) = house.texts(TELEGRAM, AWA)
    assert words in told
    assert house.one(select(tasks)).reason == "question"


@pytest.mark.usefixtures("family_id")
async def test_three_photos_at_once_get_one_answer_and_all_are_kept(house: House) -> None:
    house.receive(*(sent(n, "photo", media_ref=f"file-{n}") for n in range(3)))
    await house.drain()
    assert len(house.texts(TELEGRAM, AWA)) == 1
    assert len(house.all(select(tasks))) == 1
    refs = [row.media_ref for row in house.all(select(inbound).order_by(inbound.c.id))]
    assert refs == ["file-0", "file-1", "file-2"]


@pytest.mark.usefixtures("family_id")
@pytest.mark.parametrize("sign", ["🙏", "❤️", "👍", ""])
async def test_a_sticker_that_only_thanks_calls_nobody(house: House, sign: str) -> None:
    house.receive(sent(1, "sticker", text=sign, media_ref="file-1"))
    await house.drain()
    assert house.all(select(tasks)) == []
    assert not any("envoyé" in told for told in house.texts(TELEGRAM, AWA))


async def test_a_sticker_says_what_its_emoji_says(house: House, family_id: int) -> None:
    event_id = house.event()
    await house.live_until(house.clock.now.replace(day=23))
    house.receive(sent(1, "sticker", text="👍", media_ref="file-1"))
    assert house.invitation(event_id, family_id).rsvp == "yes"


async def test_a_photo_under_a_question_answers_nothing_but_its_words_do(
    house: House, family_id: int
) -> None:
    event_id = house.event()
    await house.live_until(house.clock.now.replace(day=23))
    house.receive(sent(1, "photo", media_ref="file-1"))
    assert house.invitation(event_id, family_id).rsvp is None
    assert len(house.all(select(tasks))) == 1
    house.receive(sent(2, "photo", text="non", media_ref="file-2"))
    assert house.invitation(event_id, family_id).rsvp == "no"


@pytest.mark.usefixtures("family_id")
def test_a_place_is_kept_with_its_point(house: House) -> None:
    house.receive(sent(1, "location", point=(43.7, 7.27)))
    row = house.one(select(inbound))
    assert (row.latitude, row.longitude) == (43.7, 7.27)


@pytest.mark.usefixtures("family_id")
def test_where_files_and_places_were_is_forgotten_once_nobody_waits(house: House) -> None:
    house.receive(sent(1, "photo", media_ref="file-1"), sent(2, "location", point=(43.7, 7.27)))
    house.clock.later(days=MEDIA_STAYS / timedelta(days=1) + 1)

    def left() -> list[tuple[str | None, float | None]]:
        with house.database.write() as db:
            forget_media(db, house.clock())
        rows = house.all(select(inbound).order_by(inbound.c.id))
        return [(row.media_ref, row.latitude) for row in rows]

    assert left() == [("file-1", None), (None, 43.7)], "a person has still to look at them"
    with house.database.write() as db:
        db.execute(tasks.update().values(closed_at=house.clock()))
    assert left() == [(None, None), (None, None)]


def test_every_kind_has_words_of_its_own() -> None:
    said = [render(one, "fr") for one in RECEIVED.values()]
    assert len(set(said)) == len(said)
