"""Telephone numbers as people write them, read into E.164.

A number is refused with a reason rather than guessed: a wrong digit writes to a stranger.
Reasons never quote the number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from bot.roster.cells import MADE_A_DATE, is_date, without_excel_form

# Kept free of subscribers by the French numbering plan, for books and films: whole blocks of
# 10,000, without their leading zero. Source: Arcep, plan national de numérotation, decision
# 2018-0881 as it stood on 1 September 2022. We read them so that a demonstration or a training file
# can be imported.
FICTION_FR = ("19900", "26191", "35301", "46571", "53649", "63998")

# A ten-digit French number may belong to a territory that has its own country code. Mayotte and
# Réunion share one, as do Guadeloupe, Saint-Martin and Saint-Barthélemy.
OVERSEAS_FR = ("GP", "GF", "MQ", "RE", "YT")
OVERSEAS_LANDLINES_FR = ("26", "59")  # the mainland's ranges overlap there: overseas goes first

MOST_DIGITS = 15  # E.164

_TEXTABLE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_NOT_A_PERSON = {
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
}

_SCIENTIFIC = re.compile(r"(\d)(?:[.,](\d+))?E\+?(\d{1,2})", re.IGNORECASE)
_DECIMAL_TAIL = re.compile(r"(\+?\d{8,15})[.,]0+")
_FIRST_TO_LAST_DIGIT = re.compile(r"\d(?:.*\d)?", re.DOTALL)
_TRUNK_ZERO = re.compile(r"\(\s*0\s*\)")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that exists, and whether an SMS can reach it."""

    e164: str
    can_text: bool


class PhoneError(ValueError):
    """The cell does not hold one number that exists; the text says why, in French."""


def parse_phone(written: object, region: str = "FR") -> Phone:
    """Read one number. `region` (ISO 3166) is the country of numbers without "+".

    Raises PhoneError.
    """
    dialled = _dialled(_as_text(written))
    for number in _readings(dialled, region):
        if _is_fiction(number):
            return Phone(_e164(number), can_text=_national(number).startswith("6"))
        kind = phonenumbers.number_type(number)
        if kind in _NOT_A_PERSON:
            raise PhoneError("numéro spécial ou de standard, pas celui d'une personne")
        if kind != PhoneNumberType.UNKNOWN:  # as is_valid_number decides, in half the time
            return Phone(_e164(number), can_text=kind in _TEXTABLE)
    raise PhoneError(_why_none_exists(dialled, region))


def _as_text(written: object) -> str:
    if is_date(written):
        raise PhoneError(MADE_A_DATE)
    if isinstance(written, float) and written.is_integer():
        written = int(written)
    if written is None or isinstance(written, bool):
        return ""
    text = str(written)
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_plain, unicodedata.normalize("NFKC", text)))
    return without_excel_form(text.strip().lstrip("'"))


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))  # also ٠١٢ and ۰۱۲
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Cc" | "Zs" | "Zl" | "Zp":
            return " "
    return character


def _dialled(text: str) -> str:
    """Return the digits to dial, after "+" where the country is given."""
    text = _TRUNK_ZERO.sub("", _without_spreadsheet_form(text))
    written = _FIRST_TO_LAST_DIGIT.search(text)
    if not written:
        raise PhoneError("aucun numéro de téléphone")
    digits = re.sub(r"\D", "", written[0])
    if len(digits) > MOST_DIGITS or "+" in written[0]:
        raise PhoneError("plus d'un numéro dans la case : gardez-en un seul")
    if any(character.isalpha() for character in written[0]):
        raise PhoneError("des lettres au milieu du numéro : écrivez seulement ses chiffres")
    if "+" in text[: written.start()]:
        return "+" + digits
    return "+" + digits[2:] if digits.startswith("00") else digits


def _without_spreadsheet_form(text: str) -> str:
    if tail := _DECIMAL_TAIL.fullmatch(text):
        return tail[1]
    if not (scientific := _SCIENTIFIC.fullmatch(text)):
        return text
    first, decimals, exponent = scientific[1], scientific[2] or "", int(scientific[3])
    if len(decimals) != exponent:
        raise PhoneError(
            "le tableur a perdu des chiffres (écriture en E+) : "
            "mettez la colonne au format Texte et retapez le numéro"
        )
    return first + decimals


def _readings(dialled: str, region: str) -> Iterator[PhoneNumber]:
    """Yield what the digits may mean, the likeliest first; none of it is checked yet."""
    if dialled.startswith("+33"):  # overseas numbers are often written like mainland ones
        yield from _french("0" + dialled[3:].lstrip("0"))
    elif dialled.startswith("+"):
        yield from _parsed(dialled, None)
    else:
        yield from _french(dialled) if region == "FR" else _parsed(dialled, region)
        if dialled.startswith(_country_codes(region)):
            yield from _readings("+" + dialled, region)


def _french(dialled: str) -> Iterator[PhoneNumber]:
    national = dialled.removeprefix("0")
    if len(national) != 9 or national.startswith("0"):
        return
    overseas_first = national.startswith(OVERSEAS_LANDLINES_FR)
    for region in (*OVERSEAS_FR, "FR") if overseas_first else ("FR", *OVERSEAS_FR):
        code = phonenumbers.country_code_for_region(region)
        yield PhoneNumber(country_code=code, national_number=int(national))


def _parsed(dialled: str, region: str | None) -> Iterator[PhoneNumber]:
    try:
        yield phonenumbers.parse(dialled, region)
    except phonenumbers.NumberParseException:
        return


def _country_codes(region: str) -> tuple[str, ...]:
    regions = ("FR", *OVERSEAS_FR) if region == "FR" else (region,)
    return tuple({str(phonenumbers.country_code_for_region(each)) for each in regions} - {"0"})


def _national(number: PhoneNumber) -> str:
    return str(phonenumbers.national_significant_number(number))


def _is_fiction(number: PhoneNumber) -> bool:
    national = _national(number)
    return number.country_code == 33 and len(national) == 9 and national.startswith(FICTION_FR)


def _e164(number: PhoneNumber) -> str:
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _why_none_exists(dialled: str, region: str) -> str:
    if dialled.startswith("+"):
        return "ce numéro n'existe pas : vérifiez l'indicatif du pays et les chiffres"
    if region == "FR" and len(dialled) < (10 if dialled.startswith("0") else 9):
        return f"il manque des chiffres ({len(dialled)} lus)"
    if region == "FR" and len(dialled) > 10:
        return "trop de chiffres ; pour un numéro étranger, commencez par + et l'indicatif"
    return "ce numéro n'existe pas : vérifiez les chiffres ; à l'étranger, commencez par +"
