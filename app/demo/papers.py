"""A document as a hospital would send it, made of a few bytes. What it says is invented."""

from collections.abc import Iterable

_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>"


def paper(lines: Iterable[str]) -> bytes:
    """A PDF of one page with these lines of plain letters (ISO 32000-1, annex H.3)."""
    drawn = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    text = f"BT /F1 12 Tf 18 TL 72 760 Td\n{drawn}ET"
    return _bound(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
    )


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _bound(*objects: str) -> bytes:
    """The objects, numbered from 1, with the table that says where each begins."""
    made, starts = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        starts.append(len(made))
        made += f"{number} 0 obj\n{one}\nendobj\n".encode("ascii")
    table = "".join(f"{start:010d} 00000 n \n" for start in starts)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return made + f"{end}startxref\n{len(made)}\n%%EOF\n".encode("ascii")
