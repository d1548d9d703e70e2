"""What a file is, by its content: the name and the type that came with it are the sender's word."""

import io
import zipfile
from zipfile import ZipFile

from core.storage.files_words import DOCX, HEIC, JPEG, PDF, PNG

# A PDF may be preceded by a few stray bytes (ISO 32000 allows a kilobyte).
_PDF_WITHIN = 1024
_PHOTO_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_SOUND_BRANDS = {b"M4A ", b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"dash", b"avc1"}
_DOCX_PARTS = {"[Content_Types].xml", "word/document.xml"}
# A document of ten megabytes that unpacks to more than this was made to fill a disk.
_UNPACKED = 200 * 1024 * 1024
_MOST_PARTS = 2000


def kind_of(content: bytes) -> str | None:
    """The media type of what we take; None for anything else, macros and bombs included."""
    head = content[:16]
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"PK\x03\x04"):
        return DOCX if _is_docx(content) else None
    if b"%PDF-" in content[:_PDF_WITHIN]:
        return PDF
    return _boxed(head) if head[4:8] == b"ftyp" else _sound(head)


def _boxed(head: bytes) -> str | None:
    brand = head[8:12]
    if brand in _PHOTO_BRANDS:
        return HEIC
    return "audio/mp4" if brand in _SOUND_BRANDS else None


def _sound(head: bytes) -> str | None:
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "audio/webm"
    if head.startswith(b"OggS"):
        return "audio/ogg"
    return "audio/wav" if head.startswith(b"RIFF") and head[8:12] == b"WAVE" else None


def _is_docx(content: bytes) -> bool:
    try:
        with ZipFile(io.BytesIO(content)) as parcel:
            parts = parcel.infolist()
            names = {part.filename for part in parts}
            fits = len(parts) <= _MOST_PARTS and sum(part.file_size for part in parts) <= _UNPACKED
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    return fits and names >= _DOCX_PARTS and not any(name.endswith("vbaProject.bin") for name in names)
