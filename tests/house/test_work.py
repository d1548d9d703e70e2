"""Promises about everything that happens later."""

import inspect
import re
from dataclasses import fields

import pytest

from core.domain.facts import Fact
from core.storage.jobs import Job
from tests.support.house import ROOT
from workers.beats import BEATS
from workers.jobs import all_jobs
from workers.reactions import REACTIONS

JOBS = all_jobs()
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for path in ROOT.glob("*/**/*.py")
    if path.parts[len(ROOT.parts)] not in ("tests", ".venv", "assets", "benchmarks")
)


@pytest.mark.parametrize("kind", sorted(JOBS))
def test_every_job_is_set_going_by_something(kind: str) -> None:
    by_fact = any(kind in kinds for kinds in REACTIONS.values())
    by_clock = any(beat.kind == kind for beat in BEATS)
    names = re.findall(rf'^([A-Z_]+) = "{re.escape(kind)}"', SOURCE, flags=re.MULTILINE)
    by_code = SOURCE.count(f'"{kind}"') > 1 or any(len(re.findall(rf"\b{name}\b", SOURCE)) > 2 for name in names)
    assert by_fact or by_clock or by_code


@pytest.mark.parametrize(("fact", "kind"), [(fact, kind) for fact, kinds in REACTIONS.items() for kind in kinds])
def test_every_reaction_is_a_job_that_takes_what_the_fact_tells(fact: str, kind: str) -> None:
    assert taken_by(JOBS[kind]) == {field.name for field in fields(Fact.known[fact])}


def taken_by(job: Job) -> set[str]:
    """The ids a job is given, by name."""
    return set(inspect.signature(job.run).parameters) - {"session", "bench"}


@pytest.mark.parametrize("beat", BEATS, ids=lambda beat: beat.name)
def test_every_beat_has_a_job(beat: object) -> None:
    assert beat.kind in JOBS  # type: ignore[attr-defined]


def test_names_of_beats_are_unique() -> None:
    assert len({beat.name for beat in BEATS}) == len(BEATS)


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
def test_jobs_take_ids_only(job: Job) -> None:
    # A day, how often, or which of our own notices it is, says nothing about anybody.
    assert all(name.endswith("_id") or name in ("day", "times", "notice") for name in taken_by(job))
