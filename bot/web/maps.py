"""Where a place is: a plain link to a map, where what the team wrote is an address. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

MAP = "https://www.openstreetmap.org/search?query="
POSTCODE = re.compile(r"\b\d{5}\b")
KINDS = (
    r"rue|avenue|av\.?|boulevard|bd\.?|bvd|all[ée]e|chemin|quai|impasse|cours|square|route|place|"
    r"passage|esplanade|faubourg|sentier|chauss[ée]e|promenade|mail|villa|mont[ée]e|rond-point"
)
NUMBERED = re.compile(
    rf"\b\d{{1,4}}(?:\s?(?:bis|ter|quater|[a-d]))?,?\s+(?:{KINDS})\s", re.IGNORECASE
)
STREET = re.compile(
    r"\b(?:rue|avenue|boulevard|all[ée]e|chemin|quai|impasse|faubourg)\s+\w", re.IGNORECASE
)


def map_of(place: str, city: str) -> str:
    """The address of a map that shows a place; "" for what no map knows, such as a room."""
    place = " ".join(place.split())
    if not any(one.search(place) for one in (POSTCODE, NUMBERED, STREET)):
        return ""
    elsewhere = POSTCODE.search(place) or not city or city.casefold() in place.casefold()
    return MAP + quote(place if elsewhere else f"{place}, {city}", safe="")
