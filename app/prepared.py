"""Remembers that a cluster was prepared by this very version, so that a later start need not look again."""

import hashlib
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_WHAT_PREPARES = ("migrations/**/*.py", "app/migrate.py", "app/seed.py", "app/demo/**/*.py", "profiles/*.toml")


class Marker:
    """A file inside the cluster, so that it goes when the cluster goes.

    It is written once everything was ready and put away while starting: after a start that failed, the next one
    prepares again.
    """

    def __init__(self, cluster: Path, *, demo: bool) -> None:
        self._file = cluster / "frontdoor-prepared"
        self._demo = demo

    def take(self) -> bool:
        """True when nothing has changed since; the mark is put away in any case."""
        try:
            told = self._file.read_text(encoding="ascii")
        except FileNotFoundError:
            return False
        self._file.unlink()
        return told == self._now()

    def put(self) -> None:
        self._file.write_text(self._now(), encoding="ascii")

    def _now(self) -> str:
        digest = hashlib.sha256(b"demo" if self._demo else b"bare")
        for path in sorted(path for pattern in _WHAT_PREPARES for path in _ROOT.glob(pattern)):
            digest.update(f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes())
        return digest.hexdigest()
