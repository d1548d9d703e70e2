"""Rules about referrals, claimed for any answers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.errors import Invalid, NotPossible
from core.domain.identity import Discipline
from core.domain.profile import ReferralRule
from referral import rules
from referral.words import (
    Agreement,
    FlagKind,
    ReferrerKind,
    RequestState,
    RequestStep,
    Sign,
    Urgency,
)

signs = st.frozensets(st.sampled_from(Sign))
pathways = st.frozensets(st.sampled_from(["speech", "walking", rules.EATING, rules.AFTER_OPERATION]))


@given(signs, pathways, signs, pathways)
def test_no_further_answer_ever_lowers_urgency(
    some: frozenset[Sign], of: frozenset[str], more: frozenset[Sign], paths: frozenset[str]
) -> None:
    before = rules.urgency_of(some, of)
    assert not rules.is_lower(rules.urgency_of(some | more, of | paths), before)


@given(st.sampled_from(Sign))
def test_every_sign_raises_urgency_and_has_a_flag(sign: Sign) -> None:
    assert rules.is_lower(Urgency.ROUTINE, rules.urgency_of([sign], []))
    assert FlagKind(sign.value)


def test_choking_is_urgent_and_nothing_is_routine() -> None:
    assert rules.urgency_of([Sign.CHOKING, Sign.BABY], []) is Urgency.URGENT
    assert rules.urgency_of([Sign.BABY], []) is Urgency.SOON
    assert rules.urgency_of([], ["speech"]) is Urgency.ROUTINE


def test_every_state_can_be_reached_and_no_step_leaves_the_table() -> None:
    reached = {RequestState.RECEIVED}
    while new := {to for (state, _), to in rules.STEPS.items() if state in reached} - reached:
        reached |= new
    assert reached == set(RequestState)
    assert {step for _, step in rules.STEPS} == set(RequestStep)


@given(st.sampled_from(RequestState), st.sampled_from(RequestStep))
def test_a_step_leads_where_the_table_says_or_nowhere(state: RequestState, step: RequestStep) -> None:
    if (state, step) in rules.STEPS:
        assert rules.after(state, step) is rules.STEPS[state, step]
    else:
        with pytest.raises(NotPossible):
            rules.after(state, step)


def test_what_is_over_comes_back_only_when_somebody_reopens_it() -> None:
    over = {
        RequestState.SIGNPOSTED, RequestState.REDIRECTED, RequestState.NOT_ACCEPTED, RequestState.DUPLICATE,
        RequestState.WITHDRAWN, RequestState.DISCHARGED,
    }  # fmt: skip
    steps = {step for state, step in rules.STEPS if state in over}
    assert steps == {RequestStep.REOPEN, RequestStep.COME_BACK}
    assert all((state, RequestStep.REOPEN) in rules.STEPS for state in over)


@given(st.lists(st.tuples(st.sampled_from(RequestState), st.sampled_from(Urgency))))
def test_a_referral_is_in_the_queue_as_long_as_something_is_open(parts: list[tuple[RequestState, Urgency]]) -> None:
    place = rules.place_in_queue(parts)
    assert (place is None) is not any(rules.is_open(state) for state, _ in parts)
    assert all(
        place is not None and place <= rules.PRESSING[urgency] for state, urgency in parts if rules.is_open(state)
    )


def test_a_lower_urgency_needs_the_flags_cleared_and_a_higher_one_does_not() -> None:
    with pytest.raises(Invalid):
        rules.check_urgency(Urgency.SOON, Urgency.URGENT, open_flags=1)
    rules.check_urgency(Urgency.SOON, Urgency.URGENT, open_flags=0)
    rules.check_urgency(Urgency.URGENT, Urgency.SOON, open_flags=3)


def test_a_rule_concerns_only_its_pathway_and_whoever_it_leaves_out() -> None:
    rule = ReferralRule(discipline=Discipline.SLT, pathway=rules.EATING, open_to=frozenset({"health"}))
    slt = {Discipline.SLT: {rules.EATING}}
    assert rules.closed_to([rule], ReferrerKind.PARENT, slt) == (rule,)
    assert rules.closed_to([rule], ReferrerKind.HEALTH, slt) == ()
    assert rules.closed_to([rule], ReferrerKind.PARENT, {Discipline.SLT: {"speech"}}) == ()
    assert rules.closed_to([rule], ReferrerKind.PARENT, {Discipline.OT: {rules.EATING}}) == ()
    whole = ReferralRule(discipline=Discipline.PHYSIO, open_to=frozenset({"health"}))
    assert rules.closed_to([whole], ReferrerKind.EDUCATION, {Discipline.PHYSIO: set()}) == (whole,)


def test_targets_count_calendar_days_over_a_change_of_clocks() -> None:
    days = {"urgent": 14, "routine": 126, "soon": 42}
    assert rules.target_on(date(2026, 10, 20), Urgency.URGENT, days) == date(2026, 11, 3)
    assert rules.target_on(date(2026, 11, 23), Urgency.ROUTINE, days) == date(2027, 3, 29)


def test_young_people_refer_themselves_from_their_sixteenth_birthday() -> None:
    assert not rules.may_refer_alone(date(2010, 11, 24), date(2026, 11, 23))
    assert rules.may_refer_alone(date(2010, 11, 23), date(2026, 11, 23))


def test_texts_need_a_mobile_and_nobody_reading_along() -> None:
    assert rules.may_text("+447700900001", safe=True)
    assert not rules.may_text("+447700900001", safe=False)
    assert not rules.may_text("+441632960001", safe=True)


@pytest.mark.parametrize("agreement", list(Agreement))
def test_a_family_that_was_not_told_is_not_written_to(agreement: Agreement) -> None:
    assert rules.may_write_to_family(ReferrerKind.EDUCATION, agreement) is (agreement is Agreement.YES)
    assert rules.may_write_to_family(ReferrerKind.PARENT, None)
