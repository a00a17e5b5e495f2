"""A centre's own sending plan in the browser."""

from __future__ import annotations

from datetime import time

import pytest
from httpx import Response
from sqlalchemy import select

from bot.centre_plans import plan_for
from bot.plans import default_steps
from bot.storage.tables import centre_steps
from bot.web.console.plan_form import names_of, read_plan, typed_of
from tests.web.console_stage import Stage, visible_text

HOUSE = typed_of("workshop", default_steps("workshop"))


def save(stage: Stage, *, who: str = "dina", centre: str = "tilleuls", **changes: str) -> Response:
    path = f"/plans/{stage.ids[centre]}/workshop"
    return stage.post(path, HOUSE | changes, who=who)


def test_the_form_of_a_plan_reads_back_as_that_plan() -> None:
    for kind in ("workshop", "outing", "meeting"):
        typed = typed_of(kind, default_steps(kind))
        assert set(typed) == set(names_of(kind))
        assert read_plan(kind, typed) == default_steps(kind)


def test_a_director_changes_the_plan_and_goes_back(stage: Stage) -> None:
    answer = save(
        stage,
        sent_nudge="",
        days_invitation="-14",
        how_morning="morning",
        how_reminder="hours",
        hours_reminder="-20",
        late_survey="",
    )
    assert answer.status_code == 303
    centre = stage.ids["tilleuls"]
    with stage.database.read() as db:
        plan = {step.name: step for step in plan_for(db, centre, "workshop")}
        assert plan_for(db, stage.ids["port"], "workshop") == default_steps("workshop")
    assert "nudge" not in plan
    assert plan["invitation"].days == -14
    assert plan["morning"].morning
    assert plan["reminder"].hours == -20
    assert plan["survey"].late_hours is None
    page = visible_text(stage.browser("dina").get(f"/plans/{centre}/workshop"))
    assert "Ce centre a son propre plan." in page
    assert "20 heures avant le début" in page
    assert stage.post(f"/plans/{centre}/workshop/reset", who="dina").status_code == 303
    assert stage.rows(select(centre_steps)) == []


def test_the_example_follows_the_day_and_the_hour_of_the_event(stage: Stage) -> None:
    path = f"/plans/{stage.ids['tilleuls']}/workshop"
    page = visible_text(stage.browser().get(f"{path}?on=2026-12-15&at=18:00"))
    assert "Pour un événement le mardi 15 décembre à 18h" in page
    assert "mardi 8 décembre à 10h" in page  # the invitation, a week before
    assert "lundi 14 décembre à 9h" in page  # a reminder of Sunday waits for Monday
    assert stage.browser().get(f"{path}?on=jamais&at=tard").status_code == 200


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sent_invitation": ""}, "Il manque l'invitation"),
        ({"at_reminder": "22:00"}, "rien ne part à 22h"),
        ({"days_reminder": "2"}, "avant l'événement, ou le jour même"),
        ({"days_nudge": "-9"}, "après celui de l'invitation"),
        ({"days_invitation": "-90"}, "entre 60 jours avant"),
        ({"days_invitation": "une semaine"}, "écrivez un nombre entier"),
        ({"at_nudge": "le soir"}, "écrivez une heure"),
        ({"how_nudge": "pigeon"}, "écrivez une heure"),
        ({"how_survey": "hour"}, "écrivez une heure"),
        ({"how_nudge": "hours", "hours_nudge": ""}, "écrivez un nombre entier"),
        ({"late_nudge": "0"}, "le retard permis"),
    ],
)
def test_a_plan_that_cannot_be_comes_back_as_it_was_typed(
    stage: Stage, changes: dict[str, str], told: str
) -> None:
    page = save(stage, **changes)
    assert page.status_code == 400
    assert told in visible_text(page)
    for value in changes.values():
        if value and value != "pigeon":
            assert f'value="{value}"' in page.text
    assert stage.rows(select(centre_steps)) == []


def test_a_coordinator_reads_the_plan_and_does_not_change_it(stage: Stage) -> None:
    path = f"/plans/{stage.ids['tilleuls']}/workshop"
    page = stage.browser("nadia").get(path)
    assert "La direction du centre peut le changer." in visible_text(page)
    assert "Enregistrer le plan" not in page.text
    assert save(stage, who="nadia").status_code == 403
    assert stage.post(f"{path}/reset", who="nadia").status_code == 403
    assert stage.rows(select(centre_steps)) == []


def test_another_centre_s_plan_is_nobody_s_business(stage: Stage) -> None:
    assert stage.browser("nadia").get(f"/plans/{stage.ids['port']}/workshop").status_code == 404
    assert save(stage, centre="port").status_code == 404
    assert save(stage, who="ada", centre="port", days_invitation="-9").status_code == 303


def test_unknown_kinds_and_centres_are_not_there(stage: Stage) -> None:
    assert stage.browser("ada").get("/plans/99/workshop").status_code == 404
    assert stage.browser("ada").get(f"/plans/{stage.ids['port']}/wave").status_code == 404


def test_the_list_names_the_centres_and_who_has_its_own_plan(stage: Stage) -> None:
    save(stage, days_invitation="-9")
    mine = visible_text(stage.browser("nadia").get("/plans"))
    assert "Les Tilleuls" in mine
    assert "Le Port" not in mine
    assert mine.count("Son propre plan") == 1
    assert "Le Port" in visible_text(stage.browser("ada").get("/plans"))


def test_a_step_that_is_not_sent_keeps_the_usual_moment_in_the_form() -> None:
    typed = typed_of("workshop", tuple(s for s in default_steps("workshop") if s.name != "nudge"))
    assert typed["sent_nudge"] == ""
    assert (typed["days_nudge"], typed["at_nudge"]) == ("-4", time(17, 30).isoformat("minutes"))
