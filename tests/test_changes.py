"""Changed events: who is told what, once; what was planned moves, and no old moment leaves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.changes import (
    Changed,
    Changes,
    Move,
    Preview,
    change_event,
    preview_cancellation,
    preview_change,
)
from bot.errors import Rejected, SendDelayed, SendUncertain
from bot.events import Wording, cancel_event
from bot.messages import version_of
from bot.people import pause_family
from bot.storage.tables import event_texts, events, invitations, outbox
from tests.house import SMS, TELEGRAM, WORKSHOP, House, guardian, phone, roster_row, states

INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)  # a Saturday, ten o'clock in Paris
MONDAY_AFTER = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = date(2026, 12, 5)


def change(house: House, event_id: int, **changes: Any) -> Changed:
    with house.database.write() as db:
        return change_event(db, house.carnet.reach, event_id, Changes(**changes), house.clock())


def preview(house: House, event_id: int, **changes: Any) -> Preview:
    with house.database.write() as db:
        return preview_change(db, house.carnet.reach, event_id, Changes(**changes), house.clock())


def cancel(house: House, event_id: int) -> int:
    with house.database.write() as db:
        return cancel_event(db, house.carnet.reach, event_id, house.clock())


async def invited(house: House, count: int = 1, **changes: Any) -> int:
    """An event to which some families have just been invited; it is the Monday after."""
    house.families(count)
    event_id = house.event(**changes)
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(MONDAY_AFTER)
    return event_id


def event_row(house: House, event_id: int) -> Any:
    return house.one(select(events).where(events.c.id == event_id))


# -- what may be changed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "rien à changer"),
        ({"on": WORKSHOP, "at": time(18), "place": " Maison de quartier "}, "rien à changer"),
        ({"wordings": {"fr": Wording("Atelier écrans")}}, "rien à changer"),
        ({"on": date(2026, 11, 1)}, "date est passée"),
        ({"place": " "}, "Le lieu manque"),
        ({"seats": 0}, "Le nombre de places doit être 1 ou plus"),
        ({"wordings": {"fr": None}}, "Le titre manque."),
        ({"wordings": {"fr": Wording("t" * 121)}}, "Le titre tient en 120 signes"),
        ({"wordings": {"tr": Wording(" ")}}, "Chaque traduction a besoin d'un titre."),
        ({"on": LATER, "version": 7}, "a changé entre-temps"),
    ],
)
def test_impossible_change_is_refused_in_french_and_nothing_is_written(
    house: House, changes: dict[str, Any], words: str
) -> None:
    house.family(0)
    event_id = house.event()
    before = event_row(house, event_id)
    for attempt in (change, preview):
        with pytest.raises(Rejected, match=words):
            attempt(house, event_id, **changes)
    assert event_row(house, event_id) == before


@pytest.mark.parametrize(
    ("status", "now", "words"),
    [
        ("cancelled", MONDAY_AFTER, "est annulé"),
        ("planned", datetime(2026, 11, 28, 17, tzinfo=UTC), "déjà eu lieu"),
    ],
)
def test_what_is_over_or_cancelled_is_not_changed(
    house: House, status: str, now: datetime, words: str
) -> None:
    house.family(0)
    event_id = house.event()
    with house.database.write() as db:
        db.execute(update(events).values(status=status))
    house.clock.set(now)
    with pytest.raises(Rejected, match=words):
        change(house, event_id, on=LATER)
    with pytest.raises(Rejected, match="n'existe pas"):
        change(house, 99, on=LATER)


async def test_texts_and_seats_change_quietly(house: House) -> None:
    event_id = await invited(house, 2)
    words = {"fr": Wording("Écrans", "Goûter offert"), "tr": Wording("Ekranlar")}
    assert change(house, event_id, wordings=words, seats=12) == Changed(1, 0, 0)
    row = event_row(house, event_id)
    assert (row.version, row.changed_at, row.seats) == (1, None, 12)
    assert house.outbox(purpose="change") == []
    change(house, event_id, wordings={"tr": None}, seats=None)
    assert [one.title for one in house.all(select(event_texts))] == ["Écrans"]
    assert event_row(house, event_id).seats is None


async def test_message_that_waits_leaves_with_the_new_title(house: House) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(datetime(2026, 11, 21, 21, tzinfo=UTC))
    house.plan()
    change(house, event_id, wordings={"fr": Wording("Bien dormir")})
    await house.live_until(MONDAY_AFTER)
    [text] = house.texts(SMS, phone(0))
    assert "Bien dormir" in text


async def test_fewer_seats_than_are_held_want_a_word_and_take_none_away(house: House) -> None:
    event_id = await invited(house, 2, seats=10)
    house.hear(SMS, phone(0), "oui, 2 adultes et 3 enfants")
    with pytest.raises(Rejected, match="5 places sont déjà prises : 4 ne suffisent pas"):
        change(house, event_id, seats=4)
    seen = preview(house, event_id, seats=4)
    assert (seen.too_few_seats, seen.held) == (True, 5)
    assert not preview(house, event_id, seats=5).too_few_seats
    change(house, event_id, seats=4, fewer_seats=True)
    held = house.invitation(event_id, house.family_id("F00"))
    assert (held.seat, held.party, event_row(house, event_id).seats) == ("held", 5, 4)


@pytest.mark.parametrize(
    ("on", "instant"),
    [
        (date(2027, 3, 27), datetime(2027, 3, 27, 17, tzinfo=UTC)),
        (date(2027, 3, 28), datetime(2027, 3, 28, 16, tzinfo=UTC)),
    ],
)
def test_hour_stays_on_the_wall_clock_across_a_clock_change(
    house: House, on: date, instant: datetime
) -> None:
    house.family(0)
    event_id = house.event()
    change(house, event_id, on=on)
    row = event_row(house, event_id)
    assert (row.at, row.starts_at) == (time(18), instant)


# -- who is told ----------------------------------------------------------------------------------


async def test_who_knows_and_has_not_declined_is_told_once_and_nobody_else(house: House) -> None:
    event_id = await invited(house, 4)
    for number, text in enumerate(("oui, 1 adulte et 1 enfant", "non", "peut-être")):
        house.hear(SMS, phone(number), text)
    await house.drain()
    late = house.family(7)  # not yet written to
    seen = preview(house, event_id, on=LATER)
    assert change(house, event_id, on=LATER) == Changed(2, 3, 0)
    before = len(house.phones[SMS].taken)
    await house.drain()
    told = [one.to.value for one in house.phones[SMS].taken[before:]]
    assert sorted(told) == [phone(0), phone(2), phone(3)]
    assert (
        "Nouvelle date : samedi 5 décembre à 18h, Maison de quartier"
        in house.texts(SMS, phone(0))[-1]
    )
    assert "Venez-vous toujours ?" in house.texts(SMS, phone(0))[-1]
    assert seen.told == 3
    assert seen.declined == {house.family_id("F01")}
    assert seen.uninvited == {late}


async def test_new_place_is_told_without_a_question_and_title_comes_along(house: House) -> None:
    event_id = await invited(house)
    words = {"fr": Wording("Écrans")}
    assert change(house, event_id, place="Salle bleue", wordings=words).told == 1
    await house.drain()
    said = "Changement : Écrans, samedi 28 novembre à 18h. Nouveau lieu : Salle bleue."
    assert house.texts(SMS, phone(0))[-1].splitlines()[0] == said
    assert not house.row(step="new_place").says[-1].get("choices")


async def test_yes_keeps_its_seat_until_a_no(house: House) -> None:
    event_id = await invited(house, seats=10)
    family = house.family_id("F00")
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    change(house, event_id, on=LATER)
    await house.drain()
    assert house.invitation(event_id, family).seat == "held"
    house.hear(SMS, phone(0), "1")
    await house.drain()
    assert "samedi 5 décembre" in house.texts(SMS, phone(0))[-1]
    assert (house.invitation(event_id, family).seat, house.invitation(event_id, family).party) == (
        "held",
        2,
    )
    change(house, event_id, at=time(17))
    await house.drain()
    house.hear(SMS, phone(0), "2")
    row = house.invitation(event_id, family)
    assert (row.rsvp, row.seat) == ("no", None)


async def test_button_of_the_old_invitation_still_answers_for_the_event(house: House) -> None:
    family = house.family(0)
    house.bind(family, TELEGRAM, "chat-0")
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    old = house.phones[TELEGRAM].taken[-1].buttons[1].payload
    house.clock.set(MONDAY_AFTER)
    change(house, event_id, on=LATER)
    await house.drain()
    assert [one.label for one in house.phones[TELEGRAM].taken[-1].buttons] == ["Oui", "Non"]
    house.hear(TELEGRAM, "chat-0", payload=old)
    assert house.invitation(event_id, family).rsvp == "no"


async def test_each_family_reads_it_in_its_language_and_the_preview_shows_it(house: House) -> None:
    house.family(0)
    house.family(1, guardians=(guardian(1, language="tr"),))
    house.family(2, guardians=(guardian(2, language="wo"),))
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(MONDAY_AFTER)
    seen = preview(house, event_id, on=LATER)
    assert house.outbox(purpose="change") == []
    assert event_row(house, event_id).version == 1
    shown = {(one.channel, one.language): one for one in seen.notices}
    assert set(shown) == {("sms", "fr"), ("sms", "tr")}
    assert "Yeni tarih: 5 Aralık Cumartesi" in shown["sms", "tr"].text
    assert "Nouvelle date : samedi 5 décembre" in shown["sms", "tr"].french
    assert sum(one.families for one in seen.notices) == seen.told == 3
    change(house, event_id, on=LATER)
    await house.drain()
    assert (
        house.texts(SMS, phone(1))[-1].splitlines()[:2]
        == (shown["sms", "tr"].text.splitlines()[:2])
    )


async def test_family_that_cannot_be_told_is_named_for_a_call(house: House) -> None:
    event_id = await invited(house, 2)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "STOP")
    assert preview(house, event_id, on=LATER).unreached == {house.family_id("F00"): "stopped"}
    assert change(house, event_id, on=LATER) == Changed(2, 1, 1)


async def test_family_whose_invitation_may_be_on_its_way_is_told(house: House) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    house.phones[SMS].fail(phone(0), SendUncertain("timeout"))
    house.phones[SMS].takes_when_silent = True
    await house.tick()
    assert house.row(step="invitation").state == "sending"
    assert change(house, event_id, on=LATER).told == 1
    await house.live_until(INVITED_AT + timedelta(hours=3))
    assert [text.split(" : ")[0] for text in house.texts(SMS, phone(0))][1:] == ["Changement"]


# -- hours ----------------------------------------------------------------------------------------


async def test_change_of_today_passes_quiet_hours_whichever_day_it_moves_to(house: House) -> None:
    event_id = await invited(house)
    house.clock.set(datetime(2026, 11, 28, 6, tzinfo=UTC))  # seven o'clock on the day
    change(house, event_id, on=LATER)
    assert await house.drain() == 1
    assert "Nouvelle date" in house.texts(SMS, phone(0))[-1]


async def test_change_of_another_day_waits_for_the_centre_to_open(house: House) -> None:
    event_id = await invited(house)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    seen = preview(house, event_id, on=LATER)
    change(house, event_id, on=LATER)
    assert await house.drain() == 0
    opens_at = datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert seen.notices[0].leaves_at == house.row(step="moved").next_attempt_at == opens_at


# -- what was planned -----------------------------------------------------------------------------


async def test_reminders_come_at_the_new_moment_and_none_at_the_old(house: House) -> None:
    event_id = await invited(house)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    change(house, event_id, on=LATER, at=time(17))
    await house.live_until(datetime(2026, 12, 6, 9, tzinfo=UTC))
    reminders = [(row.step, row.sent_at) for row in house.outbox(purpose="reminder")]
    assert reminders == [
        ("reminder", datetime(2026, 12, 3, 17, tzinfo=UTC)),
        ("morning", datetime(2026, 12, 5, 8, tzinfo=UTC)),
    ]
    assert "5 décembre à 17h" in str(house.outbox(step="reminder")[0].body)


async def test_reminder_that_waits_is_withdrawn_and_says_why(house: House) -> None:
    event_id = await invited(house)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    house.clock.set(datetime(2026, 11, 26, 20, tzinfo=UTC))
    house.plan()
    change(house, event_id, on=LATER)
    [row] = house.outbox(step="reminder")
    assert (row.state, row.reason) == ("refused", "event_changed")
    await house.live_until(datetime(2026, 12, 4, 9, tzinfo=UTC))
    assert [row.state for row in house.outbox(step="reminder")] == ["refused", "sent"]


async def test_reminder_of_an_hour_that_has_passed_does_not_follow_the_news(house: House) -> None:
    event_id = await invited(house)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    await house.live_until(datetime(2026, 11, 27, 10, tzinfo=UTC))
    change(house, event_id, place="Salle bleue")
    await house.live_until(datetime(2026, 11, 28, 20, tzinfo=UTC))
    sent = [row.step for row in house.outbox(state="sent", event_id=event_id)]
    counted = Counter(step for step in sent if step != "turn")
    assert counted == {"invitation": 1, "reminder": 1, "new_place": 1, "morning": 1}


async def test_invitation_that_waits_is_planned_anew_for_the_new_day(house: House) -> None:
    house.family(0)
    event_id = house.event()
    house.clock.set(datetime(2026, 11, 21, 21, tzinfo=UTC))
    house.plan()
    assert change(house, event_id, on=date(2026, 12, 12)).told == 0
    await house.live_until(datetime(2026, 12, 5, 9, tzinfo=UTC))
    old, new = house.outbox(step="invitation")
    assert states([old, new]) == [
        ("invitation", "refused", "event_changed"),
        ("invitation", "sent", ""),
    ]
    assert new.sent_at == datetime(2026, 12, 5, 9, tzinfo=UTC)
    assert [text.count("12 décembre") for text in house.texts(SMS, phone(0))] == [1]


async def test_reminder_in_doubt_is_not_tried_again_for_the_old_moment(house: House) -> None:
    event_id = await invited(house)
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    await house.drain()
    house.clock.set(datetime(2026, 11, 26, 17, tzinfo=UTC))
    house.phones[SMS].fail(phone(0), SendUncertain("timeout"))
    await house.tick()
    assert house.row(step="reminder").state == "sending"
    change(house, event_id, on=LATER)
    await house.live_until(datetime(2026, 11, 29, 9, tzinfo=UTC))
    assert house.row(step="reminder").state == "refused"
    assert "28 novembre" not in " ".join(house.texts(SMS, phone(0))[2:])


async def test_preview_says_which_sends_move_and_which_vanish(house: House) -> None:
    event_id = await invited(house)
    moves = {one.step: one for one in preview(house, event_id, on=LATER).moves}
    assert moves["reminder"] == Move(
        "reminder",
        datetime(2026, 11, 26, 17, tzinfo=UTC),
        datetime(2026, 12, 3, 17, tzinfo=UTC),
    )
    sooner = {one.step: one for one in preview(house, event_id, on=date(2026, 11, 24)).moves}
    assert sooner["reminder"].after is None
    assert sooner["morning"].after == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_preview_names_what_is_different(house: House) -> None:
    house.family(0)
    event_id = house.event()
    words = {"fr": Wording("Écrans", "Goûter"), "tr": Wording("Ekranlar")}
    seen = preview(house, event_id, on=LATER, at=time(17, 30), seats=8, wordings=words)
    assert [(one.field, one.before, one.after, one.language) for one in seen.differences] == [
        ("on", "samedi 28 novembre", "samedi 5 décembre", ""),
        ("at", "18h", "17h30", ""),
        ("seats", "", "8", ""),
        ("title", "Atelier écrans", "Écrans", "fr"),
        ("notes", "", "Goûter", "fr"),
        ("title", "", "Ekranlar", "tr"),
    ]


# -- back and forth, and cancelled ----------------------------------------------------------------


async def test_news_that_has_not_left_gives_way_to_what_is_newer(house: House) -> None:
    event_id = await invited(house)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    change(house, event_id, on=LATER)
    change(house, event_id, place="Salle bleue")
    await house.live_until(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert states(house.outbox(purpose="change")) == [
        ("moved", "refused", "event_changed"),
        ("moved_elsewhere", "sent", ""),
    ]
    assert "5 décembre à 18h, Salle bleue" in house.texts(SMS, phone(0))[-1]


async def test_change_taken_back_before_it_left_tells_nobody(house: House) -> None:
    event_id = await invited(house)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    change(house, event_id, on=LATER)
    seen = preview(house, event_id, on=WORKSHOP)
    assert seen.told == 0
    assert seen.aware == frozenset({house.family_id("F00")})
    assert change(house, event_id, on=WORKSHOP) == Changed(3, 0, 0)
    await house.live_until(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert [row.state for row in house.outbox(purpose="change")] == ["refused"]


async def test_change_taken_back_after_it_left_is_told_again(house: House) -> None:
    event_id = await invited(house)
    change(house, event_id, on=LATER)
    await house.drain()
    change(house, event_id, on=WORKSHOP)
    await house.drain()
    said = [text for text in house.texts(SMS, phone(0)) if text.startswith("Changement")]
    assert ["5 décembre" in said[0], "28 novembre" in said[1], len(said)] == [True, True, 2]


async def test_cancellation_outranks_news_that_has_not_left(house: House) -> None:
    """And it names the day that the family knows, which is the one they would come on."""
    event_id = await invited(house)
    house.clock.set(datetime(2026, 11, 24, 21, tzinfo=UTC))
    change(house, event_id, on=LATER)
    assert cancel(house, event_id) == 1
    await house.live_until(datetime(2026, 12, 6, 12, tzinfo=UTC))
    assert states(house.outbox(purpose="change")) == [
        ("moved", "refused", "event_cancelled"),
        ("cancelled", "sent", ""),
    ]
    said = house.texts(SMS, phone(0))[-1].splitlines()[0]
    assert said == "Atelier écrans, samedi 28 novembre à 18h : c'est annulé. Toutes nos excuses."


async def test_preview_of_a_cancellation_shows_its_message_and_cancels_nothing(
    house: House,
) -> None:
    event_id = await invited(house, 2)
    with house.database.write() as db:
        seen = preview_cancellation(db, house.carnet.reach, event_id, house.clock())
    assert [(one.families, "Toutes nos excuses." in one.text) for one in seen.notices] == [
        (2, True)
    ]
    assert all(one.after is None for one in seen.moves)
    assert event_row(house, event_id).status == "planned"
    assert house.outbox(purpose="change") == []


async def test_paused_family_hears_on_the_day_it_would_have_come(house: House) -> None:
    event_id = await invited(house)
    with house.database.write() as db:
        until = datetime(2026, 12, 20, tzinfo=UTC)
        pause_family(db, house.family_id("F00"), until, "en voyage", house.clock())
    change(house, event_id, on=date(2027, 1, 9))
    row = house.row(step="moved")
    assert row.expires_at == datetime(2026, 11, 28, 17, tzinfo=UTC)
    assert row.next_attempt_at == datetime(2026, 11, 28, 8, tzinfo=UTC)


async def test_two_coordinators_do_not_overwrite_each_other(house: House) -> None:
    event_id = await invited(house)
    change(house, event_id, on=LATER, version=1)
    with pytest.raises(Rejected, match="entre-temps"):
        change(house, event_id, on=WORKSHOP, version=1)


async def test_failed_news_is_tried_again(house: House) -> None:
    event_id = await invited(house)
    house.phones[SMS].fail(phone(0), SendDelayed("busy"))
    change(house, event_id, on=LATER)
    await house.live_until(MONDAY_AFTER + timedelta(hours=2))
    assert house.row(step="moved").state == "sent"
    assert version_of(house.row(step="moved").key) == 2


async def test_second_guardian_hears_when_the_first_has_stopped(house: House) -> None:
    house.enrol(roster_row(0, guardians=(guardian(0), guardian(1))))
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    house.clock.set(MONDAY_AFTER)
    house.hear(SMS, phone(0), "STOP")
    assert change(house, event_id, on=LATER).told == 1
    assert house.row(step="moved").contact_id == house.contact_id(house.family_id("F00"), 2)
    assert house.all(select(outbox.c.id).where(outbox.c.step == "moved")) != []
    assert [row.rsvp for row in house.all(select(invitations))] == [None]


# -- what moved -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "step", "words"),
    [
        ({"on": LATER}, "moved", "Nouvelle date : samedi 5 décembre à 18h, Maison de quartier."),
        ({"at": time(15)}, "new_hour", "Nouvelle heure : 15h, Maison de quartier."),
        ({"place": "Salle bleue"}, "new_place", "Nouveau lieu : Salle bleue."),
        (
            {"on": LATER, "place": "Salle bleue"},
            "moved_elsewhere",
            "Nouvelle date et nouveau lieu : samedi 5 décembre à 18h, Salle bleue.",
        ),
        (
            {"at": time(15), "place": "Salle bleue"},
            "new_hour_elsewhere",
            "Nouvelle heure et nouveau lieu : 15h, Salle bleue.",
        ),
    ],
)
async def test_news_says_what_has_moved(
    house: House, changes: dict[str, Any], step: str, words: str
) -> None:
    event_id = await invited(house)
    [shown] = preview(house, event_id, **changes).notices
    assert (shown.step, words in shown.text) == (step, True)
    change(house, event_id, **changes)
    await house.drain()
    assert house.row(step=step).state == "sent"
    assert words in house.texts(SMS, phone(0))[-1]


async def test_preview_shows_when_a_step_really_leaves(house: House) -> None:
    """The reminder is due two days before at six: on a Sunday it leaves on Monday morning."""
    event_id = await invited(house)
    tuesday = date(2026, 12, 8)
    moves = {one.step: one for one in preview(house, event_id, on=tuesday).moves}
    monday_morning = datetime(2026, 12, 7, 8, tzinfo=UTC)
    assert moves["reminder"].after == monday_morning
    change(house, event_id, on=tuesday)
    await house.drain()
    house.hear(SMS, phone(0), "oui")
    await house.live_until(datetime(2026, 12, 7, 20, tzinfo=UTC))
    assert house.row(step="reminder").sent_at == monday_morning
