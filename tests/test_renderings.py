"""How much a guardian reads is noted once, and every message to them follows it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.attachments import attach_media
from bot.channels.shapes import SHAPES
from bot.drafts import drafts
from bot.errors import Rejected
from bot.messages import About, ChannelName, Rendering
from bot.storage import templates
from bot.storage.database import Database
from bot.templates import State
from bot.wishes import set_rendering
from tests.house import (
    SMS,
    TELEGRAM,
    WHATSAPP,
    Clock,
    House,
    guardian,
    open_house,
    phone,
    roster_row,
)
from tests.recordings import ogg

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
REMINDED_AT = datetime(2026, 11, 26, 17, tzinfo=UTC)
CHAT = "7001"


@pytest.fixture
def house(database: Database, clock: Clock, tmp_path: Path) -> House:
    return open_house(database, clock, tmp_path, shapes=SHAPES, sms_can_receive=True)


def reads(house: House, family: int, rendering: Rendering) -> None:
    with house.database.write() as db:
        set_rendering(db, family, house.contact_id(family), rendering, house.clock())


async def invited(house: House, rendering: Rendering, **changes: object) -> int:
    family = house.family(0, guardians=(guardian(0, **changes),))
    reads(house, family, rendering)
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    return family


async def test_an_invitation_in_digits_is_answered_by_a_digit(house: House) -> None:
    family = await invited(house, Rendering.NUMBERS)
    assert house.texts(SMS, phone(0)) == [
        "Atelier écrans\nsamedi 28 novembre, 18h\nMaison de quartier\n1 = Oui\n2 = Non"
    ]
    house.hear(SMS, phone(0), "2")
    assert house.invitation(1, family).rsvp == "no"


async def test_the_reminder_follows_too(house: House) -> None:
    await invited(house, Rendering.NUMBERS)
    house.hear(SMS, phone(0), "1")
    await house.tick()
    house.hear(SMS, phone(0), "2 adultes 0 enfant")
    await house.tick()
    house.clock.set(REMINDED_AT)
    await house.tick()
    assert house.texts(SMS, phone(0))[-1].startswith(
        "Atelier écrans\nsamedi 28 novembre, 18h\nMaison de quartier\n2 = "
    )


async def test_outside_of_the_window_the_approved_words_leave(house: House) -> None:
    with house.database.write() as db:
        for one in drafts("Ma Chance Moi Aussi"):
            if (one.step, one.language) == ("invitation", "fr"):
                sid = "HX" + one.signature * 2
                templates.save(db, one, sid, "UTILITY", State.APPROVED, "", house.clock())
    await invited(house, Rendering.NUMBERS, whatsapp=True)
    [sent] = house.phones[WHATSAPP].taken
    assert sent.template is not None
    assert "vous invite" in sent.text
    assert "=" not in sent.text
    assert house.row(step="invitation").body == sent.text


async def test_inside_of_the_window_the_digits_leave(house: House) -> None:
    family = house.family(0, guardians=(guardian(0, whatsapp=True),))
    reads(house, family, Rendering.NUMBERS)
    house.event()
    house.clock.set(INVITED_AT)
    house.hear(WHATSAPP, phone(0), "bonjour")
    await house.tick()
    [sent] = [one for one in house.phones[WHATSAPP].taken if "Atelier" in one.text]
    assert sent.template is None
    assert [one.label for one in sent.buttons] == ["1 = Oui", "2 = Non"]


async def test_a_voice_comes_first_where_its_channel_shows_none(house: House) -> None:
    family = house.family(0, guardians=(guardian(0, language="fr"),))
    reads(house, family, Rendering.VOICE)
    event = house.event()
    with house.database.write() as db:
        attach_media(db, About(event_id=event), "fr", ogg(12), house.clock())
    house.clock.set(INVITED_AT)
    await house.tick()
    [text] = house.texts(SMS, phone(0))
    assert "/m/" in text.splitlines()[0]


async def test_a_voice_travels_with_its_words_on_telegram(house: House) -> None:
    family = house.family(0, guardians=(guardian(0, language="fr"),))
    house.bind(family, TELEGRAM, CHAT)
    reads(house, family, Rendering.VOICE)
    event = house.event()
    with house.database.write() as db:
        attach_media(db, About(event_id=event), "fr", ogg(12), house.clock())
    house.clock.set(INVITED_AT)
    await house.tick()
    [sent] = house.phones[ChannelName.TELEGRAM].taken
    assert sent.media is not None
    assert "/m/" not in sent.text


def test_only_a_rendering_that_exists_is_noted_for_their_own_guardian(house: House) -> None:
    family, other = house.families(2)
    with house.database.write() as db, pytest.raises(Rejected, match="de la liste"):
        set_rendering(db, family, house.contact_id(family), "braille", house.clock())
    with house.database.write() as db, pytest.raises(Rejected, match="n'est pas de cette"):
        set_rendering(db, family, house.contact_id(other), "easy", house.clock())


# -- who says how much somebody reads -------------------------------------------------------------


def rendering_of(house: House, family: int) -> str:
    return str(house.contact(family).rendering)


async def test_a_parent_chooses_by_digits_and_the_next_invitation_is_so(house: House) -> None:
    family = house.family(0)
    house.hear(SMS, phone(0), "bonjour")
    for digit in ("4", "2"):
        house.hear(SMS, phone(0), digit)
    await house.drain()
    menu, how, done = house.texts(SMS, phone(0))
    assert "\n4 Plus facile à lire\n9 " in menu
    assert how.splitlines() == [
        "Comment voulez-vous nos messages ?",
        "1 Courts et simples",
        "2 Répondre en chiffres",
        "3 Écouter d'abord",
        "4 Messages complets",
        "0 Passer",
    ]
    assert done.splitlines() == ["C'est fait.", "Vous répondez par un chiffre."]
    assert rendering_of(house, family) == Rendering.NUMBERS
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    assert house.texts(SMS, phone(0))[-1].endswith("1 = Oui\n2 = Non")


async def test_a_parent_chooses_by_buttons_on_telegram(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, CHAT)
    house.hear(TELEGRAM, CHAT, "bonjour")
    await house.drain()
    for ending in (":menu:rendering", ":rendering:read-voice"):
        last = house.phones[TELEGRAM].taken[-1]
        [button] = [one for one in last.buttons if one.payload.endswith(ending)]
        quoted = house.phones[TELEGRAM].id_of(last)
        house.hear(TELEGRAM, CHAT, payload=button.payload, quoted=quoted)
        await house.drain()
    assert rendering_of(house, family) == Rendering.VOICE
    assert "S'il y a un message vocal, il vient d'abord." in house.texts(TELEGRAM, CHAT)[-1]


def test_the_list_says_how_much_somebody_reads(house: House) -> None:
    family = house.family(0, guardians=(guardian(0, rendering=Rendering.EASY),))
    assert rendering_of(house, family) == Rendering.EASY
    done = house.enrol(roster_row(0, guardians=(guardian(0, rendering=Rendering.VOICE),)))
    assert (done.updated, rendering_of(house, family)) == (1, Rendering.VOICE)
    assert house.enrol(roster_row(0)).unchanged == 1
    assert rendering_of(house, family) == Rendering.VOICE, "an empty cell says nothing"


@pytest.mark.parametrize("by", ["parent", "team"])
def test_no_list_undoes_what_a_parent_or_the_team_chose(house: House, by: str) -> None:
    family = house.family(0, guardians=(guardian(0, rendering=Rendering.VOICE),))
    if by == "team":
        reads(house, family, Rendering.STANDARD)
    else:
        for text in ("bonjour", "4", "4"):
            house.hear(SMS, phone(0), text)
    assert rendering_of(house, family) == Rendering.STANDARD
    done = house.enrol(roster_row(0, guardians=(guardian(0, rendering=Rendering.VOICE),)))
    assert (done.unchanged, rendering_of(house, family)) == (1, Rendering.STANDARD)
