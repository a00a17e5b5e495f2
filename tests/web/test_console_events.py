"""Events: planning one, what the pages say about it, cancelling it, and who came."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.messages import DeliveryState
from bot.storage.console import invited
from bot.storage.console.events import event_line
from bot.storage.console.lines import PER_PAGE
from bot.storage.tables import (
    centres,
    contacts,
    event_texts,
    events,
    families,
    invitations,
    offers,
    outbox,
    steps,
)
from tests.web.console_stage import NOW, Stage, visible_text

RIGHT = {
    "kind": "outing",
    "title_fr": "Sortie au parc",
    "notes_fr": "Prenez un manteau.",
    "title_ar": "نزهة في الحديقة",
    "on": "2026-12-02",
    "at": "14:30",
    "place": "Parc Blandan",
    "seats": "15",
}


def page_of(stage: Stage, event_id: int) -> str:
    """An event's page, as words."""
    return visible_text(stage.browser().get(f"/events/{event_id}"))


# -- the list -------------------------------------------------------------------------------------


def test_what_comes_stands_before_what_was(stage: Stage) -> None:
    words = visible_text(stage.browser().get("/events"))
    words = words[words.index("À venir") :]
    order = ["Atelier cuisine", "Bien dormir", "Passés", "Sortie au musée"]
    places = [words.index(text) for text in order]
    assert places == sorted(places)


def test_the_list_counts_each_family_once(stage: Stage) -> None:
    words = visible_text(stage.browser().get("/events"))
    card = words[words.index("Bien dormir") : words.index("Passés")]
    assert "2 oui 1 peut-être 1 non 1 sans réponse 2 injoignables" in card
    assert "9 places libres sur 12" in card
    assert "10 places demandées sur liste d'attente" in card


def test_past_events_come_a_page_at_a_time(empty_stage: Stage) -> None:
    for n in range(PER_PAGE + 1):
        empty_stage.event(f"Rencontre {n:03}", days=-n - 1)
    first = visible_text(empty_stage.browser().get("/events"))
    assert "Rencontre 000" in first
    assert "Rencontre 050" not in first
    assert "Plus anciens" in first
    second = visible_text(empty_stage.browser().get("/events?page=2"))
    assert "Rencontre 050" in second
    assert "Rencontre 049" not in second


def test_what_should_not_be_is_said_on_the_first_page(stage: Stage) -> None:
    words = visible_text(stage.browser().get("/events"))
    assert "1 parent attend une réponse depuis plus de 24 heures." in words
    assert "1 message aurait dû partir et n'est pas parti." in words
    assert "À regarder" not in visible_text(stage.browser("port").get("/events"))


# -- planning -------------------------------------------------------------------------------------


def test_planning_writes_the_event_and_shows_its_page(stage: Stage) -> None:
    done = stage.post("/events/new", RIGHT | {"centre": str(stage.ids["tilleuls"])})
    assert done.status_code == 303
    event_id = int(done.headers["location"].rsplit("/", 1)[1])
    row = stage.row(events, event_id)
    assert (row.kind, row.centre_id, row.seats) == ("outing", stage.ids["tilleuls"], 15)
    assert row.starts_at == datetime.fromisoformat("2026-12-02T14:30+01:00")
    texts = stage.rows(
        select(event_texts.c.language, event_texts.c.title).where(
            event_texts.c.event_id == event_id
        )
    )
    assert dict(map(tuple, texts)) == {"fr": "Sortie au parc", "ar": "نزهة في الحديقة"}
    words = page_of(stage, event_id)
    assert "mercredi 2 décembre à 14h30" in words
    assert "7 familles invitées" in words
    assert "10 jours avant, à 10h : à toutes les familles invitées" in words
    assert "2 jours avant, à 18h : à celles qui viennent ou viendront peut-être" in words


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(stage: Stage) -> None:
    typed = RIGHT | {"centre": str(stage.ids["tilleuls"]), "on": "2026-11-01", "seats": "plein"}
    page = stage.post("/events/new", typed)
    assert page.status_code == 400
    assert "2 points à corriger" in visible_text(page)
    for field, text in (
        ("on", "Ce moment est passé. Choisissez-en un à venir."),
        ("seats", "Donnez un nombre, 1 ou plus, ou laissez vide."),
    ):
        assert re.search(rf'id="{field}-error">{re.escape(text)}<', page.text)
        control = re.search(rf'<input id="{field}"[^>]*>', page.text)
        assert control is not None
        assert 'aria-invalid="true"' in control[0]
        assert f"{field}-error" in control[0]
    for text in ("Sortie au parc", "Prenez un manteau.", "نزهة في الحديقة", "14:30", "plein"):
        assert text in page.text
    assert re.search(r'value="outing" checked', page.text)
    assert '<details class="more" open>' in page.text  # the translation is in sight
    assert not stage.rows(select(events.c.id).where(events.c.place == "Parc Blandan"))


def test_a_meeting_invites_one_family_and_never_the_whole_centre(stage: Stage) -> None:
    meeting = RIGHT | {"kind": "meeting", "centre": str(stage.ids["tilleuls"])}
    page = stage.post("/events/new", meeting)
    assert "Dites quelle famille est invitée à la rencontre." in visible_text(page)
    done = stage.post("/events/new", meeting | {"families": "f-003"})
    event_id = int(done.headers["location"].rsplit("/", 1)[1])
    assert list(attendance(stage, event_id)) == ["F-003"]


@pytest.mark.parametrize("reference", ["F-999", "P-001"])
def test_a_family_of_another_centre_cannot_be_invited(stage: Stage, reference: str) -> None:
    page = stage.post(
        "/events/new",
        RIGHT | {"centre": str(stage.ids["tilleuls"]), "families": f"F-001, {reference}"},
    )
    assert page.status_code == 400
    assert f"Le centre n'a pas de famille avec cette référence : {reference}" in visible_text(page)


def test_an_error_in_a_translation_says_which(stage: Stage) -> None:
    page = stage.post("/events/new", RIGHT | {"centre": "1", "title_ar": "", "notes_ar": "ملاحظة"})
    assert "Titre (arabe) : Le titre manque." in visible_text(page)
    assert '<a href="#title_ar">' in page.text


def test_whoever_sees_several_centres_chooses_one(stage: Stage) -> None:
    page = stage.browser("ada").get("/events/new")
    assert "Le Port" in visible_text(page)
    done = stage.post("/events/new", RIGHT | {"centre": str(stage.ids["port"])}, who="ada")
    assert done.status_code == 303
    [row] = stage.rows(select(events).where(events.c.place == "Parc Blandan"))
    assert row.centre_id == stage.ids["port"]


# -- the page -------------------------------------------------------------------------------------


def test_the_page_names_each_family_in_its_group(stage: Stage) -> None:
    words = page_of(stage, stage.ids["Bien dormir"])
    groups = ["Viennent 2", "Peut-être 1", "Ne viennent pas 1", "Sans réponse 1", "Injoignables 2"]
    parts = re.split("|".join(map(re.escape, groups)), words.split("Ce qui est prévu")[0])
    assert ["F-001" in part for part in parts] == [False, True, False, False, False, False]
    assert ["F-003" in part for part in parts] == [False, False, True, False, False, False]
    assert ["F-002" in part for part in parts] == [False, False, False, True, False, False]
    assert ["F-004" in part for part in parts] == [False, False, False, False, True, False]
    assert ["F-005" in part for part in parts] == [False, False, False, False, False, True]
    assert "Lina Amina Berrada, Youssef Berrada 2 adultes, 1 enfant arabe SMS" in words


def test_whoever_waits_for_a_place_is_not_expected(stage: Stage) -> None:
    words = page_of(stage, stage.ids["Bien dormir"])
    assert "Attendus : 2 adultes, 1 enfant." in words
    assert "Sur liste d'attente" in words


@pytest.mark.parametrize(
    ("contact", "messages", "why"),
    [
        ({"stopped_at": NOW}, [], "a demandé l'arrêt des messages (STOP)."),
        ({"erased_at": NOW}, [], "Aucun parent n'est enregistré."),
        ({}, [("refused", "budget_spent")], "Le budget SMS du mois est épuisé."),
        ({}, [("refused", "cap")], "a déjà reçu assez de messages"),
        ({}, [("failed", "no_more_tries")], "Plusieurs essais n'ont pas abouti."),
        ({}, [("refused", "a_new_reason")], "a_new_reason"),
    ],
)
def test_why_a_family_cannot_be_reached_is_said_in_words(
    empty_stage: Stage, contact: dict[str, Any], messages: list[tuple[str, str]], why: str
) -> None:
    stage = empty_stage
    stage.family("F-100", "Nina Roux", number=40)
    event_id = stage.event("Atelier jeux")
    with stage.database.write() as db:
        if contact:
            db.execute(contacts.update().values(**contact))
    for state, reason in messages:
        stage.message(event_id, "F-100", state, reason=reason)
    words = page_of(stage, event_id)
    assert "1 injoignable" in words
    assert why in words


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [("refused", "cap"), ("waiting", "")],
        [("refused", "cap"), ("delivered", "")],
        [("refused", "event_cancelled")],
    ],
    ids=["nothing tried", "one still waits", "one arrived", "only withdrawn"],
)
def test_a_family_that_can_still_answer_is_silent_not_out_of_reach(
    empty_stage: Stage, messages: list[tuple[str, str]]
) -> None:
    stage = empty_stage
    stage.family("F-100", "Nina Roux", number=40)
    event_id = stage.event("Atelier jeux")
    for state, reason in messages:
        stage.message(event_id, "F-100", state, reason=reason)
    words = page_of(stage, event_id)
    assert "1 sans réponse" in words
    assert "Injoignables" not in words


def test_one_guardian_within_reach_is_enough(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.family("F-100", "Nina Roux", "Marc Roux", number=40, dead="address_dead")
    stage.address(stage.ids["Marc Roux"], "+33639980041")
    event_id = stage.event("Atelier jeux")
    assert "1 sans réponse" in page_of(stage, event_id)


def test_the_list_and_the_page_agree_on_every_family(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    with stage.database.read() as db:
        line = event_line(db, None, event_id)
        sent = invited.event_messages(db, event_id)
        groups = [one.group for one in invited.households(db, None, event_id, sent)]
    assert line is not None
    counts = line.counts
    for name in ("yes", "no", "maybe", "silent", "unreachable"):
        assert getattr(counts, name) == groups.count(name), name
    assert counts.invited == len(groups)


def test_totals_reconcile(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    for number, state in enumerate(DeliveryState):
        stage.message(event_id, f"F-00{number % 4 + 1}", state, step="reminder", reason="cap")
    with stage.database.read() as db:
        sent = invited.event_messages(db, event_id)
    totals = invited.totals(sent)
    stored = stage.rows(
        select(func.count()).select_from(outbox).where(outbox.c.event_id == event_id)
    )
    assert sum(one.targeted for one in totals) == len(sent) == stored[0][0]
    reminder = next(one for one in totals if one.step == "reminder")
    assert (reminder.sent, reminder.waiting, reminder.failed) == (3, 2, 1)
    assert reminder.refused == {"cap": 1}
    words = page_of(stage, event_id)
    assert "Visés = envoyés + en attente + non envoyés + échecs" in words
    assert "Rappel 7 3 2 1 1" in words
    assert "Total 14 7 3 2 2" in words


def test_every_message_shows_its_fate(stage: Stage) -> None:
    words = page_of(stage, stage.ids["Bien dormir"])
    fates = words[words.index("Invitation : 7 messages") :]
    assert "F-006 Ioana Pop SMS samedi 21 novembre à 10h Échec L'opérateur a filtré" in fates
    assert "F-005 Mireille Okou – samedi 21 novembre à 10h Non envoyé Le numéro ne" in fates
    assert "F-001 Amina Berrada SMS samedi 21 novembre à 10h Remis" in fates


def test_the_plan_says_when_a_step_really_leaves(empty_stage: Stage) -> None:
    stage = empty_stage
    event_id = stage.event("Lundi lecture", days=14, at=time(18))  # Monday 7 December
    with stage.database.write() as db:
        db.execute(
            steps.update()
            .where(steps.c.event_id == event_id, steps.c.name == "reminder")
            .values(days=-1)
        )
    words = page_of(stage, event_id)
    assert "1 jour avant, à 18h" in words
    assert "Partira : lundi 7 décembre à 9h (rien ne part la nuit, le dimanche" in words


def test_hours_are_those_of_the_centre_s_clock(empty_stage: Stage) -> None:
    stage = empty_stage
    with stage.database.write() as db:
        db.execute(centres.update().values(time_zone="Indian/Reunion"))
    stage.family("F-100", "Nina Roux", number=40)
    event_id = stage.event("Atelier jeux")
    stage.message(event_id, "F-100", "delivered")
    assert "samedi 21 novembre à 13h" in page_of(stage, event_id)


# -- cancelling -----------------------------------------------------------------------------------


def test_cancelling_says_first_how_many_families_are_told(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    with stage.database.write() as db:
        db.execute(
            invitations.update()
            .where(
                invitations.c.event_id == event_id,
                invitations.c.family_id == stage.ids["F-005"],
            )
            .values(invited_at=NOW - timedelta(days=4))
        )
    words = visible_text(stage.browser().get(f"/events/{event_id}/cancel"))
    assert "3 familles seront prévenues" in words  # two yes, one maybe; the no is left in peace
    assert "1 famille est au courant mais aucun message ne peut l'atteindre" in words
    assert "F-005, Mireille Okou" in words
    assert stage.row(events, event_id).status == "planned"


def test_a_confirmed_cancellation_stops_what_waits_and_wakes_the_sender(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    done = stage.post(f"/events/{event_id}/cancel")
    assert (done.status_code, done.headers["location"]) == (303, f"/events/{event_id}")
    assert stage.row(events, event_id).status == "cancelled"
    waiting = stage.rows(
        select(outbox.c.id).where(
            outbox.c.event_id == event_id,
            outbox.c.state == "waiting",
            outbox.c.purpose == "invitation",
        )
    )
    assert waiting == []
    assert stage.wakes == 1
    words = page_of(stage, event_id)
    assert "Cet événement est annulé." in words
    assert "Annuler l'événement" not in words
    assert "Annulé" in visible_text(stage.browser().get("/events"))


def test_an_event_is_cancelled_once(stage: Stage) -> None:
    event_id = stage.ids["Bien dormir"]
    stage.post(f"/events/{event_id}/cancel")
    again = stage.post(f"/events/{event_id}/cancel")
    assert again.status_code == 400
    assert "déjà annulé" in visible_text(again)
    assert stage.wakes == 1


# -- attendance -----------------------------------------------------------------------------------


def attendance(stage: Stage, event_id: int) -> dict[str, bool | None]:
    """Who came, by reference."""
    rows = stage.rows(
        select(families.c.reference, invitations.c.attended)
        .join(invitations, invitations.c.family_id == families.c.id)
        .where(invitations.c.event_id == event_id)
    )
    return dict(map(tuple, rows))


def shown(stage: Stage, event_id: int) -> list[str]:
    """What an attendance form, just opened, carries with it."""
    html = stage.browser().get(f"/events/{event_id}").text
    return re.findall(r'name="shown" value="([^"]*)"', html)


def test_attendance_is_ticked_from_the_day_on(stage: Stage) -> None:
    assert "Qui est venu" in page_of(stage, stage.ids["Atelier cuisine"])
    assert "Qui est venu" in page_of(stage, stage.ids["Sortie au musée"])
    coming = stage.ids["Bien dormir"]
    assert "Qui est venu" not in page_of(stage, coming)
    early = stage.post(
        f"/events/{coming}/attendance", {"shown": f"{stage.ids['F-001']}:", "came": "1"}
    )
    assert early.status_code == 400
    assert "le jour même ou après" in visible_text(early)


def test_ticked_families_came_and_the_others_did_not(stage: Stage) -> None:
    event_id = stage.ids["Atelier cuisine"]
    came = [str(stage.ids["F-001"]), str(stage.ids["F-004"])]
    done = stage.post(
        f"/events/{event_id}/attendance", {"shown": shown(stage, event_id), "came": came}
    )
    assert done.status_code == 303
    ticks = attendance(stage, event_id)
    assert sorted(name for name, present in ticks.items() if present) == ["F-001", "F-004"]
    assert list(ticks.values()).count(False) == 5
    html = stage.browser().get(f"/events/{event_id}").text
    assert len(re.findall(r'name="came" value="\d+" checked', html)) == 2


def test_what_a_colleague_ticked_meanwhile_stays(stage: Stage) -> None:
    event_id = stage.ids["Atelier cuisine"]
    path = f"/events/{event_id}/attendance"
    opened_by_both = shown(stage, event_id)
    stage.post(path, {"shown": opened_by_both, "came": [str(stage.ids["F-002"])]})
    stage.post(path, {"shown": opened_by_both, "came": [str(stage.ids["F-001"])]})
    came = attendance(stage, event_id)
    assert (came["F-001"], came["F-002"], came["F-003"]) == (True, True, False)


def test_a_tick_by_mistake_can_be_taken_back(stage: Stage) -> None:
    event_id = stage.ids["Atelier cuisine"]
    path = f"/events/{event_id}/attendance"
    stage.post(path, {"shown": shown(stage, event_id), "came": [str(stage.ids["F-002"])]})
    stage.post(path, {"shown": shown(stage, event_id)})
    assert attendance(stage, event_id)["F-002"] is False


def test_a_family_without_an_invitation_is_added_by_its_reference(stage: Stage) -> None:
    stage.family("F-050", "Nina Roux", number=50)
    event_id = stage.ids["Atelier cuisine"]
    stage.post(f"/events/{event_id}/attendance", {"also": " F-050 "})
    assert attendance(stage, event_id)["F-050"] is True


@pytest.mark.parametrize("reference", ["F-999", "P-001"])
def test_an_unknown_reference_is_refused_and_the_ticks_stay_on_the_page(
    stage: Stage, reference: str
) -> None:
    event_id = stage.ids["Atelier cuisine"]
    ticked = str(stage.ids["F-002"])
    page = stage.post(
        f"/events/{event_id}/attendance",
        {"shown": shown(stage, event_id), "came": [ticked], "also": reference},
    )
    assert page.status_code == 400
    assert f"Aucune famille ne porte la référence « {reference} »." in visible_text(page)
    assert f'value="{ticked}" checked' in page.text
    assert set(attendance(stage, event_id).values()) == {None}


def test_a_family_of_another_event_is_not_ticked_by_a_forged_form(stage: Stage) -> None:
    event_id = stage.ids["Atelier cuisine"]
    other = stage.ids["P-001"]
    stage.post(
        f"/events/{event_id}/attendance", {"shown": [f"{other}:", "x:", ":"], "came": [str(other)]}
    )
    assert "P-001" not in attendance(stage, event_id)


def test_what_families_are_called_is_shown_as_text(empty_stage: Stage) -> None:
    stage = empty_stage
    stage.family("F-100", "<b>Nina</b>", child="<script>x</script>", number=40)
    event_id = stage.event("<img src=x>")
    for path in (f"/events/{event_id}", "/events", "/families", f"/families/{stage.ids['F-100']}"):
        html = stage.browser().get(path).text
        assert "<b>Nina" not in html
        assert "<script>x" not in html
        assert "<img src=x>" not in html


# -- the waiting list -----------------------------------------------------------------------------


def answer(stage: Stage, event_id: int, reference: str, **values: Any) -> None:
    """Write a family's answer to an event."""
    with stage.database.write() as db:
        db.execute(
            invitations.update()
            .where(
                invitations.c.event_id == event_id,
                invitations.c.family_id == stage.ids[reference],
            )
            .values(rsvp="yes", rsvp_at=NOW - timedelta(days=1), **values)
        )


def test_the_page_shows_who_waits_in_order_and_why_nobody_is_offered(stage: Stage) -> None:
    event_id = stage.event("Jeux", seats=3)
    answer(stage, event_id, "F-001", seat="held", party=2)
    answer(stage, event_id, "F-003", seat="waiting", party=3, waiting_number=1)
    answer(
        stage, event_id, "F-002", seat="waiting", party=2, adults=1, children=1, waiting_number=2
    )
    words = page_of(stage, event_id)
    listed = words[words.index("Liste d'attente 1 place") :]
    assert "1 place n'est ni prise ni proposée." in listed
    assert "Il n'y a assez de places libres pour aucune des familles qui attendent." in listed
    assert listed.index("1 F-003 3") < listed.index("2 F-002 2 1 adulte, 1 enfant")


def test_the_page_shows_the_offer_that_stands_and_until_when(stage: Stage) -> None:
    event_id = stage.event("Jeux", seats=3)
    answer(stage, event_id, "F-003", seat="waiting", party=3, waiting_number=1, passed_over=1)
    offer = {
        "event_id": event_id,
        "family_id": stage.ids["F-003"],
        "key": "offer",
        "places": 3,
        "live": True,
        "made_at": NOW,
        "expires_at": NOW + timedelta(hours=3),
    }
    offer_id = stage.add(offers, **offer)
    assert "Le message n'est pas encore parti." in page_of(stage, event_id)
    with stage.database.write() as db:
        db.execute(offers.update().where(offers.c.id == offer_id).values(told_at=NOW))
    words = page_of(stage, event_id)
    assert "A reçu une proposition." in words
    assert "Gardée jusqu'à lundi 23 novembre à 13h" in words
    assert "1 famille moins nombreuse est passée avant." in words
    assert "assez de places libres" not in words


def test_places_can_be_counted_for_children_only(stage: Stage) -> None:
    form = RIGHT | {"centre": str(stage.ids["tilleuls"]), "seats_for": "children"}
    done = stage.post("/events/new", form)
    assert (
        stage.row(events, int(done.headers["location"].rsplit("/", 1)[1])).seats_for == "children"
    )
    wrong = stage.post("/events/new", form | {"seats_for": "dogs"})
    assert wrong.status_code == 400
    assert "Dites pour qui les places sont comptées." in visible_text(wrong)


def test_the_first_page_says_that_the_provider_does_not_reach_us(stage: Stage) -> None:
    for _ in range(21):
        stage.message(None, "F-006", "sent", sent_at=NOW - timedelta(hours=3))
    words = visible_text(stage.browser().get("/events"))
    assert "21 messages sont partis sans que le fournisseur nous dise s'ils sont arrivés" in words
    assert "CARNET_PUBLIC_URL suivie de /webhooks/twilio" in words
    assert "CARNET_TWILIO_AUTH_TOKEN" in words
