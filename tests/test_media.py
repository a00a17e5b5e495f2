"""What may be sent: judged by its content, made small, bare of all that a phone wrote in it."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from PIL import Image

from bot.errors import Rejected
from bot.media import (
    LONGEST_SIDE,
    MOST_BYTES,
    PICTURE_BYTES,
    VOICE_BYTES,
    check_media,
    spoken_length,
)
from bot.messages import MediaKind
from tests.recordings import SECRET, m4a, mp3, ogg, photo, vorbis

VOICES: dict[str, tuple[Callable[..., bytes], Callable[..., object]]] = {
    "audio/ogg": (ogg, OggOpus),
    "audio/mpeg": (mp3, MP3),
    "audio/mp4": (m4a, MP4),
}


def refusal(data: bytes) -> str:
    with pytest.raises(Rejected) as caught:
        check_media(data)
    return str(caught.value)


@pytest.mark.parametrize("mime", VOICES)
def test_voice_note_keeps_its_sound_and_loses_what_is_told_beside_it(mime: str) -> None:
    make, read = VOICES[mime]
    data = make(90)
    checked = check_media(data)
    assert (checked.kind, checked.mime, checked.seconds) == (MediaKind.VOICE, mime, 90)
    assert SECRET.encode() in data
    assert SECRET.encode() not in checked.content
    again = read(BytesIO(checked.content))
    assert round(again.info.length) == 90  # type: ignore[attr-defined]
    assert check_media(checked.content).content == checked.content


@pytest.mark.parametrize("mime", VOICES)
def test_two_minutes_are_let_through_and_a_second_more_is_not(mime: str) -> None:
    make, _ = VOICES[mime]
    assert check_media(make(120)).seconds == 120
    said = refusal(make(121))
    assert said == ("Le fichier dure 2 min 1 s : deux minutes au plus. Enregistrez-le plus court.")


def test_heavy_voice_note_is_refused_with_its_weight() -> None:
    assert "2,1 Mo : 2 Mo au plus" in refusal(mp3(5) + bytes(VOICE_BYTES + 20_000))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_is_a_small_upright_jpeg_that_says_nothing_of_its_maker(kind: str) -> None:
    checked = check_media(photo(kind=kind))
    assert (checked.kind, checked.mime) == (MediaKind.PICTURE, "image/jpeg")
    assert (checked.width, checked.height) == (960, 1280)  # it lay on its side
    assert SECRET.encode() not in checked.content
    assert b"Exif" not in checked.content
    with Image.open(BytesIO(checked.content)) as drawn:
        assert (drawn.format, drawn.size, dict(drawn.getexif())) == ("JPEG", (960, 1280), {})
        red, _, blue = drawn.convert("RGB").getpixel((100, 100))  # type: ignore[misc]
        assert red > 150 > blue


def test_picture_that_hardly_shrinks_still_weighs_little() -> None:
    data = photo(4000, 3000, noise=True)
    checked = check_media(data)
    assert len(data) > 5_000_000
    assert len(checked.content) <= PICTURE_BYTES
    assert max(checked.width or 0, checked.height or 0) <= LONGEST_SIDE


def test_see_through_picture_stands_on_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(file, "PNG")
    with Image.open(BytesIO(check_media(file.getvalue()).content)) as drawn:
        assert min(drawn.getpixel((20, 20))) > 240  # type: ignore[arg-type]


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + name
            + content
            + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000])
def test_picture_that_would_fill_the_memory_is_refused_before_it_is_unfolded(side: int) -> None:
    assert "50 millions au plus" in refusal(bomb(side, side))


REFUSED = {
    "nothing": (b"", "Le fichier est vide"),
    "a text": (b"Bonjour", "ni une photo"),
    "a page": (b"<html><script>", "ni une photo"),
    "a gif": (b"GIF89a" + bytes(40), "ni une photo"),
    "an apple photo": (b"\0\0\0\x18ftypheic" + bytes(40), "Enregistrez-la en JPEG"),
    "half a photo": (photo()[:3000], "abîmée"),
    "half a png": (photo(kind="PNG")[:2000], "abîmée"),
    "a strip": (photo(4200, 100), "trop allongée"),
    "an ogg that is no opus": (vorbis(), "n'est pas en Opus"),
    "a tag without sound": (b"ID3\x04\0\0\0\0\0\x10" + bytes(40), "abîmé"),
    "a film": (m4a(handler=b"vide"), "autre chose que du son"),
    "another codec": (m4a(codec=b"alac"), "autre chose que du son"),
    "a broken box": (b"\0\0\0\x10ftypM4A " + bytes(4) + b"\0\0\xff\0moov", "abîmé"),
    "no sound at all": (m4a(0), "aucun son"),
    "too heavy": (b"\xff\xd8\xff" + bytes(MOST_BYTES), "15 Mo au plus"),
}


@pytest.mark.parametrize(("data", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_sent_is_refused_with_what_to_do(data: bytes, says: str) -> None:
    assert says in refusal(data)


def test_every_cut_of_a_file_is_taken_or_refused_and_never_breaks() -> None:
    for whole in (ogg(2), mp3(1), m4a(2), photo(64, 48), photo(64, 48, kind="WEBP")):
        for length in range(1, len(whole), max(1, len(whole) // 60)):
            try:
                check_media(whole[:length])
            except Rejected as refused:
                assert str(refused)  # noqa: PT017 - any other error fails the test


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (45, "45 s"), (60, "1 min"), (130, "2 min 10 s")]
)
def test_length_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert spoken_length(seconds) == said
