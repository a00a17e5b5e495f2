"""Audiences in the console: choosing families, seeing who they are, keeping the choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import delete, func, select, update

from bot.messages import ChannelName, Shape
from bot.storage.tables import (
    centres,
    children,
    contacts,
    events,
    families,
    family_tags,
    group_children,
    groups,
    invitations,
    segments,
)
from tests.web.console_stage import Stage, furnish, open_stage, visible_text


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """The furnished stage, where SMS is switched on and some families have more to tell."""
    stage = open_stage(tmp_path, shapes={ChannelName.SMS: Shape()})
    furnish(stage)
    with stage.database.write() as db:
        mine = children.c.family_id == stage.ids["F-003"]
        db.execute(update(children).where(mine).values(school_level="CP"))
        theirs = children.c.family_id == stage.ids["P-001"]
        db.execute(update(children).where(theirs).values(school_level="CP"))
        db.execute(update(centres).where(centres.c.name == "Le Port").values(city="Nice"))
        db.execute(update(centres).where(centres.c.name != "Le Port").values(city="Lyon"))
    stage.add(family_tags, family_id=stage.ids["F-001"], tag="relais")
    chorale = stage.add(groups, centre_id=stage.ids["tilleuls"], name="Chorale")
    stage.ids["Chorale"] = chorale
    [child] = stage.rows(select(children.c.id).where(mine))
    stage.add(group_children, group_id=chorale, child_id=child.id)
    yield stage
    stage.database.close()


def see(stage: Stage, who: str = "nadia", **fields: Any) -> Response:
    """Ask who is meant."""
    data = {f"audience_{name}": value for name, value in fields.items()}
    return stage.post("/audience", data, who=who)


def meant(page: Response) -> set[str]:
    """The references on a page, in its lists of families."""
    return set(re.findall(r'<th scope="row"><a href="/families/\d+">([\w-]+)</a>', page.text))


def test_only_those_who_see_families_come_here(stage: Stage) -> None:
    assert stage.browser("eva").get("/audience").status_code == 403
    assert stage.stranger().get("/audience").status_code == 303
    assert stage.post("/audience", who="eva").status_code == 403
    assert stage.browser().post("/audience", {}).status_code == 403  # without the form's token


def test_every_field_has_a_label_and_what_the_centre_has_is_offered(stage: Stage) -> None:
    page = stage.browser().get("/audience")
    for control in re.findall(r'<(?:input|select)[^>]*\bid="(audience_[\w-]+)"', page.text):
        assert f'for="{control}"' in page.text, control
    words = visible_text(page)
    for text in ("Chorale", "relais", "CP", "terminale", "Sortie au musée", "arabe"):
        assert text in words, text
    assert "audience_centres" not in page.text  # one centre: nothing to choose
    everywhere = visible_text(stage.browser("ada").get("/audience"))
    for text in ("Le Port", "Les Tilleuls", "Nice", "Chorale (Les Tilleuls)"):
        assert text in everywhere, text
    assert "Chorale" not in visible_text(stage.browser("port").get("/audience"))


def test_conditions_are_said_and_the_families_named(stage: Stage) -> None:
    page = see(stage, levels=["CP", "CE1"], groups=str(stage.ids["Chorale"]))
    assert page.status_code == 200
    assert meant(page) == {"F-003"}
    words = visible_text(page)
    assert "groupe : Chorale" in words
    assert "classe : CP ou CE1" in words
    assert "1 famille" in words
    assert re.search(r'value="CP" checked', page.text)  # nothing that was ticked is lost
    assert not re.search(r'value="CM1" checked', page.text)


def test_written_to_and_left_out_make_the_audience_with_their_reasons(stage: Stage) -> None:
    [row] = stage.rows(
        select(func.count())
        .select_from(children)
        .where(children.c.centre_id == stage.ids["tilleuls"])
    )
    page = see(stage)
    words = visible_text(page)
    assert "Tout le monde, sans condition." in words
    found = re.search(
        r"(\d+) familles? : (\d+) recevrai(?:en)?t un message, (\d+) n'en recevrai(?:en)?t pas",
        words,
    )
    assert found is not None
    families_, told, out = map(int, found.groups())
    assert families_ == told + out == len(meant(page)) == row[0]
    assert "1 : Le numéro ne fonctionne plus." in words  # F-005
    assert "P-001" not in page.text


def test_a_reader_of_every_centre_narrows_by_centre_and_city(stage: Stage) -> None:
    assert meant(see(stage, "ada", levels="CP")) == {"F-003", "P-001"}
    assert meant(see(stage, "ada", levels="CP", centres=str(stage.ids["port"]))) == {"P-001"}
    assert meant(see(stage, "ada", levels="CP", cities="Lyon")) == {"F-003"}


def test_a_centre_s_reader_never_sees_another_centre_s_families(stage: Stage) -> None:
    for fields in ({"centres": str(stage.ids["port"])}, {"cities": "Nice"}):
        page = see(stage, **fields)
        assert page.status_code == 400
        assert "Ce choix n'existe plus" in visible_text(page)
        assert meant(page) == set()
    page = see(stage, families="F-001, P-001")
    assert "Aucune famille n'a cette référence : P-001" in visible_text(page)
    assert meant(see(stage, families="f-001 F-003")) == {"F-001", "F-003"}


@pytest.mark.parametrize(
    ("fields", "field", "text"),
    [
        ({"levels": "CP9"}, "levels", "Ce choix n'existe plus."),
        ({"no_answer": "deux"}, "no_answer", "Donnez un nombre, 1 ou plus"),
        ({"since": "hier", "came": "never"}, "since", "Donnez le jour"),
        ({"since": "2026-09-01"}, "came", "Dites combien de fois"),
        ({"kind": "outing"}, "came", "Dites combien de fois"),
        ({"came": "souvent"}, "came", "Ce choix n'existe plus."),
        ({"answers": "yes"}, "answered_to", "Dites à quel événement."),
        ({"segment": "99"}, "segment", "Ce choix n'existe plus."),
        ({"segment": "1", "levels": "CP"}, "segment", "pas les deux"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    stage: Stage, fields: dict[str, str], field: str, text: str
) -> None:
    page = see(stage, **fields)
    assert page.status_code == 400
    assert "1 point à corriger" in visible_text(page)
    assert f'href="#audience_{field}"' in page.text
    if f'id="audience_{field}-error"' in page.text:  # a field with nothing to offer is not shown
        shown = page.text.split(f'id="audience_{field}-error">')[1].split("<")[0]
        assert text in unescape(shown)
    assert text in visible_text(page)
    assert meant(page) == set()


def test_what_families_did_is_asked_too(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    said = stage.rows(
        select(families.c.reference)
        .join(invitations, invitations.c.family_id == families.c.id)
        .where(invitations.c.event_id == event_id, invitations.c.rsvp.in_(["yes", "maybe"]))
    )
    page = see(stage, answered_to=str(event_id), answers=["yes", "maybe"])
    assert meant(page) == {row.reference for row in said}
    assert "réponse oui ou peut-être à « Bien dormir »" in visible_text(page)


def test_the_page_works_without_javascript_and_posts_to_itself(stage: Stage) -> None:
    page = see(stage, levels="CP")
    assert "<script" not in page.text
    assert page.text.count("<form") == page.text.count('name="form_token"')


# -- kept -----------------------------------------------------------------------------------------


def keep(stage: Stage, who: str = "nadia", **data: str) -> Response:
    fields = {"audience_levels": "CP", "name": "Les CP"} | data
    return stage.post("/audience/keep", fields, who=who)


def test_an_audience_is_kept_shown_renamed_and_deleted(stage: Stage) -> None:
    done = keep(stage)
    assert done.status_code == 303
    path = done.headers["location"]
    page = stage.browser().get(path)
    assert meant(page) == {"F-003"}
    assert "Les CP" in visible_text(page)
    assert "classe : CP" in visible_text(page)
    assert "Les CP" in visible_text(stage.browser().get("/audience"))
    assert stage.post(f"{path}/rename", {"name": "Petits"}).status_code == 303
    assert "Petits" in visible_text(stage.browser().get(path))
    segment_id = path.rsplit("/", 1)[1]
    assert meant(see(stage, segment=segment_id)) == {"F-003"}
    assert stage.post(f"{path}/delete").status_code == 303
    assert stage.browser().get(path).status_code == 404


def test_a_name_that_is_taken_is_refused_and_nothing_typed_is_lost(stage: Stage) -> None:
    keep(stage)
    page = keep(stage, name="les cp")
    assert page.status_code == 400
    assert "Un public s'appelle déjà « les cp »" in visible_text(page)
    assert 'value="les cp"' in page.text
    assert re.search(r'value="CP" checked', page.text)


def test_keeping_needs_a_condition(stage: Stage) -> None:
    page = stage.post("/audience/keep", {"name": "Tous"})
    assert page.status_code == 400
    assert "Choisissez au moins une condition" in visible_text(page)


def test_the_network_s_are_kept_by_those_who_lead(stage: Stage) -> None:
    assert keep(stage, whose="network").status_code == 400
    assert keep(stage, "dina", whose="network").status_code == 303
    [row] = stage.rows(select(segments))
    assert row.centre_id is None
    page = stage.browser("port").get(f"/audience/{row.id}")
    assert meant(page) == {"P-001"}  # each reader finds their own families in it
    assert "Supprimer" not in visible_text(page)
    assert stage.post(f"/audience/{row.id}/delete", who="port").status_code == 400


def test_another_centre_s_are_not_seen(stage: Stage) -> None:
    path = keep(stage).headers["location"]
    assert stage.browser("port").get(path).status_code == 404
    for action in ("rename", "delete"):
        assert stage.post(f"{path}/{action}", {"name": "Pris"}, who="port").status_code == 404
    assert stage.rows(select(segments.c.name))[0].name == "Les CP"


def test_who_sees_every_centre_says_whose_it_is(stage: Stage) -> None:
    page = keep(stage, "ada")
    assert "Choisissez le centre qui garde ce public" in visible_text(page)
    assert keep(stage, "ada", whose=str(stage.ids["port"])).status_code == 303
    [row] = stage.rows(select(segments))
    assert row.centre_id == stage.ids["port"]


def test_a_family_without_a_guardian_is_left_out_by_name_of_reason(stage: Stage) -> None:
    stage.family("F-900")
    page = see(stage, families="F-900")
    assert "Aucun parent n'est enregistré." in visible_text(page)
    with stage.database.write() as db:
        mine = contacts.c.family_id == stage.ids["F-900"]
        assert not db.execute(delete(contacts).where(mine)).rowcount


# -- an event's families --------------------------------------------------------------------------

EVENT = {
    "kind": "workshop",
    "title_fr": "Atelier lecture",
    "on": "2026-12-02",
    "at": "18:00",
    "place": "Salle bleue",
}


def plan(stage: Stage, who: str = "nadia", centre: str = "tilleuls", **fields: Any) -> Response:
    """Plan an event for the families that meet some conditions."""
    data = {f"audience_{name}": value for name, value in fields.items() if name != "see"}
    see_it = {"see": "1"} if "see" in fields else {}
    named = {"families": data.pop("audience_references", "")}
    centre_id = str(stage.ids[centre])
    return stage.post("/events/new", EVENT | {"centre": centre_id} | named | data | see_it, who=who)


def invited(stage: Stage, done: Response) -> set[str]:
    """The references of the families of an event that was just planned."""
    assert done.status_code == 303, visible_text(done)
    query = (
        select(families.c.reference)
        .join(invitations, invitations.c.family_id == families.c.id)
        .where(invitations.c.event_id == int(done.headers["location"].rsplit("/", 1)[1]))
    )
    return {row.reference for row in stage.rows(query)}


def test_an_event_invites_those_who_meet_its_conditions(stage: Stage) -> None:
    done = plan(stage, levels="CP")
    assert invited(stage, done) == {"F-003"}
    assert "1 famille invitée" in visible_text(stage.browser().get(done.headers["location"]))
    [row] = stage.rows(select(events).order_by(events.c.id.desc()).limit(1))
    assert not row.for_everyone  # who joins later was not chosen


def test_conditions_stay_in_the_event_s_centre_unless_others_are_chosen(stage: Stage) -> None:
    assert invited(stage, plan(stage, "ada", levels="CP")) == {"F-003"}
    both = [str(stage.ids["tilleuls"]), str(stage.ids["port"])]
    assert invited(stage, plan(stage, "ada", levels="CP", centres=both)) == {"F-003", "P-001"}
    assert invited(stage, plan(stage, "ada", cities="Nice")) == {"P-001"}


def test_families_of_another_centre_are_invited_by_nobody_who_does_not_see_it(
    stage: Stage,
) -> None:
    page = plan(stage, centres=str(stage.ids["port"]))
    assert page.status_code == 400
    assert not stage.rows(select(events).where(events.c.place == "Salle bleue", events.c.id > 4))


def test_a_kept_audience_invites_too(stage: Stage) -> None:
    segment_id = keep(stage).headers["location"].rsplit("/", 1)[1]
    assert invited(stage, plan(stage, segment=segment_id)) == {"F-003"}


def test_who_would_be_invited_is_shown_before_anything_is_planned(stage: Stage) -> None:
    before = len(stage.rows(select(events.c.id)))
    page = plan(stage, levels="CP", see=True)
    assert page.status_code == 200
    assert meant(page) == {"F-003"}
    words = visible_text(page)
    assert "Qui serait invité" in words
    assert "centre : Les Tilleuls" in words
    assert 'value="Atelier lecture"' in page.text
    assert re.search(r'value="CP" checked', page.text)
    assert len(stage.rows(select(events.c.id))) == before
    everybody = plan(stage, see=True)
    assert {"F-001", "F-003"} < meant(everybody)
    assert "P-001" not in meant(everybody)
    assert meant(plan(stage, references="F-001", see=True)) == {"F-001"}


def test_looking_first_does_not_ask_for_the_rest_of_the_form(stage: Stage) -> None:
    data = {"kind": "workshop", "centre": str(stage.ids["tilleuls"]), "audience_levels": "CP"}
    page = stage.post("/events/new", data | {"see": "1"})
    assert page.status_code == 200
    assert "point à corriger" not in visible_text(page)
    unknown = stage.post("/events/new", data | {"see": "1", "audience_levels": "CP9"})
    assert unknown.status_code == 400
    elsewhere = stage.post("/events/new", {"see": "1"}, who="ada")
    assert "Choisissez un centre." in visible_text(elsewhere)


def test_references_and_conditions_are_not_mixed(stage: Stage) -> None:
    page = plan(stage, levels="CP", references="F-001")
    assert page.status_code == 400
    assert "Donnez des références ou des conditions, pas les deux." in visible_text(page)


def test_an_audience_of_nobody_plans_nothing(stage: Stage) -> None:
    page = plan(stage, levels="term")
    assert page.status_code == 400
    assert "Aucune famille ne correspond à ce public." in visible_text(page)
    assert re.search(r'value="term" checked', page.text)
