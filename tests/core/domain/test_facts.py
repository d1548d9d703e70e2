"""Facts survive the outbox: what was told is what is read back."""

import json
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.facts import Fact
from core.domain.ids import new_id


@dataclass(frozen=True)
class TeaMade(Fact):
    pot: UUID
    cups: int
    kind: str
    drinker: UUID | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class TeaPoured(Fact):
    pot: UUID


@dataclass(frozen=True)
class TeaSpilt(Fact):
    """Its annotations are text, as under `from __future__ import annotations`."""

    pot: "UUID"
    wiper: "UUID | None" = None


# Facts of these tests only: no other test may meet them in the register.
_OURS = {name: Fact.known.pop(name) for name in ("TeaMade", "TeaPoured", "TeaSpilt")}


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fact, "known", dict(_OURS))


def told_and_read_back(fact: Fact) -> Fact:
    return Fact.restore(type(fact).__name__, json.loads(json.dumps(fact.payload())))


@given(pot=st.uuids(), cups=st.integers(), kind=st.text(), drinker=st.none() | st.uuids(), minutes=st.none())
def test_a_fact_comes_back_equal_from_json(
    pot: UUID, cups: int, kind: str, drinker: UUID | None, minutes: None
) -> None:
    fact = TeaMade(pot, cups, kind, drinker, minutes)
    back = told_and_read_back(fact)

    assert back == fact
    assert isinstance(back, TeaMade)
    assert isinstance(back.pot, UUID)


@pytest.mark.parametrize("drinker", [None, new_id()])
def test_an_optional_id_comes_back_as_an_id_or_as_nothing(drinker: UUID | None) -> None:
    back = told_and_read_back(TeaMade(new_id(), 2, "mint", drinker))
    assert isinstance(back, TeaMade)
    assert back.drinker == drinker
    assert type(back.drinker) is type(drinker)


def test_text_that_looks_like_an_id_stays_text() -> None:
    looks = str(new_id())
    back = told_and_read_back(TeaMade(new_id(), 1, looks))
    assert isinstance(back, TeaMade)
    assert back.kind == looks


@pytest.mark.parametrize("fact", [TeaPoured(new_id()), TeaSpilt(new_id()), TeaSpilt(new_id(), new_id())])
def test_slots_and_annotations_kept_as_text_make_no_difference(fact: Fact) -> None:
    assert told_and_read_back(fact) == fact


def test_a_field_added_later_takes_its_default_for_facts_told_before() -> None:
    pot = new_id()
    assert Fact.restore("TeaMade", {"pot": str(pot), "cups": 1, "kind": "black"}) == TeaMade(pot, 1, "black")


def test_an_unknown_fact_is_a_key_error_so_that_an_older_version_lets_it_wait() -> None:
    with pytest.raises(KeyError):
        Fact.restore("CoffeeMade", {})


def test_the_root_itself_is_no_fact() -> None:
    with pytest.raises(KeyError):
        Fact.restore("Fact", {})


def test_two_facts_of_one_name_are_refused_at_once() -> None:
    with pytest.raises(TypeError, match="TeaMade"):
        type("TeaMade", (Fact,), {"__module__": "another.room", "__qualname__": "TeaMade"})
    assert Fact.known["TeaMade"] is TeaMade
