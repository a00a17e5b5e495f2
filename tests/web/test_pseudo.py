"""Every page of the console, with no word that was never translated, and no English in French."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import astuple

import pytest
from babel.dates import get_day_names, get_month_names
from fastapi.routing import APIRoute
from httpx import Response
from sqlalchemy import Column, select, update

from bot.audience import LEVELS
from bot.flows.base import RaiseAlarm
from bot.indicators.definitions import DEFINITIONS
from bot.languages import read_languages
from bot.messages import ChannelName, Shape
from bot.safeguarding import raise_alarm
from bot.storage import tables
from bot.storage.tables import inbound
from bot.tariffs import read_tariffs
from bot.web.console.pages import language_name
from bot.web.console.routes import PARTS
from tests.pseudo import in_french, only_english, speak_pseudo, words_of, words_seen
from tests.web.console_stage import NOW, Stage, furnish, open_stage
from tests.web.test_browser import furnish_more, furnish_rounds, furnish_wave, pages_of

DATA: tuple[Column[str], ...] = (  # what people wrote: it is shown as they wrote it
    tables.centres.c.name,
    tables.staff.c.name,
    tables.families.c.reference,
    tables.children.c.first_name,
    tables.contacts.c.name,
    tables.events.c.place,
    tables.event_texts.c.title,
    tables.event_texts.c.notes,
    tables.campaign_texts.c.title,
    tables.campaign_texts.c.body,
    tables.campaigns.c.host,
    tables.campaigns.c.place,
    tables.segments.c.name,
    tables.inbound.c.text,
    tables.outbox.c.body,
)
NAMES = (  # of the house, and what this test types
    "Carnet Ma Chance Moi Aussi t.me carnet_essai_bot carnet_poche_bot Parc Blandan Mme Dubois",
    "Viendrez-vous ?",
)
TARIFFS = read_tariffs(None).source
LONG = "Le texte a 6 phrases. Gardez l'essentiel : 5 au plus."  # of the proofreader
BY_DESIGN = {  # in French, as commands and exports say it: refusals, conditions, the dictionary
    "": LEVELS.values(),
    "indicators": ["Présences notées sous 48 h"]
    + [str(field) for one in DEFINITIONS for field in astuple(one)],
    "kept audience": ["centre : Les Tilleuls"],
    "who is invited": ["centre : Les Tilleuls", LONG],
    "an announcement": [TARIFFS],
    "a wave": [TARIFFS],
    "meetings": [TARIFFS, LONG, "Ce texte coûte 3 SMS. Raccourcissez-le. Signes qui coûtent :"],
    "words": ["La traduction est vide."],
    "a link to read": ["La traduction est vide."],
    "a wrong password": ["Adresse ou mot de passe inconnu."],
}
FILES = ("/media/{media_id}", ".ics", ".csv", "/received/", "{path:path}", "/")  # no pages


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = open_stage(
        tmp_path_factory.mktemp("pseudo"),
        telegram_bot="carnet_essai_bot",
        pocket_bot="carnet_poche_bot",
        shapes={ChannelName.SMS: Shape()},
    )
    furnish(stage)
    for number in range(21, 71):
        stage.family(f"F-{number:03}", f"Parent {number}", number=number)
    stage.ids["Everybody of Les Tilleuls"] = stage.add(
        tables.segments,
        centre_id=stage.ids["tilleuls"],
        name="Toutes les familles",
        filter={"centres": [stage.ids["tilleuls"]]},
        created_at=NOW,
    )
    furnish_more(stage)
    furnish_wave(stage)
    furnish_rounds(stage)
    guarded = stage.wait("Selin Kaya", "mon mari me frappe", reason="safeguarding", hours=3)
    stage.ids["guarded"] = guarded
    with stage.database.write() as db:
        theirs = db.scalar(select(inbound.c.id).where(inbound.c.text == "mon mari me frappe"))
        db.execute(update(inbound).where(inbound.c.id == theirs).values(guarded_by=guarded))
        raise_alarm(db, RaiseAlarm("violence", "me frappe"), guarded, theirs, "tr", NOW)
    yield stage
    stage.database.close()


def opened(stage: Stage) -> dict[str, tuple[str, str]]:
    """Every page of the console and who looks at it."""
    event, announcement = stage.ids["Bien dormir"], stage.ids["announcement"]
    return pages_of(stage) | {
        "words": (f"/events/{event}/words", "nadia"),
        "words of an announcement": (f"/campaigns/{announcement}/words", "nadia"),
        "voice": (f"/events/{event}/media", "nadia"),
        "voice of an announcement": (f"/campaigns/{announcement}/media", "nadia"),
        "sensitive": (f"/sensitive/{stage.ids['guarded']}", "dina"),
        "alarms": ("/alarms", "dina"),
        "duty": ("/duty", "dina"),
        "inbox of a director": ("/inbox", "dina"),
        "plan of outings": (f"/plans/{stage.ids['tilleuls']}/outing", "ada"),
        "events of all": ("/events", "ada"),
        "meetings of all": ("/meetings", "ada"),
        "indicators of a director": ("/indicators", "dina"),
    }


def sent(stage: Stage) -> dict[str, tuple[str, Mapping[str, str], str]]:
    """Every form that answers with a page: where to, what, and by whom."""
    amina, here = stage.ids["Amina Berrada"], {"centre": str(stage.ids["tilleuls"])}
    event, place = stage.ids["Sortie au parc"], "Parc Blandan"
    moved = {
        "title_fr": "Sortie",
        "on": "2026-12-12",
        "at": "14:00",
        "place": place,
        "version": "1",
    }
    moved["version"] = "1"
    first = {"on": "2026-11-24", "at": "10:00"}
    announced = {"kind": "announcement", "title_fr": "Fermé", "body_fr": "Nous revenons lundi."}
    met = {"host": "Mme Dubois", "place": place, "title_fr": "Parlons", "day_1": "2026-12-01"}
    met |= {"first": "17:00", "until": "18:30", "minutes": "30"}
    return {
        "an empty event": ("/events/new", {}, "ada"),
        "who is invited": ("/events/new", moved | here | {"see": "1", "kind": "outing"}, "nadia"),
        "a change": (f"/events/{event}/edit", moved, "nadia"),
        "a wrong change": (f"/events/{event}/edit", here, "nadia"),
        "an empty announcement": ("/campaigns/preview", {"kind": "announcement"}, "nadia"),
        "an announcement": ("/campaigns/preview", announced | first, "nadia"),
        "a wave": ("/campaigns/preview", {"kind": "wave", "wave": "2027-H1"} | first, "nadia"),
        "empty meetings": ("/meetings/preview", {}, "nadia"),
        "meetings": ("/meetings/preview", met | first | here, "nadia"),
        "a card": (f"/families/{stage.ids['F-001']}/contacts/{amina}/card", {}, "nadia"),
        "a code": ("/account/pocket", {}, "dina"),
        "a wrong password": ("/sign-in", {"email": "x", "password": "y"}, ""),
        "an old form": ("/events/new", {"form_token": "old"}, "nadia"),
        "a choice of families": ("/audience", {}, "nadia"),
        "a link to read": (f"/events/{stage.ids['Bien dormir']}/words/ar/link", {}, "nadia"),
    }


def shown(stage: Stage) -> Iterator[tuple[str, Response]]:
    """All of them, by name."""
    for name, (path, who) in opened(stage).items():
        browser = stage.browser(who) if who else stage.stranger()
        yield name, browser.get(path)
    for name, (path, form, who) in sent(stage).items():
        yield name, stage.post(path, form, who=who)


def data_words(stage: Stage) -> frozenset[str]:
    """The words that are shown as people wrote them, or as Babel formats them."""
    known = [*NAMES, "1er", *(language_name(one) for one in read_languages())]
    known += [one.name for one in read_languages().values()]
    for language in ("fr", "ar", "tr", "pt", "ro"):  # of the families on this stage
        known += get_day_names(locale=language).values()
        known += get_month_names(locale=language).values()
    for column in DATA:
        known += [row[0] or "" for row in stage.rows(select(column))]
    return frozenset(one.lower() for text in known for one in words_of(text))


def test_every_page_is_opened(stage: Stage) -> None:
    """A new page is added to the list of this test."""
    paths = {path.partition("?")[0] for path, _ in opened(stage).values()}
    routes = [one for part in PARTS for one in part.router.routes if isinstance(one, APIRoute)]
    assert len(routes) > 80
    for route in routes:
        if "GET" in (route.methods or ()) and not any(
            route.path == one or (one != "/" and one in route.path) for one in FILES
        ):
            assert any(re.fullmatch(route.path_regex, path) for path in paths), route.path


def by_design(name: str) -> frozenset[str]:
    """The words that the page of this name says in French whatever the language."""
    texts = [text for start, own in BY_DESIGN.items() if name.startswith(start) for text in own]
    return frozenset(one.lower() for text in texts for one in words_of(text))


def test_no_word_of_a_page_was_left_untranslated(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = data_words(stage)
    speak_pseudo(monkeypatch)
    for name, page in shown(stage):
        seen = {one for one in words_seen(page.text) if one.lower() not in data | by_design(name)}
        assert (name, seen) == (name, set())


def test_no_word_of_a_page_is_english(stage: Stage) -> None:
    english = only_english() - data_words(stage)
    assert len(english) > 500
    for name, page in shown(stage):
        seen = {one for one in words_seen(in_french(page.text)) if one.lower() in english}
        assert (name, seen) == (name, set())
