"""Photographs without what they tell besides the picture: where it was taken, when, with which phone, by whom.

A picture is drawn again from its points, so nothing that was hidden beside or behind them is left. HEIC becomes JPEG:
few programs in a clinic open it.
"""

import io

from PIL import Image, ImageOps, UnidentifiedImageError
from pillow_heif import register_heif_opener

from core.storage.files_words import HEIC, JPEG, PNG, FileRefused, Refusal

register_heif_opener()

# Enough to read a letter that was photographed; more only makes it slow to open.
_LONGEST = 4000
# Beyond this a picture was made to fill the memory of whoever opens it.
_MOST_POINTS = 120_000_000
_QUALITY = 90


def clean(content: bytes, kind: str) -> tuple[bytes, str]:
    """What is kept of a file, and its media type. Slow for a picture: run it in a thread. Raises FileRefused."""
    if kind not in (JPEG, PNG, HEIC):
        return content, kind
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return _drawn_again(picture, PNG if kind == PNG else JPEG)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError, EOFError):
        raise FileRefused(Refusal.BROKEN) from None


def _drawn_again(picture: Image.Image, kind: str) -> tuple[bytes, str]:
    if picture.width * picture.height > _MOST_POINTS:
        raise FileRefused(Refusal.BROKEN)
    picture.draft("RGB", (_LONGEST, _LONGEST))
    # As it was held: how a phone was turned stands in what is taken away.
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((_LONGEST, _LONGEST))
    plain = upright.convert("RGBA" if kind == PNG and "A" in upright.getbands() else "RGB")
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    told = io.BytesIO()
    bare.save(told, "PNG" if kind == PNG else "JPEG", quality=_QUALITY, optimize=False)
    return told.getvalue(), kind
