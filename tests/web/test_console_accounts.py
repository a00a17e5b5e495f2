"""Accounts: who may sign in, for how long, and how often one may fail."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.accounts import FAILURES, LASTS, Attempts, add_staff, sign_in, sign_out, signed_in
from bot.errors import Rejected
from bot.storage.tables import sign_ins, staff
from tests.web.console_stage import NOW, PASSWORD, Stage

MINUTE = timedelta(minutes=1)


def test_whoever_was_added_can_sign_in_whatever_the_case_of_the_address(empty_stage: Stage) -> None:
    database = empty_stage.database
    with database.write() as db:
        staff_id = add_staff(db, " Lou@Example.org ", "Lou Petit", "director", PASSWORD, None, NOW)
    opened = sign_in(database, Attempts(), "lou@EXAMPLE.org", PASSWORD, NOW)
    with database.read() as db:
        found = signed_in(db, opened.token, NOW)
    assert found is not None
    assert (found.id, found.name, found.role, found.centre_id) == (
        staff_id,
        "Lou Petit",
        "director",
        None,
    )
    assert found.form_token == opened.form_token != opened.token


def test_neither_password_nor_token_rests_in_the_database(empty_stage: Stage) -> None:
    database = empty_stage.database
    with database.write() as db:
        add_staff(db, "lou@example.org", "Lou Petit", "director", PASSWORD, None, NOW)
    opened = sign_in(database, Attempts(), "lou@example.org", PASSWORD, NOW)
    rows = empty_stage.rows(select(staff)) + empty_stage.rows(select(sign_ins))
    for row in rows:
        assert PASSWORD not in str(row)
        assert opened.token not in str(row)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "neuf sign"}, "au moins 10 signes"),
        ({"role": "boss"}, "Le rôle doit être"),
        ({"email": "lou"}, "adresse électronique"),
        ({"name": "  "}, "Le nom manque."),
        ({"centre_id": 99}, "Ce centre n'existe pas."),
        ({"email": "NADIA@example.org"}, "déjà un compte"),
    ],
)
def test_an_incomplete_account_is_refused_in_words(
    empty_stage: Stage, change: dict[str, Any], words: str
) -> None:
    asked = {
        "email": "lou@example.org",
        "name": "Lou Petit",
        "role": "coordinator",
        "password": PASSWORD,
        "centre_id": None,
    }
    with (
        empty_stage.database.write() as db,
        pytest.raises(Rejected, match=words),
    ):
        add_staff(db, **(asked | change), now=NOW)


@pytest.mark.parametrize("email", ["nadia@example.org", "personne@example.org"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(
    empty_stage: Stage, email: str
) -> None:
    with pytest.raises(Rejected, match=r"^Adresse ou mot de passe inconnu\.$"):
        sign_in(empty_stage.database, Attempts(), email, "pas le bon mot", NOW)


def test_whoever_left_cannot_sign_in_and_is_out_at_once(empty_stage: Stage) -> None:
    database = empty_stage.database
    opened = sign_in(database, Attempts(), "nadia@example.org", PASSWORD, NOW)
    with database.write() as db:
        db.execute(
            update(staff).where(staff.c.email == "nadia@example.org").values(disabled_at=NOW)
        )
    with database.read() as db:
        assert signed_in(db, opened.token, NOW) is None
    with pytest.raises(Rejected):
        sign_in(database, Attempts(), "nadia@example.org", PASSWORD, NOW)


def test_after_five_failures_even_the_right_password_waits_a_quarter_of_an_hour(
    empty_stage: Stage,
) -> None:
    attempts, database = Attempts(), empty_stage.database
    for n in range(FAILURES):
        with pytest.raises(Rejected, match="inconnu"):
            sign_in(database, attempts, "nadia@example.org", "pas le bon mot", NOW + n * MINUTE)
    with pytest.raises(Rejected, match="Trop d'essais"):
        sign_in(database, attempts, "Nadia@example.org", PASSWORD, NOW + 5 * MINUTE)
    sign_in(database, attempts, "dina@example.org", PASSWORD, NOW + 5 * MINUTE)
    sign_in(database, attempts, "nadia@example.org", PASSWORD, NOW + 15 * MINUTE)


def test_a_success_forgets_the_failures_before_it() -> None:
    attempts = Attempts()
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert attempts.allow("nadia", NOW)
        attempts.succeeded("nadia")
    assert attempts.allow("nadia", NOW)


def test_a_sign_in_ends_after_twelve_hours_and_at_sign_out(empty_stage: Stage) -> None:
    database = empty_stage.database
    opened = sign_in(database, Attempts(), "nadia@example.org", PASSWORD, NOW)
    with database.read() as db:
        assert signed_in(db, opened.token, NOW + LASTS - MINUTE) is not None
        assert signed_in(db, opened.token, NOW + LASTS) is None
    with database.write() as db:
        sign_out(db, opened.token)
    with database.read() as db:
        assert signed_in(db, opened.token, NOW) is None
