"""The share of calls: exact, fair, explained, and the same every time."""

import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advice_line import assignment
from advice_line.arcs import arcs_of, grounds_of
from advice_line.assignment import by_turns, solve
from advice_line.problem import COSTS, Able, Lately, Met, Problem, Wanted
from advice_line.rules import continuity
from advice_line.words import Part, Reason, Solver
from core.domain.identity import Discipline
from tests.advice_line import oracle

LANGUAGES = ("pl", "ur")
AREAS = ("east", "west")


def some(*words: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(words))


def wanted_calls(most: int) -> st.SearchStrategy[list[Wanted]]:
    one = st.builds(
        Wanted,
        key=st.just(""),
        priority=st.sampled_from((0, 1, 5, 1000, 1002)),
        discipline=st.none() | st.sampled_from(Discipline),
        needs=some("eating"),
        better=some("signing", "sensory"),
        must_speak=st.none() | st.sampled_from(LANGUAGES),
        would_speak=st.none() | st.sampled_from(LANGUAGES),
        areas=some(*AREAS),
        times=st.frozensets(st.sampled_from(Part), max_size=2),
        holder=st.none() | st.sampled_from(("t0", "t1")),
    )
    return st.lists(one, max_size=most).map(lambda calls: [c._replace(key=f"m{n}") for n, c in enumerate(calls)])


def able_people(most: int) -> st.SearchStrategy[list[Able]]:
    one = st.builds(
        Able,
        key=st.just(""),
        disciplines=st.frozensets(st.sampled_from(Discipline), min_size=1),
        slots=st.integers(1, 4),
        used=st.integers(0, 4),
        competences=some("eating", "signing", "sensory"),
        languages=some(*LANGUAGES),
        areas=some(*AREAS),
        times=st.frozensets(st.sampled_from(Part), min_size=1),
        lately=st.none() | st.builds(Lately, own=st.integers(0, 120), team=st.integers(0, 90)),
    )
    return st.lists(one, max_size=most).map(
        lambda people: [p._replace(key=f"t{n}", used=min(p.used, p.slots)) for n, p in enumerate(people)]
    )


def problems(most_wanted: int, most_able: int) -> st.SearchStrategy[Problem]:
    met = st.lists(
        st.builds(
            Met,
            wanted=st.sampled_from(("m0", "m1", "m2")),
            able=st.sampled_from(("t0", "t1", "t2")),
            score=st.integers(0, 120),
            on=st.just("2026-11-03"),
        ),
        max_size=4,
        unique_by=lambda m: (m.wanted, m.able),
    )
    return st.builds(
        lambda w, a, m: Problem(tuple(w), tuple(a), tuple(m)), wanted_calls(most_wanted), able_people(most_able), met
    )


@settings(deadline=None)
@given(problems(12, 5))
def test_nobody_is_given_a_call_they_may_not_make(problem: Problem) -> None:
    wanted, able = {w.key: w for w in problem.wanted}, {a.key: a for a in problem.able}
    for placed in solve(problem).placed:
        if placed.able:
            assert oracle.may_call(able[placed.able], wanted[placed.wanted])


@settings(deadline=None)
@given(problems(12, 5))
def test_nobody_is_given_more_calls_than_they_have_slots(problem: Problem) -> None:
    loads = Counter(placed.able for placed in solve(problem).placed)
    assert all(loads[able.key] <= oracle.free(able) for able in problem.able)


@settings(deadline=None)
@given(problems(12, 5))
def test_every_message_is_placed_or_says_why_not(problem: Problem) -> None:
    placed = solve(problem).placed
    assert [one.wanted for one in placed] == sorted(w.key for w in problem.wanted)
    assert all((one.able is None) != (one.reason is None) for one in placed)


@settings(deadline=None)
@given(problems(12, 5), st.randoms(use_true_random=False))
def test_the_same_problem_in_any_order_has_the_same_answer(problem: Problem, chance: random.Random) -> None:
    shuffled = Problem(
        tuple(chance.sample(problem.wanted, len(problem.wanted))),
        tuple(chance.sample(problem.able, len(problem.able))),
        tuple(chance.sample(problem.met, len(problem.met))),
    )
    assert solve(shuffled) == solve(problem)


@settings(max_examples=60, deadline=None)
@given(problems(5, 3))
def test_no_other_share_is_cheaper(problem: Problem) -> None:
    assert solve(problem).objective == oracle.best_by_trying(problem.in_order())


@settings(max_examples=40, deadline=None)
@given(problems(14, 6))
def test_a_second_exact_solver_finds_the_same_cost(problem: Problem) -> None:
    assert solve(problem).objective == oracle.best_by_paths(problem.in_order())


@settings(max_examples=60, deadline=None)
@given(problems(5, 3))
def test_who_is_left_out_is_decided_by_priority_alone(problem: Problem) -> None:
    """As few as can be are left out, and of all such shares one whose left-out are the least pressing: no urgent
    message is left while any chain of swaps would place it."""
    problem = problem.in_order()
    priorities = [w.priority for w in problem.wanted]

    def left_out(choice: oracle.Choice) -> list[int]:
        return sorted((p for p, c in zip(priorities, choice, strict=True) if c < 0), reverse=True)

    best = min((left_out(choice) for choice in oracle.every_choice(problem)), key=lambda out: (len(out), out))
    placed = {one.wanted: one.able for one in solve(problem).placed}
    mine = sorted((w.priority for w in problem.wanted if placed[w.key] is None), reverse=True)
    assert mine == best


@settings(deadline=None)
@given(problems(12, 5))
def test_no_message_is_left_while_swapping_it_in_for_a_less_pressing_one_would_do(problem: Problem) -> None:
    able = {a.key: a for a in problem.able}
    wanted = {w.key: w for w in problem.wanted}
    share = solve(problem).placed
    loads = Counter(one.able for one in share)
    for out in (one for one in share if one.able is None):
        for person in able.values():
            if oracle.may_call(person, wanted[out.wanted]):
                assert loads[person.key] == oracle.free(person)
                theirs = [one.wanted for one in share if one.able == person.key]
                assert all(wanted[key].priority >= wanted[out.wanted].priority for key in theirs)


@settings(deadline=None)
@given(problems(8, 4))
def test_the_arrays_say_what_the_costs_say(problem: Problem) -> None:
    problem = problem.in_order()
    grounds = grounds_of(problem)
    arcs = arcs_of(problem, grounds.eligible, COSTS)
    for r, c, cost in zip(arcs.row.tolist(), arcs.column.tolist(), arcs.cost.tolist(), strict=True):
        whole = oracle.pair_cost(problem, problem.wanted[r], problem.able[c])
        assert 0 <= cost - 8 * whole < 8, "a tie-break is less than a unit"
    expected = [[oracle.may_call(a, w) for a in problem.able] for w in problem.wanted]
    assert grounds.eligible.tolist() == expected


@settings(deadline=None)
@given(problems(12, 5))
def test_without_the_exact_solver_the_share_is_safe_and_says_so(problem: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(assignment, "SimpleMinCostFlow", None)
        share = solve(problem)
    wanted, able = {w.key: w for w in problem.wanted}, {a.key: a for a in problem.able}
    loads = Counter(one.able for one in share.placed)
    assert share.solver is Solver.GREEDY
    assert all(oracle.may_call(able[one.able], wanted[one.wanted]) for one in share.placed if one.able)
    assert all(loads[person.key] <= oracle.free(person) for person in able.values())
    assert share.objective >= solve(problem).objective


def test_the_simple_rule_can_be_worse_so_the_comparison_means_something() -> None:
    """The negative control of the tests above: a share that is legal and not the best."""
    both, one = frozenset({Discipline.SLT, Discipline.OT}), frozenset({Discipline.SLT})
    problem = Problem(
        (Wanted("m0", 5, Discipline.SLT), Wanted("m1", 0, Discipline.OT)),
        (Able("t0", both, slots=1), Able("t1", one, slots=1)),
        (Met("m0", "t0", 20, "2026-11-03"),),
    )
    arcs = arcs_of(problem, grounds_of(problem).eligible, COSTS)
    assert (by_turns(problem, arcs) < 0).sum() == 1
    assert all(one.able for one in solve(problem).placed)


SLT = frozenset({Discipline.SLT})


def test_the_day_is_even() -> None:
    problem = Problem(
        tuple(Wanted(f"m{n}", 0) for n in range(12)), tuple(Able(f"t{n}", SLT, slots=10) for n in range(4))
    )
    loads = Counter(one.able for one in solve(problem).placed)
    assert set(loads.values()) == {3}


def test_a_fuller_day_gets_fewer_further_calls() -> None:
    problem = Problem(
        tuple(Wanted(f"m{n}", 0) for n in range(6)), (Able("t0", SLT, slots=10, used=6), Able("t1", SLT, slots=10))
    )
    assert Counter(one.able for one in solve(problem).placed) == {"t1": 6}


def test_who_had_most_of_the_calls_for_weeks_gets_fewer_today_and_it_is_said_why() -> None:
    team = (Able("t0", SLT, 20, lately=Lately(90, 50)), Able("t1", SLT, 20, lately=Lately(20, 50)), Able("t2", SLT, 20))
    placed = solve(Problem(tuple(Wanted(f"m{n}", 0) for n in range(24)), team)).placed
    loads = Counter(one.able for one in placed)
    assert loads["t0"] < loads["t2"] < loads["t1"], "somebody new is in the middle"
    assert {tuple(one.parts["lately"]) for one in placed if one.able == "t0"} <= {(90, 50)}
    assert not [one for one in placed if one.able == "t2" and "lately" in one.parts]


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        (Wanted("m", 0, must_speak="pl"), ()),
        (Wanted("m", 0, needs=frozenset({"eating"})), ()),
        (Wanted("m", 0, would_speak="pl"), ()),
        (Wanted("m", 0, times=frozenset({Part.MORNING})), ()),
        (Wanted("m", 0), (Met("m", "busy", continuity([105]), "2026-08-10"),)),
    ],
)
def test_whom_a_family_needs_or_knows_weighs_more_than_who_had_many_calls(wanted: Wanted, met: tuple[Met, ...]) -> None:
    """Even somebody they spoke with three months ago."""
    busy = Able("busy", SLT, 8, 0, frozenset({"eating"}), frozenset({"pl"}), lately=Lately(100, 50))
    fresh = Able("fresh", SLT, 8, times=frozenset({Part.AFTERNOON}), lately=Lately(0, 50))
    assert solve(Problem((wanted,), (busy, fresh), met)).placed[0].able == "busy"
    assert solve(Problem((Wanted("m", 0),), (busy, fresh))).placed[0].able == "fresh"


def test_nobody_is_left_out_to_spare_somebody_who_had_many_calls() -> None:
    busy = Able("busy", SLT, 8, lately=Lately(100, 50))
    placed = solve(Problem(tuple(Wanted(f"m{n}", 0) for n in range(8)), (busy,))).placed
    assert {one.able for one in placed} == {"busy"}


def test_the_therapist_who_spoke_to_the_family_calls_again() -> None:
    problem = Problem(
        (Wanted("m0", 0),), (Able("t0", SLT, 8), Able("t1", SLT, 8)), (Met("m0", "t1", 60, "2026-11-03"),)
    )
    placed = solve(problem).placed[0]
    assert placed.able == "t1"
    assert placed.parts == {"met": "2026-11-03", "continuity": 60, "calls": [1, 8]}


def test_a_speaker_is_better_than_an_interpreter_and_is_explained() -> None:
    speaker = Able("t1", SLT, 8, languages=frozenset({"pl"}))
    problem = Problem((Wanted("m0", 0, would_speak="pl"),), (Able("t0", SLT, 8), speaker))
    placed = solve(problem).placed[0]
    assert (placed.able, placed.parts["speaks"]) == ("t1", "pl")
    alone = solve(Problem(problem.wanted, problem.able[:1])).placed[0]
    assert (alone.able, alone.parts["interpreter"]) == ("t0", "pl")


def test_who_knows_what_a_call_is_about_is_chosen_before_others_and_is_explained() -> None:
    knows = Able("t1", SLT, 8, competences=frozenset({"signing"}))
    problem = Problem((Wanted("m0", 0, better=frozenset({"signing"})),), (Able("t0", SLT, 8), knows))
    placed = solve(problem).placed[0]
    assert (placed.able, placed.parts["knows"]) == ("t1", ["signing"])
    alone = solve(Problem(problem.wanted, problem.able[:1])).placed[0]
    assert (alone.able, alone.parts["lacks"]) == ("t0", ["signing"]), "nobody waits for it"


def test_whoever_has_a_message_keeps_it_when_nothing_speaks_for_another() -> None:
    wanted = tuple(Wanted(f"m{n}", 0, holder=f"t{n % 2}") for n in range(4))
    problem = Problem(wanted, (Able("t0", SLT, 8), Able("t1", SLT, 8)))
    assert {one.wanted: one.able for one in solve(problem).placed} == {w.key: w.holder for w in wanted}


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted("m", 0, Discipline.OT), Reason.NO_DISCIPLINE),
        (Wanted("m", 0, must_speak="pl"), Reason.NO_LANGUAGE),
        (Wanted("m", 0, needs=frozenset({"eating"})), Reason.NO_COMPETENCE),
        (Wanted("m", 0), Reason.NO_SLOTS),
    ],
)
def test_what_cannot_be_placed_says_why(wanted: Wanted, reason: Reason) -> None:
    full = Able("t", SLT, slots=2, used=2)
    assert solve(Problem((wanted,), (full,))).placed[0].reason is reason


def test_with_nobody_on_duty_that_is_the_reason() -> None:
    assert solve(Problem((Wanted("m", 0),), ())).placed[0].reason is Reason.NOBODY_ON_DUTY


def test_an_empty_day_is_shared_out_too() -> None:
    assert solve(Problem((), (Able("t", SLT, 3),))).placed == ()


def test_two_thousand_messages_and_fifty_therapists_are_shared_out_exactly() -> None:
    chance = random.Random(7)
    able = tuple(
        Able(f"t{n}", frozenset(chance.sample(list(Discipline), chance.choice((1, 2)))), slots=40) for n in range(50)
    )
    wanted = tuple(Wanted(f"m{n}", chance.randrange(6), chance.choice((*Discipline, None))) for n in range(2000))
    share = solve(Problem(wanted, able))
    loads = Counter(one.able for one in share.placed)
    assert all(loads[person.key] <= 40 for person in able)
    assert np.std([loads[person.key] for person in able]) < 8
