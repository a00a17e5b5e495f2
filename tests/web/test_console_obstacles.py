"""What keeps families from coming, on the pages: counted for all, suggested to who plans."""

from __future__ import annotations

from tests.reasons import tell
from tests.web.console_stage import Stage, visible_text

SUGGESTED = "Plusieurs familles travaillent à ce moment : proposez le soir ou le samedi."


def families_told(stage: Stage, n: int, code: str, *, kind: str = "workshop") -> None:
    """So many families gave one reason about one event."""
    event_id = stage.event("Bien dormir", days=-10, kind=kind)
    for number in range(n):
        stage.family(f"F-{number:03}", f"Parent {number}", number=number)
        tell(stage.database, stage.ids[f"F-{number:03}"], event_id, code)


def obstacles(stage: Stage, who: str = "nadia") -> str:
    """The part of the page of indicators that is about them."""
    words = visible_text(stage.browser(who).get("/indicators"))
    return words[words.index("Ce qui empêche de venir") :]


def test_reasons_stand_under_the_indicators(empty_stage: Stage) -> None:
    families_told(empty_stage, 6, "work")
    assert "Atelier Le travail 6 6" in obstacles(empty_stage)
    assert "Atelier Le travail 6 6" in obstacles(empty_stage, "eva")
    assert "Le travail" not in obstacles(empty_stage, "port"), "another centre"


def test_fewer_than_five_families_are_not_shown_and_the_text_says_so(empty_stage: Stage) -> None:
    families_told(empty_stage, 4, "health")
    words = obstacles(empty_stage)
    assert "La santé" not in words
    assert "moins de 5 familles ne sont pas montrées" in words
    assert "pas encore assez de réponses" in words


def test_who_plans_reads_what_to_try(empty_stage: Stage) -> None:
    families_told(empty_stage, 5, "work")
    words = visible_text(empty_stage.browser().get("/events/new"))
    assert f"Atelier : {SUGGESTED}" in words
    assert SUGGESTED not in visible_text(empty_stage.browser("port").get("/events/new"))


def test_too_few_families_suggest_nothing(empty_stage: Stage) -> None:
    families_told(empty_stage, 4, "work")
    words = visible_text(empty_stage.browser().get("/events/new"))
    assert "Ce que les familles ont dit" not in words


def test_suggestion_names_the_kind_of_event(empty_stage: Stage) -> None:
    families_told(empty_stage, 5, "transport", kind="outing")
    words = visible_text(empty_stage.browser().get("/events/new"))
    assert "Sortie : Venir est difficile" in words
    assert "Atelier : " not in words
