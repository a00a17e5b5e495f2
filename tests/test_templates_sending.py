"""Outside of WhatsApp's window only what Meta has approved leaves, to the letter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select

from bot.app import build
from bot.attachments import attach_media
from bot.channels.shapes import SHAPES
from bot.commands.templates import run_push, run_sync
from bot.drafts import drafts
from bot.messages import About, DeliveryState, OutboundMessage, Shape, Template
from bot.settings import Settings
from bot.storage import templates
from bot.storage.database import Database
from bot.storage.tables import addresses, contact_addresses
from bot.templates import Draft, State
from tests.house import SMS, WHATSAPP, Clock, House, Phones, guardian, open_house, phone
from tests.peers.content import ContentApi
from tests.peers.twilio import ACCOUNT_SID, AUTH_TOKEN, TwilioApi
from tests.recordings import mp3

HERE = "Ma Chance Moi Aussi"
INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
BY_HAND = "HX" + "f" * 32
OURS = "+33639980099"
INVITED = (
    "Ma Chance Moi Aussi : Les Tilleuls vous invite :\nAtelier écrans\n"
    "– samedi 28 novembre à 18h\n– Maison de quartier\nVenez-vous ?"
)


@pytest.fixture
def house(database: Database, clock: Clock, tmp_path: Path) -> House:
    return windowed(database, clock, tmp_path)


def windowed(database: Database, clock: Clock, folder: Path, **settings: object) -> House:
    shapes = {SMS: Shape(), WHATSAPP: Shape(buttons=10, window=True)}
    return open_house(database, clock, folder, shapes=shapes, **settings)


def of(step: str, language: str = "fr") -> list[Draft]:
    return [one for one in drafts(HERE) if (one.step, one.language) == (step, language)]


def decide(
    house: House, state: State, *steps: str, only: Callable[[Draft], bool] = lambda _one: True
) -> None:
    """Let Meta have decided on these steps in French; a ContentSid is made of its signature."""
    with house.database.write() as db:
        for step in steps:
            for one in filter(only, of(step)):
                templates.save(db, one, sid_of(one), "UTILITY", state, "", house.clock())


def sid_of(draft: Draft) -> str:
    return "HX" + draft.signature * 2


async def invite(house: House, **changes: object) -> None:
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    house.event(**changes)  # type: ignore[arg-type]  # as the house takes them
    house.clock.set(INVITED_AT)
    await house.tick()


def only(phones: Phones) -> OutboundMessage:
    (taken,) = phones.taken
    return taken


def asks(*codes: str) -> Callable[[Draft], bool]:
    return lambda one: [button.code for button in one.buttons] == list(codes)


async def test_approved_template_carries_the_invitation(house: House) -> None:
    decide(house, State.APPROVED, "invitation")
    await invite(house)
    sent = only(house.phones[WHATSAPP])
    workshop = next(one for one in of("invitation") if "invite" in one.body)
    assert sent.template == Template(
        sid_of(workshop),
        {
            "1": "Les Tilleuls",
            "2": "Atelier écrans",
            "3": "samedi 28 novembre",
            "4": "18h",
            "5": "Maison de quartier",
        },
    )
    assert (sent.text, house.row(step="invitation").body) == (INVITED, INVITED)


async def test_voice_that_a_template_has_no_room_for_comes_with_our_first_answer(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    house = open_house(database, clock, tmp_path, shapes=SHAPES)
    decide(house, State.APPROVED, "invitation")
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    event_id = house.event()
    with house.database.write() as db:
        attach_media(db, About(event_id=event_id), "fr", mp3(12), house.clock())
    house.clock.set(INVITED_AT)
    await house.tick()
    assert only(house.phones[WHATSAPP]).media is None
    for words in ("oui", "2"):
        house.clock.later(minutes=1)
        house.hear(WHATSAPP, phone(0), words)
        await house.drain()
    brought = [one.media is not None for one in house.phones[WHATSAPP].taken]
    assert brought[:2] == [False, True]
    assert sum(brought) == 1


async def test_what_was_told_to_a_meeting_has_a_template_of_its_own(house: House) -> None:
    decide(house, State.APPROVED, "invitation", only=lambda one: "invite" in one.body)
    await invite(house, kind="meeting")
    assert house.phones[WHATSAPP].tried == []
    assert len(house.texts(SMS, phone(0))) == 1


@pytest.mark.parametrize("state", [one for one in State if one is not State.APPROVED])
async def test_only_an_approved_template_is_sent(house: House, state: State) -> None:
    decide(house, state, "invitation")
    await invite(house)
    assert house.phones[WHATSAPP].tried == []
    assert len(house.texts(SMS, phone(0))) == 1


async def test_without_another_channel_the_reason_is_the_closed_window(house: House) -> None:
    decide(house, State.APPROVED, "invitation", only=lambda one: "invite" not in one.body)
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    with house.database.write() as db:
        sms = select(addresses.c.id).where(addresses.c.channel == "sms")
        db.execute(delete(contact_addresses).where(contact_addresses.c.address_id.in_(sms)))
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    row = house.row(step="invitation")
    assert (row.state, row.reason) == ("refused", "window_closed")


async def test_template_names_no_child(house: House) -> None:
    decide(house, State.APPROVED, "invitation")
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    house.family(1)
    house.centre(names_children=True)
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    by_template = only(house.phones[WHATSAPP])
    assert by_template.template is not None
    assert "Enfant" not in by_template.text + str(by_template.template.variables)
    assert "Enfant1" in house.texts(SMS, phone(1))[0]


async def test_open_window_needs_no_template(house: House) -> None:
    decide(house, State.APPROVED, "invitation")
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    house.event()
    house.clock.set(INVITED_AT)
    house.hear(WHATSAPP, phone(0), "oui")
    await house.tick()
    invitation = house.row(step="invitation")
    sent = next(one for one in house.phones[WHATSAPP].taken if one.id == invitation.id)
    assert sent.template is None
    assert len(sent.buttons) == 3


@pytest.mark.parametrize(
    ("reply", "codes", "carried"),
    [
        ("yes", ("no",), True),
        ("yes", ("yes", "no"), False),
        ("maybe", ("yes", "no"), True),
        ("maybe", ("no",), False),
    ],
)
async def test_reminder_goes_by_the_template_of_what_it_asks(
    house: House, reply: str, codes: tuple[str, ...], carried: bool
) -> None:
    decide(house, State.APPROVED, "reminder", only=asks(*codes))
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()  # by SMS: no template invites
    house.hear(SMS, phone(0), {"yes": "oui", "maybe": "peut-être"}[reply])
    await house.drain()
    assert house.invitation(event_id, house.family_id("F00")).rsvp == reply
    house.clock.set(datetime(2026, 11, 26, 17, 30, tzinfo=UTC))
    await house.tick()
    assert house.row(step="reminder").channel == ("whatsapp" if carried else "sms")


async def test_how_to_stop_is_told_in_the_first_message_that_is_no_template(house: House) -> None:
    decide(house, State.APPROVED, "invitation")
    house.family(0, guardians=(guardian(0, whatsapp=True),), introduced=False)
    house.event(on=date(2026, 11, 24))
    house.clock.set(datetime(2026, 11, 17, 9, 0, tzinfo=UTC))
    await house.tick()
    assert only(house.phones[WHATSAPP]).template is not None
    family_id = house.family_id("F00")
    assert house.contact(family_id).introduced_at is None
    house.clock.set(datetime(2026, 11, 20, 17, 0, tzinfo=UTC))
    await house.tick()  # the nudge, by SMS: it has no template
    assert "Ici Ma Chance Moi Aussi" in house.texts(SMS, phone(0))[0]
    assert house.contact(family_id).introduced_at is not None


async def test_notes_are_left_out_of_a_template(house: House) -> None:
    decide(house, State.APPROVED, "invitation", "reminder")
    await invite(house)
    with house.database.write() as db:
        db.exec_driver_sql("UPDATE event_texts SET notes = 'Apportez un livre.'")
    house.hear(WHATSAPP, phone(0), "oui")
    await house.drain()
    house.clock.set(datetime(2026, 11, 26, 17, 30, tzinfo=UTC))
    await house.tick()
    reminder = house.row(step="reminder")
    assert (reminder.channel, "livre" in reminder.body) == ("whatsapp", False)


async def test_registry_comes_before_the_file_and_the_file_before_nothing(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    registry = tmp_path / "templates.toml"
    registry.write_text(f'[invitation]\nfr = "{BY_HAND}"\n', encoding="utf-8")
    house = windowed(database, clock, tmp_path, whatsapp_templates=registry)
    decide(house, State.APPROVED, "invitation", only=lambda one: "rencontrer" in one.body)
    house.family(0, guardians=(guardian(0, whatsapp=True),))
    house.family(1, guardians=(guardian(1, whatsapp=True),))
    house.event(families=[house.family_id("F00")])
    house.event(kind="meeting", families=[house.family_id("F01")])
    house.clock.set(INVITED_AT)
    await house.tick()
    meeting = next(one for one in of("invitation") if "rencontrer" in one.body)
    used = {one.to.value: one.template for one in house.phones[WHATSAPP].taken}
    assert {who: one.content_sid for who, one in used.items() if one is not None} == {
        phone(0): BY_HAND,
        phone(1): sid_of(meeting),
    }


async def test_template_of_another_language_is_of_no_use(house: House) -> None:
    decide(house, State.APPROVED, "invitation")
    house.family(0, guardians=(guardian(0, whatsapp=True, language="tr"),))
    house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    assert house.phones[WHATSAPP].tried == []


async def test_refusal_of_the_window_at_the_provider_tries_the_next_channel(house: House) -> None:
    decide(house, State.APPROVED, "invitation")
    await invite(house)
    row = house.row(step="invitation")
    house.receipt(row, DeliveryState.FAILED, "63016")
    await house.drain()
    assert house.row(step="invitation").channel == "sms"
    kept = house.one(select(addresses).where(addresses.c.channel == "whatsapp"))
    assert kept.dead_reason is None


# -- from the drafts to a parent's phone, through the library -------------------------------------


async def test_what_we_submit_is_what_a_parent_reads(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    bodies: dict[str, str] = {}
    content = ContentApi(clock, bodies, ACCOUNT_SID, AUTH_TOKEN)
    twilio = TwilioApi(
        clock,
        senders=[f"whatsapp:{OURS}"],
        templates=bodies,
        may_start=content.may_start,
    )
    async with content, twilio:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]  # a setting of pydantic's, not ours
            data_folder=tmp_path,
            twilio_account_sid=ACCOUNT_SID,
            twilio_auth_token=SecretStr(AUTH_TOKEN),
            twilio_api_url=twilio.url,
            twilio_content_url=content.url,
            whatsapp_sender=OURS,
        )
        carnet = build(settings, clock=clock, database=database, limits={})
        house = House(carnet, clock, {})
        await asyncio.to_thread(run_push, database, settings, "invitation", "fr", dry_run=False)
        for sid in content.approvals:
            content.decides(sid, "approved")
        await asyncio.to_thread(run_sync, database, settings)
        await invite(house)
        (sent,) = twilio.sent
        assert sent.body == INVITED == house.row(step="invitation").body
        assert list(content.buttons(str(sent.content_sid))) == ["Oui", "Non", "Je ne sais pas"]
        assert content.buttons(str(sent.content_sid))["Oui"] == "yes"
        await asyncio.gather(*(one.close() for one in carnet.channels.values()))
