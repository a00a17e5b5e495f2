"""Announcements and survey waves: what is refused, who hears, what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update

from bot.campaigns import (
    NewCampaign,
    Reached,
    Wording,
    add_campaign,
    cancel_campaign,
    fates,
    foresee,
    last_day,
    reached,
)
from bot.errors import Rejected
from bot.flows.menus import LANGUAGES
from bot.storage.tables import (
    answers,
    campaign_families,
    campaign_texts,
    campaigns,
    centres,
    contact_addresses,
    contacts,
    conversations,
    families,
    invitations,
    outbox,
    steps,
)
from bot.tariffs import read_tariffs
from scheduler.jobs import sweep
from tests.house import CENTRE, NEXT_DAY, SMS, TELEGRAM, House, guardian, phone, roster_row, states

CLOSED = Wording("Le centre est fermé vendredi", "Revenez lundi.")
SAID = "Les Tilleuls\nLe centre est fermé vendredi\nRevenez lundi."
SAY = {"fr": CLOSED}


def new(house: House, **changes: object) -> NewCampaign:
    """An announcement of the centre for tomorrow at ten, to every family."""
    with house.database.read() as db:
        ids = list(db.scalars(select(families.c.id)))
    whole = NewCampaign(
        "announcement",
        NEXT_DAY,
        time(10),
        NEXT_DAY,
        [(one, house.centre()) for one in ids],
        wordings=SAY,
        centre_id=house.centre(),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def add(house: House, campaign: NewCampaign) -> int:
    with house.database.write() as db:
        return add_campaign(db, campaign, house.clock())


def cancel(house: House, campaign_id: int) -> int:
    with house.database.write() as db:
        return cancel_campaign(db, campaign_id, house.clock())


def became(house: House, campaign_id: int) -> Reached:
    with house.database.read() as db:
        return reached(fates(db, campaign_id, house.clock()))


def without_phone(house: House, number: int) -> int:
    """A family whose guardian has no address any more."""
    family = house.family(number)
    theirs = contact_addresses.c.contact_id == house.contact_id(family)
    with house.database.write() as db:
        db.execute(delete(contact_addresses).where(theirs))
    return family


def at(on: date, hour: int, minute: int = 0) -> datetime:
    """An hour in Paris, in winter."""
    return datetime(on.year, on.month, on.day, hour - 1, minute, tzinfo=UTC)


# -- what cannot be -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "party"}, "Le type"),
        ({"wordings": {}}, "Le titre manque"),
        ({"wordings": {"fr": Wording("  ")}}, "Le titre manque"),
        ({"wordings": {"tr": Wording("Kapalı")}}, "Le titre manque"),
        ({"wordings": {"fr": CLOSED, "tr": Wording("", "Pazartesi")}}, "besoin d'un titre"),
        ({"wordings": {"fr": Wording("t" * 121)}}, "120 signes"),
        ({"wordings": {"fr": Wording("t", "b" * 601)}}, "600 signes"),
        ({"on": date(2026, 11, 15), "ends_on": date(2026, 11, 15)}, "passée"),
        ({"on": date(2026, 11, 16), "ends_on": date(2026, 11, 16)}, "passée"),  # ten o'clock is now
        ({"ends_on": date(2026, 11, 16)}, "avant le premier"),
        ({"ends_on": date(2027, 11, 16)}, "trop loin"),
        ({"on": date(2029, 11, 17), "ends_on": date(2029, 11, 17)}, "lointaine"),
        ({"families": ()}, "Aucune famille"),
        ({"centre_id": 99}, "centre n'existe pas"),
        ({"kind": "wave", "wave": "automne"}, "illisible"),
        ({"kind": "wave", "wave": ""}, "illisible"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    house: House, changes: dict[str, object], why: str
) -> None:
    house.families(2)
    with pytest.raises(Rejected, match=why):
        add(house, new(house, **changes))
    assert house.all(select(campaigns)) == []


def test_an_audience_whose_families_have_all_left_is_empty(house: House) -> None:
    house.families(2)
    with house.database.write() as db:
        db.execute(update(families).values(left_on=date(2026, 11, 1)))
    with pytest.raises(Rejected, match="Aucune famille"):
        add(house, new(house))


def test_the_same_announcement_twice_is_refused(house: House) -> None:
    house.families(1)
    first = add(house, new(house))
    with pytest.raises(Rejected, match=f"campagne {first}"):
        add(house, new(house))
    add(house, new(house, at=time(11)))
    cancel(house, first)
    add(house, new(house))


def test_a_wave_is_unique_in_its_centre_by_its_code(house: House) -> None:
    house.families(1)
    first = house.campaign("wave")
    with pytest.raises(Rejected, match="existe déjà"):
        house.campaign("wave", wave="2026-h2")
    house.campaign("wave", wave="2027-H1")
    cancel(house, first)
    house.campaign("wave")


def test_a_family_is_in_one_wave_of_a_half_year_whoever_asks(house: House) -> None:
    one, two = house.families(2)
    house.campaign("wave", families=[(one, house.centre())])
    with pytest.raises(Rejected, match="déjà dans l'enquête 2026-H2"):
        house.campaign("wave", families=[(one, house.centre())], centre_id=None)
    everywhere = house.campaign("wave", centre_id=None)
    asked = house.all(
        select(campaign_families.c.family_id).where(campaign_families.c.campaign_id == everywhere)
    )
    assert [row.family_id for row in asked] == [two]


# -- what is written ------------------------------------------------------------------------------


def test_a_campaign_keeps_its_families_once_and_its_plan_at_the_chosen_hour(house: House) -> None:
    one, two = house.families(2)
    port = house.centre()
    twice = [(two, port), (one, port), (two, port)]
    campaign_id = add(house, new(house, families=twice, at=time(16, 45)))
    rows = house.all(select(campaign_families).order_by(campaign_families.c.family_id))
    assert [(row.family_id, row.centre_id) for row in rows] == [(one, port), (two, port)]
    plan = house.all(select(steps).where(steps.c.campaign_id == campaign_id))
    assert [(row.name, row.days, row.at) for row in plan] == [("announcement", 0, time(16, 45))]


def test_a_wave_is_called_by_its_name_in_every_language(house: House) -> None:
    house.families(1)
    house.campaign("wave")
    titles = {row.language: row.title for row in house.all(select(campaign_texts))}
    assert titles["fr"] == "Votre avis"
    assert set(titles) == set(LANGUAGES)


def test_the_last_day_that_nobody_chose() -> None:
    assert last_day("announcement", NEXT_DAY) == NEXT_DAY + timedelta(days=3)
    assert last_day("wave", NEXT_DAY) == NEXT_DAY + timedelta(days=21)


# -- an announcement, told in full ----------------------------------------------------------------


async def test_an_announcement_to_six_families_reconciles_at_every_moment(house: House) -> None:
    """Three languages, one who stopped, one paused, one without a phone."""
    house.family(0)
    house.family(1, guardians=(guardian(1, language="ar"),))
    house.family(2, guardians=(guardian(2, language="tr"),))
    stopped, paused = house.family(3), house.family(4)
    silent = without_phone(house, 5)
    house.hear(SMS, phone(3), "STOP")
    with house.database.write() as db:
        db.execute(
            update(families)
            .where(families.c.id == paused)
            .values(paused_until=at(date(2026, 12, 1), 12))
        )
    words = SAY | {"ar": Wording("المركز مغلق يوم الجمعة", "")}
    campaign_id = house.campaign(wordings=words)
    assert became(house, campaign_id) == Reached(0, 6, 0, {}, 0)

    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    after = became(house, campaign_id)
    assert after.targeted == 6
    assert (after.sent, after.failed) == (3, 0)
    assert after.refused["stopped"] == 1
    assert after.refused["no_phone"] == 1
    assert house.texts(SMS, phone(0))[-1].startswith(SAID)
    assert house.texts(SMS, phone(1))[-1].splitlines()[1] == "المركز مغلق يوم الجمعة"
    assert house.texts(SMS, phone(2))[-1].startswith("Les Tilleuls\nLe centre est fermé vendredi")
    told = house.all(
        select(campaign_families.c.family_id).where(campaign_families.c.told_at.is_not(None))
    )
    assert len(told) == 3

    house.clock.set(at(date(2026, 12, 2), 10))
    await house.tick()
    over = became(house, campaign_id)
    assert over.targeted == 6
    assert (over.sent, over.waiting) == (3, 0)
    assert dict(over.refused) == {"stopped": 1, "no_phone": 1, "too_late": 1}
    with house.database.read() as db:
        by_family = {one.family_id: one for one in fates(db, campaign_id, house.clock())}
    assert by_family[stopped].reason == "stopped"
    assert by_family[silent].reason == "no_phone"
    assert by_family[paused].reason == "too_late"


async def test_an_announcement_asks_nothing_and_opens_no_conversation(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, "77")
    house.campaign()
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    assert house.all(select(conversations)) == []
    assert house.phones[TELEGRAM].taken[-1].buttons == ()
    assert house.phones[TELEGRAM].taken[-1].text == SAID


async def test_an_announcement_waits_for_an_hour_at_which_messages_may_leave(house: House) -> None:
    house.family(0)
    saturday, monday = date(2026, 11, 21), date(2026, 11, 23)
    house.campaign(on=saturday, at=time(21), ends_on=monday)
    await house.live_until(at(saturday, 23))
    assert house.texts(SMS, phone(0)) == []
    await house.live_until(at(monday, 9))
    assert len(house.texts(SMS, phone(0))) == 1


async def test_nothing_of_a_campaign_leaves_after_its_last_day(house: House) -> None:
    house.family(0)
    saturday = date(2026, 11, 21)
    campaign_id = house.campaign(on=saturday, at=time(21), ends_on=saturday)
    await house.live_until(at(date(2026, 11, 24), 12), every=timedelta(hours=6))
    assert house.texts(SMS, phone(0)) == []
    assert became(house, campaign_id).targeted == 1
    assert became(house, campaign_id).waiting == 0


async def test_a_family_of_two_centres_hears_once(house: House) -> None:
    port = replace(roster_row(0), line=3, centre="Le Port", child="Petit")
    house.enrol(roster_row(0), port)
    with house.database.write() as db:
        db.execute(update(contacts).values(introduced_at=house.clock()))
        tilleuls = db.scalar(select(centres.c.id).where(centres.c.name == CENTRE))
        elsewhere = db.scalar(select(centres.c.id).where(centres.c.name == "Le Port"))
    family = house.family_id("F00")
    add(
        house,
        NewCampaign(
            "announcement",
            NEXT_DAY,
            time(10),
            NEXT_DAY,
            [(family, int(tilleuls or 0)), (family, int(elsewhere or 0))],
            wordings=SAY,
        ),
    )
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    await house.tick()
    assert len(house.texts(SMS, phone(0))) == 1
    assert house.row(step="announcement").centre_id == tilleuls


# -- cancelling -----------------------------------------------------------------------------------


async def test_a_cancelled_campaign_withdraws_what_waits_and_tells_nobody(house: House) -> None:
    house.families(2)
    campaign_id = house.campaign()
    house.clock.set(at(NEXT_DAY, 10))
    house.plan()
    assert cancel(house, campaign_id) == 2
    await house.drain()
    await house.tick()
    assert states(house.outbox()) == [("announcement", "refused", "campaign_cancelled")] * 2
    assert dict(became(house, campaign_id).refused) == {"campaign_cancelled": 2}
    assert house.phones[SMS].taken == []


async def test_a_campaign_cancelled_before_its_hour_is_never_planned(house: House) -> None:
    house.families(2)
    campaign_id = house.campaign()
    assert cancel(house, campaign_id) == 0
    await house.live_until(at(date(2026, 11, 19), 12), every=timedelta(hours=3))
    assert house.outbox() == []
    assert dict(became(house, campaign_id).refused) == {"campaign_cancelled": 2}


async def test_a_campaign_is_cancelled_once_and_not_after_its_end(house: House) -> None:
    house.families(1)
    first, second = house.campaign(), house.campaign(at=time(11))
    cancel(house, first)
    with pytest.raises(Rejected, match="déjà annulée"):
        cancel(house, first)
    with pytest.raises(Rejected, match="déjà annulée"):
        cancel(house, 99)
    house.clock.set(at(date(2026, 11, 21), 9))
    with pytest.raises(Rejected, match="terminée"):
        cancel(house, second)


# -- a wave, told in full -------------------------------------------------------------------------


def kept(house: House) -> list[tuple[str, str]]:
    return [(row.question, row.code) for row in house.all(select(answers).order_by(answers.c.id))]


async def test_a_wave_asks_for_leave_then_four_statements_and_nudges_the_silent_alone(
    house: House,
) -> None:
    first = house.family(0, guardians=(guardian(0), guardian(10)))
    second = house.family(1)
    third = house.family(2)
    for family, chat in ((first, "70"), (second, "71"), (third, "72")):
        house.bind(family, TELEGRAM, chat)
    campaign_id = house.campaign("wave")
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    assert "4 petites questions" in house.texts(TELEGRAM, "70")[-1]
    assert house.texts(SMS, phone(10)) == []

    for words in ("oui", "4", "3", "5", "0"):
        house.clock.later(minutes=1)
        house.hear(TELEGRAM, "70", words)
        await house.drain()
    assert kept(house) == [
        ("behaviour", "4"),
        ("school", "3"),
        ("choices", "unknown"),
        ("role", "skip"),
    ]
    rows = house.all(select(answers))
    assert {(row.campaign_id, row.event_id, row.family_id) for row in rows} == {
        (campaign_id, None, first)
    }
    assert house.contact(first).surveys is True
    assert house.texts(TELEGRAM, "70")[-1] == "Merci ! Vos réponses nous aident."

    house.hear(TELEGRAM, "71", "non")
    await house.drain()
    assert house.contact(second).surveys is False
    assert became(house, campaign_id).answered == 2

    await house.live_until(at(NEXT_DAY + timedelta(days=7), 12), every=timedelta(hours=6))
    nudged = [row.family_id for row in house.outbox(step="wave_nudge")]
    assert nudged == [third]
    assert "encore nous donner votre avis" in house.texts(TELEGRAM, "72")[-1]
    assert became(house, campaign_id) == Reached(3, 0, 0, {}, 2)


async def test_a_second_guardian_is_not_asked_after_the_first_has_answered(house: House) -> None:
    family = house.family(0, guardians=(guardian(0), guardian(10)))
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
        db.execute(update(families).values(both_guardians=True))
    house.bind(family, TELEGRAM, "70")
    house.campaign("wave")
    house.clock.set(at(NEXT_DAY, 10))
    house.plan()
    with house.database.write() as db:  # the other guardian's message is held back for a day
        db.execute(
            update(outbox)
            .where(outbox.c.contact_id == house.contact_id(family, 2))
            .values(next_attempt_at=house.clock() + timedelta(days=1))
        )
    await house.drain()
    for words in ("4", "4", "4", "4"):
        house.hear(TELEGRAM, "70", words)
    house.clock.later(days=1, hours=1)
    await house.tick()
    assert house.texts(SMS, phone(10)) == []
    [other] = house.outbox(contact_id=house.contact_id(family, 2), step="wave")
    assert (other.state, other.reason) == ("refused", "answered")


async def test_who_stopped_halfway_is_nudged_with_what_is_left(house: House) -> None:
    family = house.family(0)
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
    house.bind(family, TELEGRAM, "70")
    house.campaign("wave")
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    house.hear(TELEGRAM, "70", "4")
    house.hear(TELEGRAM, "70", "3")
    await house.live_until(at(NEXT_DAY + timedelta(days=7), 12), every=timedelta(hours=6))
    assert "choisir sa vie" in house.texts(TELEGRAM, "70")[-1]
    house.hear(TELEGRAM, "70", "2")
    house.hear(TELEGRAM, "70", "1")
    assert kept(house)[2:] == [("choices", "2"), ("role", "1")]


async def test_who_refused_questions_before_is_not_asked(house: House) -> None:
    house.family(0)
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=False))
    campaign_id = house.campaign("wave")
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    assert dict(became(house, campaign_id).refused) == {"surveys_refused": 1}


async def test_an_answer_after_the_wave_is_over_changes_nothing(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, "70")
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
    house.campaign("wave", ends_on=NEXT_DAY)
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    house.clock.set(at(NEXT_DAY + timedelta(days=1), 10))
    house.hear(TELEGRAM, "70", "4")
    assert kept(house) == []


async def test_consent_that_came_meanwhile_is_not_asked_for_again(house: House) -> None:
    """The message was decided while nobody had been asked; it leaves after they agreed."""
    house.bind(house.family(0), TELEGRAM, "70")
    house.campaign("wave")
    house.clock.set(at(NEXT_DAY, 10))
    house.plan()
    with house.database.write() as db:
        db.execute(update(contacts).values(surveys=True))
    await house.drain()
    assert "mieux se comporter" in house.texts(TELEGRAM, "70")[-1]
    house.hear(TELEGRAM, "70", "2")
    assert kept(house) == [("behaviour", "2")]


async def test_conversations_of_a_wave_that_is_over_are_closed(house: House) -> None:
    house.bind(house.family(0), TELEGRAM, "70")
    house.campaign("wave", ends_on=NEXT_DAY)
    house.clock.set(at(NEXT_DAY, 10))
    await house.tick()
    await sweep(house.carnet.works)
    assert house.one(select(conversations)).closed_at is None
    house.clock.set(at(NEXT_DAY + timedelta(days=1), 1, 30))
    await sweep(house.carnet.works)
    assert house.one(select(conversations)).closed_at == house.clock()


# -- what a preview shows -------------------------------------------------------------------------


def test_a_preview_counts_people_words_and_segments_and_writes_nothing(house: House) -> None:
    house.family(0)
    house.family(1, guardians=(guardian(1, language="tr"),))
    house.bind(house.family(2), TELEGRAM, "72")
    without_phone(house, 3)
    with house.database.read() as db:
        seen = foresee(db, house.carnet.reach, new(house), house.clock())
    assert (seen.audience.families, len(seen.audience.told), seen.again) == (4, 3, 0)
    assert dict(seen.audience.reasons) == {"no_phone": 1}
    assert {(one.channel, one.language, one.people) for one in seen.messages} == {
        ("sms", "fr", 1),
        ("sms", "tr", 1),
        ("telegram", "fr", 1),
    }
    turkish = next(one for one in seen.messages if one.language == "tr")
    assert turkish.text.startswith(SAID)
    assert "https://..." in turkish.text
    assert seen.segments == sum(one.segments for one in seen.messages if one.channel == "sms")
    assert seen.leaves_at == at(NEXT_DAY, 10)
    assert house.all(select(campaigns)) == []


def test_a_preview_of_a_wave_shows_what_each_family_will_be_asked_first(house: House) -> None:
    house.family(0)
    agreed = house.family(1)
    with house.database.write() as db:
        db.execute(
            update(contacts).where(contacts.c.id == house.contact_id(agreed)).values(surveys=True)
        )
    wave = new(house, kind="wave", wave="2026-H2", wordings={}, ends_on=last_day("wave", NEXT_DAY))
    with house.database.read() as db:
        seen = foresee(db, house.carnet.reach, wave, house.clock())
    texts = sorted(one.text for one in seen.messages)
    assert len(texts) == 2
    assert any("4 petites questions" in text for text in texts)
    assert any("mieux se comporter" in text for text in texts)


def test_a_preview_says_how_many_the_wave_asks_already(house: House) -> None:
    one, _ = house.families(2)
    house.campaign("wave", families=[(one, house.centre())])
    wave = new(house, kind="wave", wave="2026-H2", wordings={}, centre_id=None)
    with house.database.read() as db:
        seen = foresee(db, house.carnet.reach, wave, house.clock())
    assert (seen.again, seen.audience.families) == (1, 1)


def test_the_cost_is_that_of_the_segments_and_of_each_whatsapp_conversation(house: House) -> None:
    house.family(0)
    house.bind(house.family(1), TELEGRAM, "71")
    with house.database.read() as db:
        seen = foresee(db, house.carnet.reach, new(house), house.clock())
    tariffs = replace(
        read_tariffs(None), sms_segment=Decimal("0.05"), telegram_message=Decimal("0.01")
    )
    assert seen.segments > 0
    assert seen.cost(tariffs) == Decimal("0.05") * seen.segments + Decimal("0.01")


async def test_who_has_had_a_message_that_day_hears_the_announcement_on_the_next(
    house: House,
) -> None:
    family_id = house.family(0)
    event_id = house.event(on=NEXT_DAY, families=(family_id,))
    with house.database.write() as db:
        db.execute(
            update(invitations)
            .where(invitations.c.event_id == event_id)
            .values(rsvp="yes", rsvp_at=house.clock(), invited_at=house.clock())
        )
    house.campaign()
    await house.live_until(at(NEXT_DAY + timedelta(days=1), 12))
    row = house.row(step="announcement")
    assert (row.state, row.sent_at.date()) == ("sent", NEXT_DAY + timedelta(days=1))
