"""Headings as people write them."""

from __future__ import annotations

import itertools

import pytest

from bot.errors import FileUnreadable
from bot.roster.columns import COLUMNS, REQUIRED, count_known, locate

NEEDED = ["famille", "centre", "enfant", "parent1", "telephone1"]


def column_of(heading: str) -> str | None:
    """Return what a heading is taken for, in a file that has only that one to offer."""
    for column in COLUMNS:
        others = [name for name in NEEDED if name != column]
        try:
            places = locate([*others, heading]).places
        except FileUnreadable:
            continue
        if places.get(column) == (len(others),):
            return column
    return None


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        *((column, column) for column in COLUMNS),
        *((column.upper(), column) for column in COLUMNS),
        ("Réf famille", "famille"),
        ("Réf. de la famille", "famille"),
        ("N° famille", "famille"),
        ("Nº FAMILLE", "famille"),
        ("famille n°", "famille"),
        ("ref_famille", "famille"),
        ("refFamille", "famille"),
        ("ID famille", "famille"),
        ("N° dossier", "famille"),
        ("family", "famille"),
        ("Family ID", "famille"),
        ("Centre social", "centre"),
        ("Nom du centre", "centre"),
        ("Structure", "centre"),
        ("center", "centre"),
        ("Prénom enfant", "enfant"),
        ("Prénom de l'enfant", "enfant"),
        ("Prenom de l’enfant", "enfant"),
        ("Enfant (prénom)", "enfant"),
        ("Élève", "enfant"),
        ("Prénom", "enfant"),
        ("Nom de l'enfant", "enfant"),
        ("child", "enfant"),
        ("Child's first name", "enfant"),
        ("Parent 1", "parent1"),
        ("PARENT_1", "parent1"),
        ("Parent n°1", "parent1"),
        ("1er parent", "parent1"),
        ("Nom du parent 1", "parent1"),
        ("Responsable légal 1", "parent1"),
        ("Mère", "parent1"),
        ("Nom de la mère", "parent1"),
        ("2ème parent", "parent2"),
        ("Père", "parent2"),
        ("Guardian 2 name", "parent2"),
        ("Tél 1", "telephone1"),
        ("Tél.", "telephone1"),
        ("TELEPHONE", "telephone1"),
        ("Tel. n° 1", "telephone1"),
        ("Numéro de téléphone", "telephone1"),
        ("Portable parent 2", "telephone2"),
        ("Tél. portable du parent 2", "telephone2"),
        ("telparent2", "telephone2"),
        ("Téléphone père", "telephone2"),
        ("Phone 2", "telephone2"),
        ("Langue", "langue1"),
        ("Langue parent 1", "langue1"),
        ("Langue parlée parent 2", "langue2"),
        ("language 2", "langue2"),
        ("WhatsApp", "whatsapp1"),
        ("Whats App 2", "whatsapp2"),
        ("WhatsApp parent 1 (oui/non)", "whatsapp1"),
        ("Lecture", "lecture1"),
        ("Lecture parent 2", "lecture2"),
        ("Lecture du père", "lecture2"),
        ("Lecture facile", "lecture1"),
        ("Présentation", "lecture1"),
        ("Présentation des messages 2", "lecture2"),
        ("lecture2", "lecture2"),
        ("Rendering 1", "lecture1"),
        ("Classe", "niveau"),
        ("Classe de l'enfant", "niveau"),
        ("Niveau scolaire", "niveau"),
        ("Groupe", "groupes"),
        ("Groupes de l'enfant", "groupes"),
        ("Groupe d'activité", "groupes"),
        ("Étiquettes", "etiquettes"),
        ("Tags", "etiquettes"),
        ("Contact principal", "contact_principal"),
        ("Contact principal (1/2)", "contact_principal"),
        ("Parent principal : 1 ou 2", "contact_principal"),
        ("Prévenir les deux", "prevenir_les_deux"),
        ("Prévenir les deux parents (oui/non)", "prevenir_les_deux"),
        ("Les deux parents", "prevenir_les_deux"),
    ],
)
def test_usual_headings_are_recognised(heading: str, column: str) -> None:
    assert column_of(heading) == column


@pytest.mark.parametrize(
    "heading",
    [
        "Nom de famille",
        "Date de naissance enfant",
        "Groupe scolaire",
        "Groupe 2",
        "Parent deux",
        "Premier trimestre",
        "Enfant 2",
        "Email parent 1",
        "Parent 3",
        "Niveau de lecture de l'enfant",
        "Atelier lecture",
        "Groupe lecture",
        "Parent 1 / Parent 2",
        "Tél travail",
        "Numéro WhatsApp",
        "Adresse",
        "Nom",
        "",
        "-",
        "x" * 5000,
    ],
)
def test_headings_about_something_else_are_left_alone(heading: str) -> None:
    assert column_of(heading) is None


def test_order_does_not_matter() -> None:
    for order in itertools.permutations(NEEDED):
        places = locate(order).places
        assert [order[places[column][0]] for column in NEEDED] == NEEDED


def test_unused_columns_are_reported_as_written() -> None:
    columns = locate([*NEEDED, "Date de naissance", "", None, "E-mail"])
    assert columns.ignored == ("Date de naissance", "E-mail")


@pytest.mark.parametrize("missing", REQUIRED)
def test_missing_required_column_is_named_with_the_columns_found(missing: str) -> None:
    present = [column for column in NEEDED if column != missing]
    with pytest.raises(FileUnreadable) as refused:
        locate([*present, "E-mail"])
    assert f"Il manque la colonne « {missing} »" in str(refused.value)
    assert all(f"« {column} »" in str(refused.value) for column in [*present, "E-mail"])


def test_all_missing_columns_are_named_at_once() -> None:
    with pytest.raises(FileUnreadable, match="les colonnes « enfant », « parent1 », « tele"):
        locate(["famille", "centre"])


def test_two_headings_for_one_column_are_refused() -> None:
    with pytest.raises(FileUnreadable, match="« Réf famille » et « N° famille »"):
        locate(["Réf famille", "N° famille", "centre", "enfant", "parent1", "telephone1"])


def test_school_level_is_preferred_to_the_class() -> None:
    columns = locate([*NEEDED, "Classe", "Niveau"])
    assert columns.places["niveau"] == (6,)
    assert columns.ignored == ("Classe",)


def test_first_name_of_the_child_is_preferred_to_the_surname() -> None:
    columns = locate(["famille", "centre", "Nom enfant", "Prénom enfant", "parent1", "tel"])
    assert columns.places["enfant"] == (3,)
    assert columns.ignored == ("Nom enfant",)


def test_first_name_and_surname_of_a_parent_are_joined() -> None:
    columns = locate(
        ["famille", "centre", "enfant", "Nom parent 1", "Prénom parent 1", "telephone1"]
    )
    assert columns.cell(("F1", "Metz", "Lina", "HADDAD", "Samira", ""), "parent1") == (
        "Samira HADDAD"
    )
    assert columns.cell(("F1", "Metz", "Lina", "HADDAD", None, ""), "parent1") == "HADDAD"


@pytest.mark.parametrize(
    ("mobile", "landline", "kept"),
    [("06", "01", "06"), ("", "01", "01"), ("-", "01", "01"), ("06", None, "06"), (None, "", None)],
)
def test_mobile_is_preferred_and_landline_fills_in(
    mobile: object, landline: object, kept: object
) -> None:
    columns = locate([*NEEDED[:4], "Tél fixe", "Portable"])
    assert columns.cell((*NEEDED[:4], landline, mobile), "telephone1") == kept


def test_short_row_has_nothing_in_its_last_columns() -> None:
    assert locate(NEEDED).cell(("F1", "Metz"), "enfant") is None


def test_row_of_headings_scores_above_rows_of_data() -> None:
    assert count_known(COLUMNS) == len(COLUMNS)
    assert count_known(("F1", "Centre Borny", "Lina", 639980001, None)) == 0
