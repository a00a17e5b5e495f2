"""Words that few may read: who opens them, who is told that they did, who says what was false."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select, update

from bot.flows.base import RaiseAlarm
from bot.safeguarding import raise_alarm, set_duty
from bot.storage.tables import (
    alarms,
    alerts,
    audit,
    centres,
    inbound,
    past_alarms,
    staff,
    tasks,
)
from bot.storage.tasks import SAFEGUARDING
from tests.web.console_stage import NOW, Stage, visible_text

WORDS = "mon mari me frappe le soir"


@pytest.fixture
def task_id(stage: Stage) -> int:
    """Selin Kaya wrote that she is hit; Nadia is not on duty, Dina is the director."""
    task = stage.wait("Selin Kaya", WORDS, reason=SAFEGUARDING)
    with stage.database.write() as db:
        theirs = db.scalar(select(inbound.c.id).where(inbound.c.text == WORDS))
        db.execute(update(inbound).where(inbound.c.id == theirs).values(guarded_by=task))
        raise_alarm(db, RaiseAlarm("violence", "me frappe"), task, theirs, "tr", NOW)
    return task


def duty(stage: Stage, *who: str) -> None:
    with stage.database.write() as db:
        set_duty(db, stage.ids["tilleuls"], [stage.ids[one] for one in who], 15, 30)


@pytest.mark.parametrize("path", ["/inbox", "/families/{family}", "/events", "/"])
@pytest.mark.parametrize("who", ["nadia", "dina", "ada"])
def test_no_ordinary_page_shows_the_words(stage: Stage, task_id: int, who: str, path: str) -> None:
    page = stage.browser(who).get(path.format(family=stage.ids["F-002"]))
    assert "frappe" not in page.text


def test_everybody_of_the_centre_sees_that_there_is_something(stage: Stage, task_id: int) -> None:
    words = visible_text(stage.browser("nadia").get("/inbox"))
    assert "Situation sensible" in words
    assert "1 situation sensible : personne n'a encore répondu à l'alerte." in words
    assert "situation sensible" not in visible_text(stage.browser("port").get("/inbox")).lower()


@pytest.mark.parametrize(
    ("who", "status"), [("nadia", 404), ("dina", 200), ("ada", 200), ("port", 404), ("eva", 403)]
)
def test_only_direction_opens_them_where_nobody_else_is_on_duty(
    stage: Stage, task_id: int, who: str, status: int
) -> None:
    with stage.database.write() as db:  # nobody was called but the director
        db.execute(alerts.delete().where(alerts.c.staff_id == stage.ids["nadia"]))
    page = stage.browser(who).get(f"/sensitive/{task_id}")
    assert page.status_code == status
    assert (WORDS in page.text) is (status == 200)


def test_deputy_opens_them_and_each_opening_is_kept_and_shown_to_the_director(
    stage: Stage, task_id: int
) -> None:
    duty(stage, "dina", "nadia")
    for _ in range(2):
        assert WORDS in stage.browser("nadia").get(f"/sensitive/{task_id}").text
    assert "Qui l'a ouverte" not in stage.browser("nadia").get(f"/sensitive/{task_id}").text
    page = visible_text(stage.browser("dina").get(f"/sensitive/{task_id}"))
    assert page.count("Nadia Ferrand · a lu les mots") == 3
    rows = stage.rows(select(audit.c.what, audit.c.staff_id, audit.c.at))
    assert [row.what for row in rows] == ["opened"] * 4


def test_who_is_called_acknowledges_and_may_then_read(stage: Stage, task_id: int) -> None:
    with stage.database.write() as db:
        alarm = db.scalar(select(alarms.c.id))
        db.execute(
            insert(alerts).values(alarm_id=alarm, staff_id=stage.ids["nadia"], round=9, at=NOW)
        )
    assert stage.browser("nadia").get(f"/sensitive/{task_id}").status_code == 404
    assert stage.post(f"/sensitive/{task_id}/acknowledge").status_code == 303
    assert WORDS in stage.browser("nadia").get(f"/sensitive/{task_id}").text
    late = stage.post(f"/sensitive/{task_id}/acknowledge", who="dina")
    assert "Nadia Ferrand s'en occupe déjà." in visible_text(late)
    assert "personne n'a encore répondu" not in visible_text(stage.browser("nadia").get("/inbox"))


@pytest.mark.parametrize("form", ["answer", "take", "close"])
def test_ordinary_forms_do_not_touch_it(stage: Stage, task_id: int, form: str) -> None:
    assert stage.post(f"/inbox/{task_id}/{form}", {"text": "Bonjour"}).status_code == 404
    assert stage.row(tasks, task_id).closed_at is None


def test_settled_after_it_was_acknowledged_and_silent_until_released(
    stage: Stage, task_id: int
) -> None:
    early = stage.post(f"/sensitive/{task_id}/close", who="dina")
    assert "Dites d'abord que vous vous en occupez." in visible_text(early)
    stage.post(f"/sensitive/{task_id}/acknowledge", who="dina")
    assert stage.post(f"/sensitive/{task_id}/close", who="dina").status_code == 303
    held = visible_text(stage.browser("dina").get("/inbox"))
    assert "Messages automatiques retenus" in held
    assert stage.post(f"/tasks/{task_id}/release").status_code == 404, "nadia may not read it"
    assert stage.post(f"/tasks/{task_id}/release", who="dina").status_code == 303
    assert stage.row(tasks, task_id).released_by == stage.ids["dina"]
    kept = [row.what for row in stage.rows(select(audit.c.what).order_by(audit.c.id))]
    assert kept == ["acknowledged", "closed", "released"]


def test_answer_of_the_team_is_guarded_too(stage: Stage, task_id: int) -> None:
    sent = stage.post(f"/sensitive/{task_id}/answer", {"text": "Je passe ce soir"}, who="dina")
    assert sent.status_code == 303
    family = stage.browser("nadia").get(f"/families/{stage.ids['F-002']}")
    assert "Je passe ce soir" not in family.text
    assert "Je passe ce soir" in stage.browser("dina").get(f"/sensitive/{task_id}").text


def test_week_is_judged_counted_and_given_to_a_translator(stage: Stage, task_id: int) -> None:
    [alarm] = stage.rows(select(alarms))
    page = visible_text(stage.browser("dina").get("/alarms"))
    assert "me frappe" in page
    assert "turc" in page
    stage.post("/alarms", {f"alarm-{alarm.id}": "false", "week": "2026-11-23"}, who="dina")
    stage.post("/alarms", {f"alarm-{alarm.id}": "nonsense"}, who="dina")
    assert stage.row(alarms, alarm.id).verdict == "false"
    table = stage.browser("dina").get("/alarms/hints.csv").text
    assert "tr,violence,me frappe,1,1,0" in table
    assert "Selin" not in table
    assert (
        visible_text(stage.browser("dina").get("/alarms?week=2026-11-01")).count("me frappe") == 0
    )


@pytest.mark.parametrize("path", ["/alarms", "/alarms/hints.csv"])
@pytest.mark.parametrize("who", ["eva", "nadia"])
def test_evaluators_and_who_is_not_on_duty_do_not_see_the_week(
    stage: Stage, task_id: int, who: str, path: str
) -> None:
    assert stage.browser(who).get(path).status_code == 403


def test_other_centre_judges_nothing_of_this_one(stage: Stage, task_id: int) -> None:
    with stage.database.write() as db:
        db.execute(update(staff).where(staff.c.id == stage.ids["port"]).values(role="director"))
    [alarm] = stage.rows(select(alarms))
    stage.post("/alarms", {f"alarm-{alarm.id}": "true"}, who="port")
    assert stage.row(alarms, alarm.id).verdict is None
    assert "me frappe" not in stage.browser("port").get("/alarms").text


def test_duty_is_set_by_the_direction_and_read_by_all(stage: Stage) -> None:
    home = stage.ids["tilleuls"]
    form = {
        "first": stage.ids["nadia"],
        "deputy": stage.ids["dina"],
        "deputy_minutes": 10,
        "again_minutes": 20,
    }
    assert stage.post(f"/duty/{home}", form).status_code == 403
    assert stage.post(f"/duty/{home}", form, who="dina").status_code == 303
    assert stage.post(f"/duty/{stage.ids['port']}", form, who="dina").status_code == 404
    assert stage.row(centres, home).deputy_minutes == 10
    assert "selected>Nadia Ferrand" in stage.browser("nadia").get("/duty").text
    twice = stage.post(f"/duty/{home}", form | {"deputy": stage.ids["nadia"]}, who="dina")
    assert "deux personnes" in visible_text(twice)
    stranger = stage.post(f"/duty/{home}", form | {"deputy": stage.ids["eva"]}, who="dina")
    assert "ne suit pas ce centre" in visible_text(stranger)
    odd = stage.post(f"/duty/{home}", form | {"deputy_minutes": 0}, who="dina")
    assert "de 1 à 240" in visible_text(odd)


def test_week_is_told_by_kind_with_what_was_done(stage: Stage, task_id: int) -> None:
    call = stage.wait("Karim Haddad", "appelez-moi", reason="call")
    with stage.database.write() as db:
        raise_alarm(db, RaiseAlarm("call_me", "appelez moi"), call, None, "fr", NOW)
        values = {"kind": "moving", "language": "tr", "on": NOW.date(), "verdict": "false"}
        db.execute(insert(past_alarms).values(**values, centre_id=stage.ids["tilleuls"]))
    before = visible_text(stage.browser("dina").get("/alarms"))
    assert "Personne n'a encore répondu à cette alerte." in before
    assert before.index("Violence (1)") < before.index("Veut être appelé (1)")
    assert "Rien pour le moment." in before
    assert "Dont 1 de personnes effacées : il ne reste que les nombres." in before
    assert "Déménagement 1 1" in before
    stage.post(f"/sensitive/{task_id}/acknowledge", who="dina")
    stage.post(f"/sensitive/{task_id}/close", who="dina")
    stage.post(f"/inbox/{call}/answer", {"text": "Bonjour, j'appelle à midi."})
    after = visible_text(stage.browser("dina").get("/alarms"))
    assert "Dina Lacaze s'en occupe depuis" in after
    assert after.count("Réglé,") == 1
    assert after.count("Réponse envoyée,") == 1
