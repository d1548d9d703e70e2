"""What pages are dressed with is published under names that follow content, and never from elsewhere."""

import hashlib
from pathlib import Path

import pytest

from app.assets import ASSETS, NotBuilt, build, manifest

NHSUK = "node_modules/nhsuk-frontend/dist/nhsuk"
FONT = "@font-face{font-family:x;src:url(https://assets.example.org/x.woff2)}"


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """As after `npm ci`: packages in place and marked as fetched."""
    files = {
        "package.json": "{}",
        "package-lock.json": "{}",
        ".npmrc": "",
        f"{NHSUK}/nhsuk-frontend.min.css": FONT + "a{b:url(/assets/images/x.svg)}\n/*# sourceMappingURL=x.map */",
        f"{NHSUK}/nhsuk-frontend.min.js": "export const a=1;//# sourceMappingURL=x.js.map",
        f"{NHSUK}/assets/images/x.svg": "<svg/>",
        "node_modules/htmx.org/dist/htmx.min.js": "var htmx",
        "node_modules/.frontdoor-lock": hashlib.sha256(b"{}{}").hexdigest(),
        "own/frontdoor.css": "a{background:url(mark.svg)}",
        "own/frontdoor.js": 'import "./htmx.min.js"; import "./unknown.js"',
        "own/mark.svg": "<svg/>",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    manifest.cache_clear()
    return tmp_path


def published(assets: Path, name: str) -> str:
    manifest.cache_clear()
    return (assets / "dist" / manifest(assets)[name]).read_text(encoding="utf-8")


def test_names_change_with_content_and_only_with_content(assets: Path) -> None:
    build(assets)
    before = dict(manifest(assets))
    (assets / "own" / "mark.svg").write_text("<svg>other</svg>", encoding="utf-8")
    build(assets)
    manifest.cache_clear()
    after = manifest(assets)
    assert {name for name in after if after[name] != before[name]} == {"mark.svg", "frontdoor.css"}


def test_a_file_that_names_another_gets_its_published_name(assets: Path) -> None:
    build(assets)
    names = manifest(assets)
    assert published(assets, "frontdoor.css") == f"a{{background:url({names['mark.svg']})}}"
    assert published(assets, "frontdoor.js") == f'import "./{names["htmx.min.js"]}"; import "./unknown.js"'


def test_no_page_fetches_a_font_or_a_source_map_from_elsewhere(assets: Path) -> None:
    build(assets)
    assert published(assets, "nhsuk-frontend.min.css").strip() == "a{b:url(/assets/images/x.svg)}"
    assert published(assets, "nhsuk-frontend.min.js") == "export const a=1;"
    assert (assets / "dist" / "nhsuk-assets" / "images" / "x.svg").exists()


def test_nothing_is_built_twice_and_what_was_taken_away_goes(assets: Path) -> None:
    assert build(assets)
    assert not build(assets)
    (assets / "own" / "frontdoor.js").unlink()
    assert build(assets)
    assert "frontdoor.js" not in published(assets, "frontdoor.css") + str(manifest(assets))


def test_files_that_name_each_other_are_refused(assets: Path) -> None:
    (assets / "own" / "frontdoor.js").write_text('import "./other.js"', encoding="utf-8")
    (assets / "own" / "other.js").write_text('import "./frontdoor.js"', encoding="utf-8")
    with pytest.raises(ValueError, match="name each other"):
        build(assets)
    assert not (assets / "dist").exists()


def test_assets_that_were_never_built_are_missed_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match="make assets"):
        manifest(tmp_path)


def test_the_npm_lock_file_names_no_download_address() -> None:
    locked = (ASSETS / "package-lock.json").read_text(encoding="utf-8")
    assert 'resolved"' not in locked
    assert "://" not in locked
    assert locked.count('"integrity": "sha512-') == locked.count('"node_modules/')
