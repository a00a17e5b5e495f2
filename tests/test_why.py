"""Why a family does not come: asked once, in the way of nothing, and never of who minds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select

from bot.channels.link import token_for
from bot.events import record_attendance
from bot.flows.base import Effect, EventStatus, HandOver, RecordAnswer, RecordRsvp
from bot.messages import ChannelName
from bot.people import answer_parent
from bot.plans import default_steps
from bot.seats import Seat
from bot.storage.conversations import close_events_over
from bot.storage.tables import answers, contacts, conversations, invitations, steps, tasks
from tests.engine.states import COOKING, READING
from tests.flows.scenes import card
from tests.flows.talk import Talk
from tests.house import SMS, TELEGRAM, House, guardian, phone

WHY = "What makes it difficult? You may answer or not."
THANKS = "Thank you for telling us."
PASSED = "No problem. Thank you!"
ASKED_FR = "Qu'est-ce qui est difficile pour vous"
MISSED_FR = "vous nous avez manqué"
INVITED_AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
DAY_AFTER = datetime(2026, 11, 30, 10, tzinfo=UTC)  # Monday; the workshop was on a Saturday

EXPECTED = RecordRsvp("yes", seat=Seat.HELD, party=1)
EXPLAINED: list[Effect] = [RecordAnswer("barrier", "other"), HandOver("explained")]


# -- the engine: what a parent writes -------------------------------------------------------------


def declined(*, text: str = "non") -> Talk:
    """A parent who has just said no and was asked why."""
    talk = Talk(READING)
    talk.writes(text)
    assert WHY in talk.said
    talk.effects.clear()
    return talk


def missed() -> Talk:
    """A parent who said yes, did not come, and was asked why."""
    talk = Talk()
    talk.opens("barrier", card(rsvp="yes", status=EventStatus.OVER))
    return talk


@pytest.mark.parametrize("text", ["non", "2", "Non merci", "on ne vient pas"])
def test_no_is_thanked_then_asked_why_in_the_same_message(text: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert talk.said == [THANKS, WHY]
    assert talk.effects == [RecordRsvp("no")]


@pytest.mark.parametrize("text", ["non, je travaille", "trop loin", "désolé, on travaille"])
def test_who_says_why_at_once_is_not_asked(text: str) -> None:
    talk = Talk(READING)
    talk.writes(text)
    assert talk.said == [THANKS]


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("1", [RecordAnswer("barrier", "time")]),
        ("٢", [RecordAnswer("barrier", "work")]),
        ("trois", [RecordAnswer("barrier", "transport")]),
        ("4 Les petits", [RecordAnswer("barrier", "little_ones")]),
        ("La santé", [RecordAnswer("barrier", "health")]),
        ("6", [RecordAnswer("barrier", "unclear_message"), HandOver("not_understood")]),
        ("7", [RecordAnswer("barrier", "other")]),
        ("0", [RecordAnswer("barrier", "skip")]),
        ("mon mari travaille", EXPLAINED),
        ("je travaille", EXPLAINED),
        ("mes 2 enfants sont malades", EXPLAINED),
        ("2 enfants", EXPLAINED),
        ("pas de bus le samedi", EXPLAINED),
    ],
)
@pytest.mark.parametrize("start", [declined, missed], ids=["no", "absent"])
def test_reason_is_kept_as_a_code_and_words_go_to_a_person(
    start: Any, text: str, effects: list[Effect]
) -> None:
    talk = start()
    talk.writes(text)
    assert talk.effects == effects
    assert not any(one.flow == "barrier" for one in talk.open), "it is over"


@pytest.mark.parametrize("text", ["non", "non merci", "on ne peut pas"])
def test_bare_no_after_an_absence_passes(text: str) -> None:
    talk = missed()
    talk.writes(text)
    assert (talk.said, talk.effects) == ([PASSED], [])


@pytest.mark.parametrize("start", [declined, missed], ids=["no", "absent"])
def test_what_is_no_reason_ends_it_politely(start: Any) -> None:
    talk = start()
    talk.writes("8")
    assert (talk.said, talk.effects) == ([PASSED], [])
    assert not any(one.flow == "barrier" for one in talk.open)


@pytest.mark.parametrize("text", ["merci", "🙏", "ok", "bonne journée"])
def test_thanks_get_no_answer_and_the_question_does_not_come_again(text: str) -> None:
    talk = declined()
    talk.writes(text)
    assert (talk.said, talk.effects) == ([], [])


@pytest.mark.parametrize("text", ["oui", "finalement oui", "on vient finalement"])
def test_yes_after_it_is_a_change_of_mind(text: str) -> None:
    talk = declined()
    talk.writes(text)
    assert talk.effects == [EXPECTED]
    assert not any(one.flow == "barrier" for one in talk.open)
    talk.writes("2")
    assert isinstance(talk.effects[-1], RecordRsvp), "two adults, not the second reason"
    assert talk.effects[-1].adults == 2


def test_yes_that_quotes_the_question_is_a_change_of_mind() -> None:
    talk = declined()
    talk.writes("oui", quoting=2)
    assert talk.effects == [EXPECTED]


def test_button_of_the_invitation_still_changes_the_answer() -> None:
    talk = declined()
    talk.taps("yes", 1, "coming")
    assert talk.effects == [EXPECTED]


def test_button_of_the_question_is_its_answer() -> None:
    talk = declined()
    talk.taps("transport", 2, "why")
    assert talk.effects == [RecordAnswer("barrier", "transport")]


def test_second_no_is_not_asked_again() -> None:
    talk = declined()
    talk.writes("non")
    assert talk.said == [THANKS]
    talk.writes("1")
    assert talk.effects[-1] == RecordAnswer("barrier", "time"), "the question still stands"


def test_no_after_a_change_of_mind_is_not_asked_again() -> None:
    talk = declined()
    talk.writes("oui")
    talk.writes("non")
    assert talk.said == [THANKS]


def test_yes_that_becomes_a_no_is_asked_once() -> None:
    talk = Talk(READING)
    talk.writes("oui, 1 adulte et 1 enfant")
    talk.writes("finalement non")
    assert talk.said == [THANKS, WHY]


@pytest.mark.parametrize("state", ["talking", "waiting", "refused"])
def test_nobody_is_asked_who_minds_or_talks_with_a_person(state: str) -> None:
    talk = Talk(READING)
    talk.surveys = False if state == "refused" else None
    talk.talking, talk.waiting = state == "talking", state == "waiting"
    talk.taps("no", 1, "coming")
    assert talk.said == [THANKS]
    assert talk.effects == [RecordRsvp("no")]


def test_no_with_a_question_goes_to_the_person_without_another_question() -> None:
    talk = Talk(READING)
    talk.writes("non, mais est-ce qu'il y en aura un autre en janvier ?")
    assert WHY not in talk.said
    assert HandOver("question") in talk.effects


def test_word_is_for_the_other_invitation_that_still_waits() -> None:
    talk = Talk(READING, COOKING)
    talk.taps("no", 1, "coming")
    talk.writes("oui")
    assert (talk.events[1].rsvp, talk.events[2].rsvp) == ("no", "yes")


def test_stop_stops_under_the_question_too() -> None:
    talk = declined()
    talk.writes("stop")
    assert talk.stopped
    assert talk.open == []


# -- the services: one question, whatever the phone -----------------------------------------------


async def invited(house: House, **changes: Any) -> int:
    """The workshop of the house, its invitation sent, where typed answers reach us."""
    house.centre(sms_can_receive=True)
    event_id = house.event(**changes)
    house.clock.set(INVITED_AT)
    await house.tick()
    return event_id


def told(house: House) -> list[tuple[str, int | None]]:
    """The reasons kept, with their events."""
    rows = house.all(select(answers.c.code, answers.c.event_id).order_by(answers.c.id))
    return [(row.code, row.event_id) for row in rows]


def asked(house: House) -> Sequence[Row[Any]]:
    """The conversations that ask why."""
    return house.all(select(conversations).where(conversations.c.flow == "barrier"))


async def test_reason_is_kept_beside_a_no_that_can_still_change(house: House) -> None:
    family_id = house.family(0)
    event_id = await invited(house)
    house.hear(SMS, phone(0), "non")
    await house.drain()
    text = house.texts(SMS, phone(0))[-1]
    assert ASKED_FR in text
    assert "\n3 Le transport\n" in text
    house.hear(SMS, phone(0), "3")
    assert told(house) == [("transport", event_id)]
    house.hear(SMS, phone(0), "oui")
    assert house.invitation(event_id, family_id).rsvp == "yes"


async def test_parents_of_one_family_are_asked_once(house: House) -> None:
    other = guardian(1)
    house.family(0, guardians=(guardian(0), other))
    event_id = await invited(house)
    house.hear(SMS, phone(0), "non")
    house.clock.set(INVITED_AT + timedelta(days=4))
    house.hear(SMS, phone(0), "oui, 1 adulte et 1 enfant")
    house.hear(SMS, phone(0), "non")
    await house.drain()
    assert sum(ASKED_FR in one for one in house.texts(SMS, phone(0))) == 1
    assert len(asked(house)) == 1
    assert told(house) == []
    assert house.invitation(event_id, house.family_id("F00")).rsvp == "no"


async def test_yes_of_the_other_parent_takes_the_question_back(house: House) -> None:
    house.family(0, guardians=(guardian(0, name="A"), guardian(1, name="B")))
    event_id = await invited(house)
    house.clock.set(INVITED_AT + timedelta(days=3, hours=8))
    await house.tick()  # the nudge turns to the other parent
    house.hear(SMS, phone(0), "non")
    assert [row.awaiting for row in asked(house)] == [True]
    quoted = house.row(step="nudge")
    house.hear(SMS, phone(1), "oui", quoted=quoted.provider_id)
    assert house.invitation(event_id, house.family_id("F00")).rsvp == "yes"
    assert [row.awaiting for row in asked(house)] == [False]
    house.hear(SMS, phone(0), "1")
    assert told(house) == []


async def test_who_refused_questions_is_not_asked(house: House) -> None:
    house.family(0)
    await invited(house)
    with house.database.write() as db:
        db.execute(contacts.update().values(surveys=False))
    house.hear(SMS, phone(0), "non")
    assert asked(house) == []


async def test_while_a_person_talks_nobody_is_asked(house: House) -> None:
    house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "je voudrais parler à quelqu'un")
    with house.database.write() as db:
        task = db.execute(select(tasks)).one()
        answer_parent(db, task.id, "Bonjour !", "Léa", house.clock())
    house.hear(SMS, phone(0), "2", quoted=house.row(step="invitation").provider_id)
    assert asked(house) == []


async def test_new_invitation_shows_no_letter_and_takes_its_digit(house: House) -> None:
    family_id = house.family(0)
    await invited(house)
    house.hear(SMS, phone(0), "non")
    await house.drain()
    second = house.event(title="Atelier cuisine")
    house.clock.later(days=2)
    await house.tick()
    assert "\n1 Oui\n" in house.texts(SMS, phone(0))[-1]
    house.hear(SMS, phone(0), "1")
    assert house.invitation(second, family_id).rsvp == "yes"
    assert told(house) == []


async def test_question_beside_another_that_waits_shows_its_letter(house: House) -> None:
    family_id = house.family(0)
    first = await invited(house)
    house.event(title="Atelier cuisine")
    house.clock.later(days=2)
    await house.tick()
    house.hear(SMS, phone(0), "2", quoted=house.outbox(step="invitation")[0].provider_id)
    await house.drain()
    assert "\nC3 Le transport\n" in house.texts(SMS, phone(0))[-1]
    house.hear(SMS, phone(0), "C3")
    assert told(house) == [("transport", first)]
    assert house.invitation(first, family_id).rsvp == "no"


async def test_button_answers_it_on_telegram_and_is_ticked(house: House) -> None:
    family_id = house.family(0)
    house.bind(family_id, TELEGRAM, "700")
    event_id = await invited(house)
    house.hear(TELEGRAM, "700", "non")
    await house.drain()
    sent = house.phones[TELEGRAM].taken[-1]
    button = next(one for one in sent.buttons if one.label == "Le travail")
    quoted = house.outbox(step="turn")[-1].provider_id
    house.hear(TELEGRAM, "700", payload=button.payload, quoted=quoted)
    assert told(house) == [("work", event_id)]
    assert house.row(step="tick").says[-1]["msgid"] == "✓ {choice}"


# -- after an absence -----------------------------------------------------------------------------


async def absent(house: House, *family_ids: int, **changes: Any) -> int:
    """A workshop that these families said yes to and did not come to; the day after it."""
    event_id = await invited(house, **changes)
    with house.database.write() as db:
        db.execute(
            invitations.update()
            .where(invitations.c.event_id == event_id)
            .values(rsvp="yes", rsvp_at=house.clock())
        )
        house.clock.set(DAY_AFTER - timedelta(days=2))
        record_attendance(db, event_id, dict.fromkeys(family_ids, False), house.clock())
    house.clock.set(DAY_AFTER)
    return event_id


async def test_absent_family_is_missed_and_asked_once(house: House) -> None:
    family_id = house.family(0)
    event_id = await absent(house, family_id)
    await house.tick()
    await house.tick()
    texts = [one for one in house.texts(SMS, phone(0)) if MISSED_FR in one]
    assert len(texts) == 1
    assert ASKED_FR in texts[0]
    house.hear(SMS, phone(0), "4")
    assert told(house) == [("little_ones", event_id)]


async def test_family_that_refused_questions_is_not_written_to(house: House) -> None:
    family_id = house.family(0)
    await absent(house, family_id)
    with house.database.write() as db:
        db.execute(contacts.update().values(surveys=False))
    await house.tick()
    assert house.row(step="absence").reason == "surveys_refused"
    assert asked(house) == []


async def test_attendance_mended_before_it_leaves_takes_it_back(house: House) -> None:
    family_id = house.family(0)
    event_id = await absent(house, family_id)
    house.plan()
    with house.database.write() as db:
        record_attendance(db, event_id, {family_id: True}, house.clock())
    await house.drain()
    assert house.row(step="absence").reason == "no_longer_needed"


async def test_two_absences_on_one_day_are_asked_about_once(house: House) -> None:
    family_id = house.family(0)
    first = house.event(title="Atelier cuisine")
    await absent(house, family_id)
    with house.database.write() as db:
        db.execute(invitations.update().values(rsvp="yes", attended=False))
    await house.tick()
    house.clock.later(days=1)
    await house.tick()
    (row,) = house.outbox(step="absence")
    assert row.event_id == first


async def test_family_is_asked_again_after_thirty_days_and_not_before(house: House) -> None:
    house.family(0)
    await absent(house, house.family_id("F00"))
    await house.tick()
    for days in (20, 41):
        house.clock.set(DAY_AFTER)
        event_id = house.event((DAY_AFTER + timedelta(days=days)).date())
        with house.database.write() as db:
            db.execute(
                invitations.update()
                .where(invitations.c.event_id == event_id)
                .values(rsvp="yes", attended=False)
            )
        house.clock.set(DAY_AFTER + timedelta(days=days + 1))
        house.plan()
    assert [row.created_at for row in house.outbox(step="absence")] == [
        DAY_AFTER,
        DAY_AFTER + timedelta(days=42),  # a Monday
    ]


async def test_question_that_nobody_answers_closes_with_the_survey(house: House) -> None:
    family_id = house.family(0)
    await absent(house, family_id)
    await house.tick()
    assert [row.awaiting for row in asked(house)] == [True]
    house.clock.later(days=7)
    with house.database.write() as db:
        close_events_over(db, house.clock())
    assert [row.closed_at for row in asked(house)] == [house.clock()]


@pytest.mark.parametrize("kind", ["workshop", "outing", "meeting"])
def test_new_events_of_every_kind_get_the_step(house: House, kind: str) -> None:
    family_id = house.family(0)
    event_id = house.event(kind=kind, families=(family_id,))
    names = house.all(select(steps.c.name).where(steps.c.event_id == event_id))
    assert {row.name for row in names} == {one.name for one in default_steps(kind)}
    assert "absence" in {row.name for row in names}


# -- on the page behind a link --------------------------------------------------------------------


async def test_link_page_answers_the_question_and_a_typed_yes_still_changes(house: House) -> None:
    family_id = house.family(0)
    event_id = house.event()
    house.clock.set(INVITED_AT)
    await house.tick()
    row = house.row(step="invitation")
    token = token_for(house.carnet.reach.deployment.key, row.id)
    house.hear(ChannelName.LINK, token, payload=f"{row.conversation_id}:coming:no")
    (why,) = asked(house)
    house.hear(ChannelName.LINK, token, "trop loin de chez nous")
    assert told(house) == [("other", event_id)]
    assert house.one(select(tasks)).reason == "explained"
    assert asked(house)[0].closed_at is not None
    house.hear(ChannelName.LINK, token, payload=f"{why.id}:why:work")
    assert told(house) == [("other", event_id)], "it is closed"
    house.hear(ChannelName.LINK, token, "oui")
    assert house.invitation(event_id, family_id).rsvp == "yes"
