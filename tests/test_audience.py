"""A filter as data and in French words."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audience import (
    ANSWERS,
    EVERYBODY,
    KINDS,
    LEVELS,
    Answered,
    Attendance,
    Filter,
    Names,
    check_filter,
    describe,
    dump_filter,
    load_filter,
    tag_of,
)
from bot.errors import Rejected

NAMES = Names(centres={1: "Nord", 2: "Sud"}, groups={5: "Chorale"}, events={9: "Atelier écrans"})

WORDS: list[tuple[Filter, tuple[str, ...]]] = [
    (EVERYBODY, ()),
    (Filter(centres=frozenset({2, 1})), ("centre : Nord ou Sud",)),
    (Filter(centres=frozenset({8})), ("centre : centre 8, disparu",)),
    (Filter(cities=frozenset({"Nancy", "Lyon"})), ("ville : Lyon ou Nancy",)),
    (Filter(groups=frozenset({5})), ("groupe : Chorale",)),
    (
        Filter(levels=frozenset({"6e", "term", "CP"})),
        ("classe : CP, 6e ou terminale",),  # in the order of the school
    ),
    (Filter(languages=frozenset({"ar", "tr"})), ("langue d'un parent : arabe ou turc",)),
    (Filter(languages=frozenset({""})), ("langue d'un parent : pas encore connue",)),
    (
        Filter(attendance=Attendance(2, date(2026, 9, 1), "outing")),
        ("venue au moins 2 fois (sorties) depuis le 01/09/2026",),
    ),
    (Filter(attendance=Attendance(0)), ("invitée et jamais venue",)),
    (Filter(no_answer=1), ("sans réponse à la dernière invitation",)),
    (Filter(no_answer=3), ("sans réponse aux 3 dernières invitations",)),
    (Filter(no_answer_to=9), ("sans réponse à « Atelier écrans »",)),
    (Filter(no_answer_to=4), ("sans réponse à l'événement 4",)),
    (
        Filter(answered=Answered(9, frozenset({"maybe", "yes"}))),
        ("réponse oui ou peut-être à « Atelier écrans »",),
    ),
    (Filter(tags_any=frozenset({"bénévole"})), ("étiquette : bénévole",)),
    (Filter(tags_none=frozenset({"b", "a"})), ("sans l'étiquette : a ou b",)),
    (Filter(families=frozenset({3})), ("1 famille choisie",)),
    (Filter(families=frozenset({3, 4})), ("parmi 2 familles choisies",)),
]

ids = st.integers(min_value=1, max_value=9)
words = st.text(alphabet="abé' ", min_size=1, max_size=8)
filters = st.builds(
    Filter,
    centres=st.frozensets(ids, max_size=3),
    cities=st.frozensets(words, max_size=2),
    groups=st.frozensets(ids, max_size=2),
    levels=st.frozensets(st.sampled_from(sorted(LEVELS)), max_size=3),
    languages=st.frozensets(st.sampled_from(["", "fr", "ar", "tr"]), max_size=2),
    attendance=st.none()
    | st.builds(
        Attendance,
        st.integers(0, 99),
        st.none() | st.dates(),
        st.sampled_from(["", *KINDS]),
    ),
    no_answer=st.integers(0, 99),
    no_answer_to=st.none() | ids,
    answered=st.none()
    | st.builds(Answered, ids, st.frozensets(st.sampled_from(sorted(ANSWERS)), min_size=1)),
    tags_any=st.frozensets(st.sampled_from("abc"), max_size=2),
    tags_none=st.frozensets(st.sampled_from("xyz"), max_size=2),
    families=st.frozensets(ids, max_size=3),
)


@pytest.mark.parametrize(("wanted", "phrases"), WORDS)
def test_a_filter_is_said_in_french(wanted: Filter, phrases: tuple[str, ...]) -> None:
    assert describe(wanted, NAMES) == phrases


@given(filters)
def test_every_condition_is_said_once(wanted: Filter) -> None:
    asked = [one for one in fields(Filter) if getattr(wanted, one.name) != one.default]
    assert len(describe(wanted, NAMES)) == len(asked)


@given(filters)
def test_what_is_kept_as_data_comes_back_the_same(wanted: Filter) -> None:
    assert load_filter(json.loads(json.dumps(dump_filter(wanted)))) == wanted


def test_what_is_not_asked_is_not_kept() -> None:
    assert dump_filter(EVERYBODY) == {}
    assert dump_filter(Filter(levels=frozenset({"CP"}))) == {"levels": ["CP"]}


def test_a_condition_that_is_not_known_is_refused_rather_than_passed_over() -> None:
    with pytest.raises(Rejected, match="condition inconnue : shoe_size"):
        load_filter({"levels": ["CP"], "shoe_size": 43})


@pytest.mark.parametrize(
    "broken",
    [
        {"centres": ["un"]},
        {"centres": 3},
        {"cities": [3]},
        {"attendance": {"times": 2}},
        {"attendance": {"times": 2, "since": "hier", "kind": ""}},
        {"attendance": 3},
        {"answered": []},
        {"no_answer": True},
        {"no_answer": "trois"},
    ],
)
def test_data_that_is_no_filter_is_refused_in_french(broken: dict[str, Any]) -> None:
    with pytest.raises(Rejected, match="illisible"):
        load_filter(broken)


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        ({"levels": frozenset({"CP", "CP9"})}, "Classe inconnue : CP9"),
        ({"no_answer": -1}, "va de 1 à 99"),
        ({"no_answer": 100}, "va de 1 à 99"),
        ({"attendance": Attendance(-1)}, "de 0"),
        ({"attendance": Attendance(1, None, "party")}, "Type d'événement inconnu : party"),
        ({"answered": Answered(1, frozenset())}, "au moins une réponse"),
        ({"answered": Answered(1, frozenset({"perhaps"}))}, "au moins une réponse"),
        (
            {"tags_any": frozenset({"a"}), "tags_none": frozenset({"a", "b"})},
            "demandée et exclue à la fois : a",
        ),
    ],
)
def test_a_slip_is_refused_in_french(slip: dict[str, Any], said: str) -> None:
    with pytest.raises(Rejected, match=said):
        check_filter(replace(EVERYBODY, **slip))
    with pytest.raises(Rejected, match=said):  # also when it was stored
        load_filter(dump_filter(replace(EVERYBODY, **slip)))


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("  Bénévole ", "bénévole"),
        ("Parent  relais", "parent relais"),
        ("x" * 50, "x" * 40),
        (" ", ""),
    ],
)
def test_a_tag_is_lower_case_and_short(written: str, tag: str) -> None:
    assert tag_of(written) == tag
