"""Promises about every template."""

import re
from pathlib import Path

import pytest

from tests.support.house import ROOT, templates

PAGES = sorted((ROOT / "templates").rglob("*.html"))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_it_compiles(path: Path) -> None:
    templates().environment.get_template(name_of(path))


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_it_holds_no_inline_script_style_or_address_of_others(path: Path) -> None:
    if path.parent.name == "messages":
        return  # an e-mail, not a page of ours: programs that show it read styles only beside the element
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>|javascript:", text)
    assert not re.search(r'(?:src|action)="https?:', text)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_form_that_changes_something_carries_its_token(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, flags=re.DOTALL):
        assert "token()" in form


def test_what_a_page_names_must_exist() -> None:
    environment = templates().environment
    with pytest.raises(Exception, match="undefined"):
        environment.from_string("{{ mispelt }}").render()


def test_what_people_typed_is_escaped() -> None:
    shown = templates().environment.from_string("{{ typed }}{{ typed|paragraphs }}").render(typed="<b>")
    assert "<b>" not in shown
