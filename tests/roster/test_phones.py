"""Telephone numbers as people write them. Every number is reserved for fiction, or is the
example that `phonenumbers` gives for a country."""

from __future__ import annotations

import datetime as dt

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from bot.roster.phones import FICTION_FR, OVERSEAS_FR, Phone, PhoneError, parse_phone

AMINA = Phone("+33639980001", can_text=True)


def example(region: str, kind: int = PhoneNumberType.MOBILE) -> phonenumbers.PhoneNumber:
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    return number


def e164(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    "written",
    [
        "06 39 98 00 01",
        "0639980001",
        "06.39.98.00.01",
        "06-39-98-00-01",
        "06/39/98/00/01",
        "06_39_98_00_01",
        "(06) 39 98 00 01",
        " 0639980001\n",
        "06\u00a039\u202f98\u00a000\u200901",
        "\u202a+33 6 39 98 00 01\u202c",
        "+33639980001",
        "+33 6 39 98 00 01",
        "+33 (0)6 39 98 00 01",
        "+33 ( 0 ) 6 39 98 00 01",
        "+33 06 39 98 00 01",
        "(+33) 6 39 98 00 01",
        "0033 6 39 98 00 01",
        "0033 (0)6 39 98 00 01",
        "33639980001",
        "639980001",
        639980001,
        639980001.0,
        33639980001,
        33639980001.0,
        "639980001.0",
        "639980001,0",
        "6,39980001E+08",
        "6.39980001e8",
        "3,3639980001E+10",
        "'0639980001",
        '="0639980001"',
        "Tél: 06 39 98 00 01",
        "Port. 06 39 98 00 01",
        "06 39 98 00 01 (maman)",
        "tel:+33639980001",
        "٠٦٣٩٩٨٠٠٠١",
        "۰۶ ۳۹ ۹۸ ۰۰ ۰۱",
        "０６３９９８０００１",
    ],
)
def test_one_number_in_many_spellings(written: object) -> None:
    assert parse_phone(written) == AMINA


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, "aucun numéro"),
        ("", "aucun numéro"),
        ("pas de téléphone", "aucun numéro"),
        (True, "aucun numéro"),
        (float("nan"), "aucun numéro"),
        ("06 39 98 00 01 / 06 39 98 00 02", "plus d'un numéro"),
        ("06 39 98 00 01 ou 06 39 98 00 02", "plus d'un numéro"),
        ("0639980001\n0639980002", "plus d'un numéro"),
        ("639980001 639980002", "plus d'un numéro"),
        ("+33639980001+33639980002", "plus d'un numéro"),
        ("+336399 +336398", "plus d'un numéro"),
        ("06 39 98 00 0", "il manque des chiffres (9 lus)"),
        ("39980001", "il manque des chiffres (8 lus)"),
        ("06 39 98 00 01 2", "trop de chiffres"),
        ("06 39 98 00 01 poste 2", "des lettres au milieu"),
        ("O6 39 98 OO 01", "des lettres au milieu"),
        ("6,4E+08", "perdu des chiffres"),
        ("6,3998E+08", "perdu des chiffres"),
        ("6E+08", "perdu des chiffres"),
        (639980001.5, "n'existe pas"),
        (dt.date(2006, 3, 9), "une date"),
        (dt.time(6, 39), "une date"),
        ("00 00 00 00 00", "n'existe pas"),
        ("+33 6", "n'existe pas"),
        ("+999 639980001", "n'existe pas"),
    ],
)
def test_doubtful_numbers_are_refused_with_a_reason(written: object, reason: str) -> None:
    with pytest.raises(PhoneError, match=r".") as refused:
        parse_phone(written)
    assert reason in str(refused.value)


@pytest.mark.parametrize("block", FICTION_FR)
def test_every_block_kept_for_fiction_passes_to_its_last_number(block: str) -> None:
    for end in ("0000", "9999"):
        phone = parse_phone(f"0{block}{end}")
        assert phone == Phone(f"+33{block}{end}", can_text=block.startswith("6"))


@pytest.mark.parametrize("region", OVERSEAS_FR)
@pytest.mark.parametrize("spelling", ["0{}", "{}", "+33{}", "+33 0{}"])
def test_overseas_mobile_gets_the_country_code_of_its_territory(region: str, spelling: str) -> None:
    number = example(region)
    assert parse_phone(spelling.format(number.national_number)) == Phone(e164(number), True)


@pytest.mark.parametrize("region", OVERSEAS_FR)
def test_overseas_number_keeps_its_own_country_code(region: str) -> None:
    number = example(region)
    for written in (e164(number), e164(number).replace("+", "00"), e164(number).lstrip("+")):
        assert parse_phone(written) == Phone(e164(number), True)


@pytest.mark.parametrize("region", OVERSEAS_FR)
def test_overseas_landline_is_kept_and_cannot_be_texted(region: str) -> None:
    number = example(region, PhoneNumberType.FIXED_LINE)
    assert parse_phone(f"0{number.national_number}") == Phone(e164(number), can_text=False)


@pytest.mark.parametrize("region", ["TR", "RO", "PT", "MA", "DZ", "UA", "AL", "SN", "ML", "IT"])
def test_foreign_mobile_is_kept_when_its_country_is_written(region: str) -> None:
    number = example(region)
    written = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    assert parse_phone(written) == Phone(e164(number), can_text=True)
    assert parse_phone(written.replace("+", "00 ")) == Phone(e164(number), can_text=True)


def test_foreign_number_without_plus_is_not_guessed() -> None:
    with pytest.raises(PhoneError, match="commencez par \\+"):
        parse_phone(e164(example("TR")).lstrip("+"))


@pytest.mark.parametrize("kind", [PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP])
def test_french_landline_and_box_number_are_kept_and_cannot_be_texted(kind: int) -> None:
    number = example("FR", kind)
    assert parse_phone(f"0{number.national_number}") == Phone(e164(number), can_text=False)


@pytest.mark.parametrize("kind", [PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE])
def test_switchboards_are_not_a_parent(kind: int) -> None:
    with pytest.raises(PhoneError, match="numéro spécial"):
        parse_phone(f"0{example('FR', kind).national_number}")


@pytest.mark.parametrize("region", ["BE", "LU", "DE", "IT", "CH"])
def test_region_decides_how_a_national_number_is_read(region: str) -> None:
    number = example(region)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    assert parse_phone(national, region).e164 == e164(number)
    assert parse_phone(AMINA.e164, region) == AMINA


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_reading_a_number_we_wrote_changes_nothing(region: str) -> None:
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if number is None:  # a few territories have no mobile network of their own
        number = phonenumbers.example_number(region)
    assert number is not None
    once = parse_phone(e164(number))
    assert parse_phone(once.e164) == once


def outcome(written: object) -> tuple[Phone | None, str]:
    try:
        return parse_phone(written), ""
    except PhoneError as refused:
        return None, str(refused)


@given(
    st.one_of(
        st.text(),
        st.text("0123456789+(). -/EeTtél:\u00a0", max_size=25),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
        st.dates(),
    )
)
def test_any_cell_gives_a_stable_number_or_a_reason_that_hides_it(written: object) -> None:
    phone, reason = outcome(written)
    digits = "".join(character for character in str(written) if character.isdecimal())
    if phone:
        assert phone.e164.startswith("+")
        assert phone.e164[1:].isdecimal()
        assert parse_phone(phone.e164) == phone
    else:
        assert reason
        assert len(digits) < 4 or digits not in reason


@given(st.integers(0, 99), st.sampled_from(["", " ", ".", "-", "/", "\u00a0", " . "]))
def test_separators_never_matter(last: int, separator: str) -> None:
    written = separator.join(("06", "39", "98", "00", f"{last:02d}"))
    assert parse_phone(written).e164 == f"+336399800{last:02d}"
