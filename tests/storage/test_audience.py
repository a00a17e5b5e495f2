"""Who is in an audience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.audience import EVERYBODY, LEVELS, Answered, Attendance, Filter
from bot.storage import audience as stored
from bot.storage.audience import members
from tests.house import House
from tests.network import Network

HERE = {0, 1, 2, 3, 4, 5, 6}  # who has not left


@pytest.fixture
def network(house: House) -> Network:
    """Three centres, eight families."""
    return Network(house)


def found(network: Network, wanted: Filter = EVERYBODY, within: str | None = None) -> set[int]:
    """The numbers of the families that meet a filter."""
    with network.house.database.read() as db:
        reader = network.centres[within] if within else None
        audience = members(db, wanted, network.house.clock(), reader)
    assert len({one.family_id for one in audience}) == len(audience)
    return network.numbers(one.family_id for one in audience)


def asking(network: Network, **conditions: Any) -> Filter:
    """A filter with the network's names in place of ids."""
    known: Mapping[str, Mapping[Any, int]] = {
        "centres": network.centres,
        "groups": network.groups,
        "families": network.families,
    }
    found: dict[str, Any] = {
        name: frozenset(known[name][one] for one in values) if name in known else frozenset(values)
        for name, values in conditions.items()
    }
    return replace(EVERYBODY, **found)


@pytest.mark.parametrize(
    ("conditions", "within", "numbers"),
    [
        ({}, None, HERE),
        ({}, "Nord", {0, 1, 2, 3}),
        ({}, "Est", {6}),  # F07 left
        ({"centres": ["Sud"]}, None, {2, 4, 5}),
        ({"centres": ["Sud", "Est"]}, None, {2, 4, 5, 6}),
        ({"centres": ["Sud"]}, "Nord", set()),
        ({"cities": ["Lyon"]}, None, {0, 1, 2, 3, 4, 5}),
        ({"cities": ["Lyon", "Nancy"]}, None, HERE),
        ({"cities": ["Nancy"], "centres": ["Nord"]}, None, set()),
        ({"groups": ["Chorale"]}, None, {0, 1}),
        ({"groups": ["Chorale", "Foot"]}, None, {0, 1}),
        ({"groups": ["Théâtre", "Foot"]}, None, {1, 4, 5}),
        ({"groups": ["Théâtre"]}, "Nord", set()),
        ({"levels": ["CP"]}, None, {0, 2, 4}),
        ({"levels": ["CP", "CE1"]}, None, {0, 1, 2, 4, 6}),
        ({"levels": ["CP"], "centres": ["Sud"]}, None, {4}),  # Dora is in CP, at Nord
        ({"levels": ["CM2"]}, "Nord", set()),  # Dario is at Sud
        ({"levels": ["6e"], "groups": ["Chorale"]}, None, set()),  # brother and sister
        ({"languages": ["fr"]}, None, {0, 1, 4, 6}),
        ({"languages": ["ar", "tr"]}, None, {1, 2}),
        ({"languages": [""]}, None, {3}),
        ({"languages": ["", "pt"]}, None, {3, 5}),
        ({"tags_any": ["bénévole"]}, None, {0, 1}),
        ({"tags_any": ["bénévole", "transport"]}, None, {0, 1, 4}),
        ({"tags_none": ["transport"]}, None, {0, 2, 3, 5, 6}),
        ({"tags_any": ["bénévole"], "tags_none": ["transport"]}, None, {0}),
        ({"families": [1, 4, 7]}, None, {1, 4}),
        ({"families": [1, 4]}, "Nord", {1}),
    ],
)
def test_conditions_narrow_and_the_values_of_one_widen(
    network: Network, conditions: dict[str, Any], within: str | None, numbers: set[int]
) -> None:
    assert found(network, asking(network, **conditions), within) == numbers


def test_a_family_of_two_centres_stands_once_with_the_centre_that_matched(
    network: Network,
) -> None:
    def centre_of(wanted: Filter, within: str | None = None) -> int:
        with network.house.database.read() as db:
            reader = network.centres[within] if within else None
            audience = members(db, wanted, network.house.clock(), reader)
        return next(one.centre_id for one in audience if one.family_id == network.families[2])

    assert centre_of(EVERYBODY) == min(network.centres["Nord"], network.centres["Sud"])
    assert centre_of(asking(network, levels=["CM2"])) == network.centres["Sud"]
    assert centre_of(EVERYBODY, "Sud") == network.centres["Sud"]


# -- what families did ----------------------------------------------------------------------------


def test_who_came_so_often_is_counted_by_kind_and_since_a_day(network: Network) -> None:
    came, missed = {"attended": True}, {"attended": False}
    network.event(-100, invited={0: came, 1: came, 2: missed})
    network.event(-30, kind="outing", invited={0: came, 1: missed})
    network.event(-10, invited={0: came, 3: came})
    network.event(-5, status="cancelled", invited={3: came})
    month_ago = (network.house.clock() - timedelta(days=31)).date()
    for times, since, kind, numbers in (
        (1, None, "", {0, 1, 3}),
        (2, None, "", {0}),
        (3, None, "", {0}),
        (4, None, "", set()),
        (1, None, "outing", {0}),
        (2, None, "workshop", {0}),
        (1, month_ago, "", {0, 3}),
        (1, month_ago, "workshop", {0, 3}),
        (2, month_ago, "workshop", set()),
    ):
        wanted = Filter(attendance=Attendance(times, since, kind))
        assert found(network, wanted) == numbers, (times, since, kind)


def test_never_came_is_said_of_who_was_invited_where_a_list_was_kept(network: Network) -> None:
    network.event(
        -20,
        invited={
            0: {"attended": True},
            1: {"attended": False},
            2: {"attended": None},  # not ticked, where others were
            3: {"attended": False, "invited_at": None},  # never told of it
        },
    )
    network.event(-10, centre="Sud", invited={4: {}, 5: {}})  # nobody noted who came
    network.event(5, centre="Est", invited={6: {}})  # still to come
    assert found(network, Filter(attendance=Attendance(0))) == {1, 2}
    assert found(network, Filter(attendance=Attendance(0, kind="outing"))) == set()


def test_who_left_their_last_invitations_unanswered(network: Network) -> None:
    yes = {"rsvp": "yes", "rsvp_at": network.house.clock()}
    network.event(-30, invited={0: yes, 1: {}, 2: {}})
    network.event(-20, invited={0: {}, 1: yes, 2: {}})
    network.event(-10, invited={0: {}, 1: {}, 2: {}, 3: {}})
    network.event(-5, invited={3: {"invited_at": None}})  # it never left
    network.event(-4, invited={2: yes}, status="cancelled")
    for last, numbers in ((1, {0, 1, 2, 3}), (2, {0, 2}), (3, {2}), (4, set())):
        assert found(network, Filter(no_answer=last)) == numbers, last


def test_who_answered_and_who_did_not_to_one_event(network: Network) -> None:
    event_id = network.event(
        7,
        invited={
            0: {"rsvp": "yes"},
            1: {"rsvp": "no"},
            2: {"rsvp": "maybe"},
            3: {},
            4: {"invited_at": None},
        },
    )
    network.event(7, invited={5: {"rsvp": "yes"}, 6: {}})
    assert found(network, Filter(no_answer_to=event_id)) == {3}
    for answers, numbers in (({"yes"}, {0}), ({"no", "maybe"}, {1, 2})):
        wanted = Filter(answered=Answered(event_id, frozenset(answers)))
        assert found(network, wanted) == numbers


# -- what always holds ----------------------------------------------------------------------------

conditions = st.fixed_dictionaries(
    {},
    optional={
        "centres": st.frozensets(st.integers(1, 4), min_size=1),
        "cities": st.frozensets(st.sampled_from(["Lyon", "Nancy", "Metz"]), min_size=1),
        "groups": st.frozensets(st.integers(1, 5), min_size=1),
        "levels": st.frozensets(st.sampled_from(sorted(LEVELS)), min_size=1),
        "languages": st.frozensets(st.sampled_from(["", "fr", "ar", "pt"]), min_size=1),
        "attendance": st.builds(
            Attendance, st.integers(0, 3), st.none(), st.sampled_from(["", "workshop"])
        ),
        "no_answer": st.integers(1, 3),
        "no_answer_to": st.integers(1, 3),
        "answered": st.builds(
            Answered, st.integers(1, 3), st.frozensets(st.sampled_from(["yes", "no"]), min_size=1)
        ),
        "tags_any": st.frozensets(st.sampled_from(["bénévole", "transport"]), min_size=1),
        "tags_none": st.frozensets(st.sampled_from(["bénévole", "transport"]), min_size=1),
        "families": st.frozensets(st.integers(1, 9), min_size=1),
    },
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=conditions, left_away=st.sampled_from([one.name for one in fields(Filter)]))
def test_one_more_condition_never_enlarges(
    lively: Network, asked: dict[str, Any], left_away: str
) -> None:
    fewer = {name: value for name, value in asked.items() if name != left_away}
    narrow, wide = found(lively, Filter(**asked)), found(lively, Filter(**fewer))
    assert narrow <= wide <= HERE
    for within in ("Nord", "Sud", "Est"):
        assert found(lively, Filter(**asked), within) <= narrow


@pytest.fixture
def lively(network: Network) -> Network:
    """The same, where things have happened."""
    came, missed = {"attended": True, "rsvp": "yes"}, {"attended": False}
    network.event(-30, invited={0: came, 1: missed, 2: missed, 6: came})
    network.event(-10, kind="outing", invited={0: came, 1: {"rsvp": "no"}, 2: {}, 4: missed})
    network.event(5, invited={0: {"rsvp": "yes"}, 1: {}, 2: {}, 3: {}})
    return network


# -- what a filter may name -----------------------------------------------------------------------


def test_a_reader_is_offered_what_their_centre_has(network: Network) -> None:
    network.event(-3, centre="Sud")
    network.event(3)
    with network.house.database.read() as db:
        nord = network.centres["Nord"]
        assert stored.cities_seen(db, None) == ("Lyon", "Nancy")
        assert stored.cities_seen(db, nord) == ("Lyon",)
        assert [row.name for row in stored.groups_seen(db, nord)] == ["Chorale", "Foot"]
        assert len(stored.groups_seen(db, None)) == 4
        assert stored.tags_seen(db, nord) == ("bénévole", "transport")
        assert stored.tags_seen(db, network.centres["Est"]) == ()
        assert stored.languages_seen(db, nord) == ("", "ar", "fr", "tr")
        assert [row.centre for row in stored.events_seen(db, None)] == ["Nord", "Sud"]
        assert [row.centre for row in stored.events_seen(db, nord)] == ["Nord"]
