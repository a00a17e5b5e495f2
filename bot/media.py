"""What a coordinator records or photographs, made fit to be sent: small, and bare of its metadata.

The content decides what a file is, never its name. A picture is drawn anew as a JPEG, so that
nothing of the old file is left, not even where it was taken; a voice note keeps its sound and loses
every tag.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.errors import Rejected
from bot.languages import FALLBACK
from bot.messages import MediaKind

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 15_000_000  # of what is handed in: the photo of a good phone
MOST_PIXELS = 50_000_000  # few bytes can unfold to an image that fills the memory
LONGEST_SIDE = 1280
PICTURE_BYTES = 300_000
QUALITIES = (85, 75, 65, 55, 45)
THINNEST = 20  # times as long as wide; Telegram takes no more
VOICE_BYTES = 2_000_000
VOICE_SECONDS = 120

PICTURES = ("JPEG", "PNG", "WEBP")
PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
PHOTOS_OF_APPLE = (b"heic", b"heix", b"mif1", b"msf1")
OPENED = (b"moov", b"trak", b"mdia")  # boxes of an M4A whose own boxes we look at
TOLD = (b"udta", b"meta", b"uuid")  # boxes that hold titles, places and pictures

UNKNOWN = (
    "Ce fichier n'est ni une photo (JPEG, PNG, WebP) ni une note vocale (OGG Opus, MP3, M4A)."
    " Choisissez un autre fichier, ou enregistrez-le dans un de ces formats."
)
DAMAGED_PICTURE = "Cette image est abîmée ou incomplète. Choisissez-en une autre."
DAMAGED_VOICE = "Cet enregistrement est abîmé ou incomplet. Enregistrez-le à nouveau."
NOT_OPUS = "Ce fichier OGG n'est pas en Opus. Enregistrez-le en OGG Opus, en MP3 ou en M4A."
NOT_ONLY_SOUND = (
    "Ce fichier contient autre chose que du son en AAC (une vidéo ?)."
    " Enregistrez une note vocale : OGG Opus, MP3 ou M4A."
)
SILENT = "Ce fichier ne contient aucun son. Enregistrez-le à nouveau."


@dataclass(frozen=True, slots=True)
class Checked:
    """A voice note or a picture that may be sent."""

    kind: MediaKind
    mime: str
    content: bytes
    seconds: int | None = None
    width: int | None = None
    height: int | None = None


def heard_in(language: str | None) -> str:
    """The language in which this parent hears us: their own, even where we have no texts in it.

    Whoever has not said gets what they are written to in; nobody gets a voice of another language.
    """
    return language or FALLBACK


def check_media(data: bytes) -> Checked:
    """Look at a file, make it fit to be sent.

    Raises Rejected, in French, saying what to do.
    """
    if not data:
        raise Rejected("Le fichier est vide. Choisissez un fichier.")
    if len(data) > MOST_BYTES:
        raise Rejected(f"Le fichier pèse {_megabytes(len(data))} : 15 Mo au plus.")
    if data.startswith(PICTURE_STARTS):
        return _picture(data)
    if data.startswith(b"OggS"):
        return _voice(data, "audio/ogg")
    if data[4:8] == b"ftyp" and data[8:12] in PHOTOS_OF_APPLE:
        raise Rejected("Cette photo est au format HEIC. Enregistrez-la en JPEG, puis envoyez-la.")
    if data[4:8] == b"ftyp":
        return _voice(data, "audio/mp4")
    if data.startswith(b"ID3") or _is_mp3_frame(data):
        return _voice(data, "audio/mpeg")
    raise Rejected(UNKNOWN)


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} Mo".replace(".", ",")


# -- pictures -------------------------------------------------------------------------------------


def _picture(data: bytes) -> Checked:
    from PIL import Image

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(BytesIO(data), formats=PICTURES) as opened:
            _check_size(*opened.size)
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            drawn = _drawn(opened)
    except Rejected:
        raise
    except bombs as error:
        raise Rejected(_too_large()) from error
    except Exception as error:  # whatever a decoder says of a file that somebody sends
        raise Rejected(DAMAGED_PICTURE) from error
    content = _jpeg(drawn)
    return Checked(MediaKind.PICTURE, "image/jpeg", content, None, *_size_of(content))


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Rejected(_too_large())
    if max(width, height) > THINNEST * min(width, height):
        raise Rejected("Cette image est trop allongée. Recadrez-la, puis envoyez-la à nouveau.")


def _too_large() -> str:
    return (
        f"Cette image a trop de points : {MOST_PIXELS // 1_000_000} millions au plus."
        " Réduisez-la, puis envoyez-la à nouveau."
    )


def _drawn(opened: Image) -> Image:
    """The picture upright, at most 1280 wide or high, on white, with nothing beside its points."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(opened)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size, "white")
    if upright.has_transparency_data:
        shown = upright.convert("RGBA")
        bare.paste(shown, mask=shown)
    else:
        bare.paste(upright.convert("RGB"))
    return bare


def _jpeg(drawn: Image) -> bytes:
    """As good as 300 KB allow; smaller where even that is not enough."""
    while True:
        for quality in QUALITIES:
            written = BytesIO()
            drawn.save(written, "JPEG", quality=quality, optimize=True)
            if written.tell() <= PICTURE_BYTES:
                return written.getvalue()
        drawn = drawn.reduce(2)


def _size_of(content: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(BytesIO(content), formats=("JPEG",)) as opened:
        return opened.size


# -- voice notes ----------------------------------------------------------------------------------


def _voice(data: bytes, mime: str) -> Checked:
    if len(data) > VOICE_BYTES:
        raise Rejected(
            f"Le fichier pèse {_megabytes(len(data))} : 2 Mo au plus pour une note vocale."
            " Enregistrez-le plus court, ou en qualité plus simple."
        )
    try:
        content, length = BARE[mime](data)
    except Rejected:
        raise
    except Exception as error:  # as above
        raise Rejected(DAMAGED_VOICE) from error
    if length <= 0:
        raise Rejected(SILENT)
    if round(length) > VOICE_SECONDS:
        raise Rejected(
            f"Le fichier dure {spoken_length(round(length))} : deux minutes au plus."
            " Enregistrez-le plus court."
        )
    return Checked(MediaKind.VOICE, mime, content, max(1, round(length)))


def spoken_length(seconds: int) -> str:
    """A length as people say it: "45 s", "3 min", "2 min 10 s"."""
    minutes, rest = divmod(seconds, 60)
    return " ".join([f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest)) or "0 s"


def _bare_ogg(data: bytes) -> tuple[bytes, float]:
    from mutagen.oggopus import OggOpus, OggOpusHeaderError

    file = BytesIO(data)
    try:
        OggOpus(file).delete(_rewound(file))
    except OggOpusHeaderError as error:
        raise Rejected(NOT_OPUS) from error
    info: Any = OggOpus(_rewound(file)).info
    return file.getvalue(), info.length


def _bare_mp3(data: bytes) -> tuple[bytes, float]:
    from mutagen import apev2
    from mutagen.mp3 import MP3

    file = BytesIO(data)
    MP3(file).delete(_rewound(file))
    apev2.delete(_rewound(file))
    info: Any = MP3(_rewound(file)).info
    if info.sketchy or not _is_mp3_frame(file.getvalue()):
        raise Rejected(DAMAGED_VOICE)
    return file.getvalue(), info.length


def _bare_m4a(data: bytes) -> tuple[bytes, float]:
    """What is told beside the sound is blanked in its place: the sound is found by its offset."""
    from mutagen.mp4 import MP4

    blanked = bytearray(data)
    handlers = []
    for name, start, body, end in _boxes(data, 0, len(data)):
        if name == b"hdlr":
            handlers.append(data[body + 8 : body + 12])
        elif name in TOLD:
            blanked[start + 4 : start + 8] = b"free"
            blanked[body:end] = bytes(end - body)
    info: Any = MP4(BytesIO(blanked)).info
    if set(handlers) != {b"soun"} or not info.codec.startswith("mp4a"):
        raise Rejected(NOT_ONLY_SOUND)
    return bytes(blanked), info.length


BARE = {"audio/ogg": _bare_ogg, "audio/mpeg": _bare_mp3, "audio/mp4": _bare_m4a}


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Every box: its name, where it begins, where its content does, where it ends."""
    while start < end:
        size, name = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        body = start + 8
        if size == 1:
            size, body = int.from_bytes(data[body : body + 8], "big"), body + 8
        stop = start + size if size else end
        if not body <= stop <= end:
            raise ValueError("a box is larger than what holds it")
        yield name, start, body, stop
        if name in OPENED:
            yield from _boxes(data, body, stop)
        start = stop


def _is_mp3_frame(data: bytes) -> bool:
    """Whether sound of MPEG layer III begins here."""
    return len(data) > 3 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2


def _rewound(file: BytesIO) -> BytesIO:
    file.seek(0)
    return file
