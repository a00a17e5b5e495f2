"""The page of indicators: what is counted, how surely, and for whom."""

from __future__ import annotations

from datetime import date

import pytest

from bot.storage.tables import families
from tests.web.console_stage import NOW, Stage, visible_text


def page(stage: Stage, who: str = "nadia", query: str = "") -> str:
    """The page, as words."""
    answer = stage.browser(who).get(f"/indicators{query}")
    assert answer.status_code == 200
    return visible_text(answer)


def many_families(stage: Stage, n: int) -> None:
    """Active families with a gathering behind them, to which every second one came."""
    for number in range(n):
        stage.family(f"F-{number:03}", f"Parent {number}", number=number)
    event_id = stage.event("Bien dormir", days=-10)
    came = [str(stage.ids[f"F-{number:03}"]) for number in range(0, n, 2)]
    shown = [f"{stage.ids[f'F-{number:03}']}:" for number in range(n)]
    stage.post(f"/events/{event_id}/attendance", {"shown": shown, "came": came})


def test_a_figure_comes_with_its_denominator_and_its_interval_in_words(empty_stage: Stage) -> None:
    many_families(empty_stage, 40)
    words = page(empty_stage)
    assert "Juillet à décembre 2026 · Les Tilleuls" in words
    row = words[words.index("Participation I07") :]
    assert "20 40 40 50 % très probablement entre 35 et 65 sur 100" in row


def test_few_families_give_no_percentage(empty_stage: Stage) -> None:
    many_families(empty_stage, 8)
    row = page(empty_stage)
    row = row[row.index("Participation I07") :]
    assert "4 8 8 — trop peu de familles pour le dire moins de 11 familles" in row


def test_an_evaluator_gets_no_count_of_a_small_group(empty_stage: Stage) -> None:
    many_families(empty_stage, 8)
    words = page(empty_stage, "eva")
    assert "tous les centres ensemble" in words
    row = words[words.index("Participation I07") : words.index("Satisfaction séance")]
    assert "– – – – non montré moins de 11 familles" in row


def test_an_evaluator_s_page_names_nobody_and_leads_to_no_family(stage: Stage) -> None:
    html = stage.browser("eva").get("/indicators").text
    for word in ("Berrada", "F-001", "Bien dormir", 'href="/families"', 'href="/events"'):
        assert word not in html


def test_a_centre_s_figures_are_its_own(empty_stage: Stage) -> None:
    many_families(empty_stage, 12)
    assert "6 12 12 50 %" in page(empty_stage)
    assert "6 12 12 50 %" not in page(empty_stage, "port")
    assert "6 12 12 50 %" in page(empty_stage, "ada")


def test_the_half_year_can_be_chosen(empty_stage: Stage) -> None:
    many_families(empty_stage, 12)
    before = page(empty_stage, query="?period=2026-H1")
    assert "Janvier à juin 2026 · Les Tilleuls" in before
    row = before[before.index("Participation I07") :]
    assert "0 12 12" in row
    html = empty_stage.browser().get("/indicators?period=2019-H2").text
    assert '<option value="2019-H2" selected>' in html


def test_a_half_year_that_is_none_is_refused_in_words(stage: Stage) -> None:
    answer = stage.browser().get("/indicators?period=demain")
    assert answer.status_code == 400
    assert "Écrivez l'année puis H1" in visible_text(answer)


@pytest.mark.parametrize("who", ["nadia", "eva", "ada"])
def test_centres_are_never_set_side_by_side(stage: Stage, who: str) -> None:
    words = page(stage, who)
    assert not ("Les Tilleuls" in words and "Le Port" in words)
    assert "Les centres ne sont pas classés." in words


def test_a_new_family_counts_after_sixty_days(empty_stage: Stage) -> None:
    many_families(empty_stage, 12)
    with empty_stage.database.write() as db:
        db.execute(
            families.update()
            .where(families.c.reference == "F-001")
            .values(joined_on=date(NOW.year, 11, 1))
        )
    row = page(empty_stage)
    assert "6 11 11 55 %" in row[row.index("Participation I07") :]
