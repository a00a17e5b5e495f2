"""Voice notes and pictures for tests, made on the spot: real files, of silence and of colours."""

from __future__ import annotations

import struct
from io import BytesIO

from mutagen.id3 import ID3, TIT2
from mutagen.ogg import OggPage
from mutagen.oggopus import OggOpus
from PIL import Image

SECRET = "Awa chez elle, 48.8566 2.3522"  # what a file may say beside its sound
OPUS_SILENCE = b"\xf8\xff\xfe"  # 20 ms
MP3_SILENCE = b"\xff\xfb\x90\xc4" + bytes(413)  # 1152 samples at 44.1 kHz, 128 kbit/s


def ogg(seconds: int = 5, *, title: str = SECRET) -> bytes:
    """An Ogg Opus voice note, as phones record it."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48_000, 0, 0)
    comment = b"OpusTags" + struct.pack("<I", 6) + b"carnet" + struct.pack("<I", 0)
    pages = [_page(0, 0, [head], first=True), _page(1, 0, [comment])]
    pages += [
        _page(2 + second, 48_000 * (second + 1), [OPUS_SILENCE] * 50, last=second == seconds - 1)
        for second in range(seconds)
    ]
    file = BytesIO(b"".join(page.write() for page in pages))
    tagged = OggOpus(file)
    tagged["title"] = title
    file.seek(0)
    tagged.save(file)
    return file.getvalue()


def _page(
    number: int, position: int, packets: list[bytes], *, first: bool = False, last: bool = False
) -> OggPage:
    page = OggPage()
    page.serial, page.sequence, page.position = 4200, number, position
    page.first, page.last, page.packets = first, last, packets
    return page


def vorbis() -> bytes:
    """The beginning of an Ogg file of another codec."""
    return bytes(_page(0, 0, [b"\x01vorbis" + bytes(23)], first=True, last=True).write())


def mp3(seconds: int = 5, *, title: str = SECRET) -> bytes:
    """An MP3 with a title in front."""
    file = BytesIO()
    tags = ID3()
    tags.add(TIT2(encoding=3, text=title))
    tags.save(file)
    return file.getvalue() + MP3_SILENCE * round(seconds * 44_100 / 1152)


def m4a(
    seconds: int = 5, *, told: str = SECRET, handler: bytes = b"soun", codec: bytes = b"mp4a"
) -> bytes:
    """An M4A as a phone's dictaphone writes it, with the place in it; its sound is left out."""
    units = 48_000
    lasts = struct.pack(">IIIII", 0, 0, 0, units, units * seconds)
    entry = bytes(6) + struct.pack(">HIIHHIHH", 1, 0, 0, 1, 16, 0, units // 2, 0) + _esds()
    described = _box(b"stsd", struct.pack(">II", 0, 1) + _box(codec, entry))
    sound = _box(
        b"mdia",
        _box(b"mdhd", lasts + bytes(4))
        + _box(b"hdlr", bytes(8) + handler + bytes(13))
        + _box(b"minf", _box(b"stbl", described)),
    )
    place = _box(b"udta", _box(b"\xa9xyz", told.encode()))
    movie = _box(b"mvhd", lasts + bytes(80)) + _box(b"trak", sound + place) + place
    return _box(b"ftyp", b"M4A \0\0\0\0M4A isom") + _box(b"moov", movie) + _box(b"mdat", bytes(64))


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def _esds() -> bytes:
    specific = b"\x05\x02\x11\x90"
    config = b"\x04" + bytes([13 + len(specific)]) + b"\x40\x15" + bytes(11) + specific
    stream = b"\x03" + bytes([3 + len(config) + 3]) + b"\0\0\0" + config + b"\x06\x01\x02"
    return _box(b"esds", bytes(4) + stream)


def photo(
    width: int = 1600,
    height: int = 1200,
    *,
    kind: str = "JPEG",
    noise: bool = False,
    told: str = SECRET,
) -> bytes:
    """A photo, lying on its side as phones store it, with the place where it was taken.

    Its upper left quarter, once upright, is red.
    """
    image = (
        Image.effect_noise((width, height), 100).convert("RGB")
        if noise
        else _quarters(width, height)
    )
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter to the right to see it
    exif[0x010E] = told
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 24.0)
    file = BytesIO()
    image.save(file, kind, exif=exif)
    return file.getvalue()


def _quarters(width: int, height: int) -> Image.Image:
    image = Image.new("RGB", (width, height), (20, 90, 160))
    image.paste((200, 30, 30), (0, height // 2, width // 2, height))
    return image
