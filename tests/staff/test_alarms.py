"""An alarm in the pocket bot: it calls, it never shows a word, and one tap answers it."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from bot.flows.base import RaiseAlarm
from bot.safeguarding import call_next, raise_alarm, set_duty
from bot.storage.tables import alarms, inbound, outbox, tasks
from tests.staff.conftest import DINA, NADIA, Team

WORDS = "mon mari me frappe le soir"


def alarm(team: Team) -> int:
    """Selin Kaya wrote; Nadia is on duty, Dina is her deputy."""
    stage = team.stage
    task_id = stage.wait("Selin Kaya", WORDS, reason="safeguarding")
    with stage.database.write() as db:
        set_duty(db, stage.ids["tilleuls"], [stage.ids["nadia"], stage.ids["dina"]], 15, 30)
        theirs = db.scalar(select(inbound.c.id).where(inbound.c.text == WORDS))
        db.execute(update(inbound).where(inbound.c.id == theirs).values(guarded_by=task_id))
        raise_alarm(db, RaiseAlarm("violence", "me frappe"), task_id, theirs, "tr", stage.now)
    return task_id


async def news(team: Team) -> list[tuple[int, str]]:
    before = len(team.api.sent)
    await team.pocket.tell()
    return [(one.chat_id, one.text) for one in team.api.sent[before:]]


def later(team: Team, minutes: int) -> None:
    team.stage.now += timedelta(minutes=minutes)
    with team.stage.database.write() as db:
        call_next(db, team.stage.now)


async def test_alarm_calls_duty_then_deputy_and_shows_no_word(team: Team) -> None:
    nadia, dina = await team.bind("nadia"), await team.bind("dina")
    await news(team)  # what waited before
    alarm(team)
    (first,) = await news(team)
    assert first[0] == nadia
    assert "Situation sensible" in first[1]
    assert await news(team) == [], "nobody is told twice in one round"
    later(team, 15)
    (second,) = await news(team)
    assert second[0] == dina
    later(team, 15)
    assert {chat for chat, _ in await news(team)} == {NADIA, DINA}
    shown = [one.text for one in team.api.sent]
    assert not any("frappe" in text for text in shown)
    assert not any("Selin" in text for text in shown if "sensible" in text)


async def test_one_tap_answers_and_the_other_learns_who_comes(team: Team) -> None:
    nadia, dina = await team.bind("nadia"), await team.bind("dina")
    await news(team)
    task_id = alarm(team)
    later(team, 15)
    await news(team)
    calls = [one for one in team.api.sent if "Situation sensible" in one.text]
    mine = next(one for one in calls if one.chat_id == nadia)
    hers = next(one for one in calls if one.chat_id == dina)
    (done,) = await team.taps(hers, "Je m'en occupe")
    assert done.text.startswith("✓ À vous")
    (late,) = await team.taps(mine, "Je m'en occupe")
    assert late.text == "Dina Lacaze s'en occupe déjà."
    assert await news(team) == [(nadia, "✓ Dina Lacaze s'occupe de la situation sensible.")]
    later(team, 200)
    assert await news(team) == []
    assert team.stage.row(tasks, task_id).taken_by == team.stage.ids["dina"]
    assert team.stage.rows(select(alarms))[0].acknowledged_by == team.stage.ids["dina"]


async def test_reply_to_a_call_reaches_no_parent_and_questions_show_no_word(team: Team) -> None:
    nadia = await team.bind("nadia")
    await news(team)
    alarm(team)
    await news(team)
    before = len(team.stage.rows(select(outbox.c.id)))
    await team.says(nadia, "On arrive", reply_to=team.api.sent[-1].message_id)
    listed = await team.says(nadia, "/questions")
    assert not any("frappe" in one.text for one in listed)
    (card,) = [one for one in listed if "Situation sensible" in one.text]
    (told,) = await team.says(nadia, "On arrive", reply_to=card.message_id)
    assert told.text.startswith("C'est une situation sensible")
    assert len(team.stage.rows(select(outbox.c.id))) == before


async def test_old_buttons_of_the_same_parent_do_not_settle_it(team: Team) -> None:
    nadia = await team.bind("nadia")
    task_id = team.stage.wait("Selin Kaya", "bonjour", reason="question")
    listed = await team.says(nadia, "/questions")
    card = next(one for one in listed if "bonjour" in one.text)
    with team.stage.database.write() as db:
        db.execute(update(tasks).where(tasks.c.id == task_id).values(reason="safeguarding"))
    for label in ("C'est réglé", "Je m'en occupe"):
        (told,) = await team.taps(card, label)
        assert told.text.startswith("C'est une situation sensible")
    assert team.stage.row(tasks, task_id).closed_at is None


async def test_new_words_are_told_to_who_takes_care_of_it(team: Team) -> None:
    nadia, _ = await team.bind("nadia"), await team.bind("dina")
    await news(team)
    task_id = alarm(team)
    await news(team)
    call = next(one for one in team.api.sent if "Situation sensible" in one.text)
    await team.taps(call, "Je m'en occupe")
    team.stage.now += timedelta(minutes=5)
    with team.stage.database.write() as db:
        db.execute(update(tasks).where(tasks.c.id == task_id).values(asked_at=team.stage.now))
    (told,) = await news(team)
    assert told[0] == nadia
    assert told[1].startswith("Nouveaux mots dans une situation sensible (Les Tilleuls).")
