"""Referrals in words."""

from datetime import date, timedelta

import pytest

from core.domain.clock import london
from core.domain.ids import new_id
from referral import presenters, queue_rules, status_presenters
from referral.views import InformationView, RequestView, StatusView
from referral.words import Asked, FlagKind, ReferrerKind, RequestState, Urgency
from tests.referral.support import PARENT, PROFILE, SLT, journey

NOW = london(2026, 11, 23, 10)


def status(state: RequestState, of: Asked | None = None, who: ReferrerKind = ReferrerKind.PARENT) -> StatusView:
    request_id = new_id()
    due_on = date(2026, 12, 7)
    asked = InformationView(new_id(), request_id, "Which?", of, due_on, NOW, None, None) if of else None
    request = RequestView(request_id, SLT, state, Urgency.ROUTINE, date(2027, 3, 29), 1, None, None, asked)
    return StatusView(new_id(), "K7MA-4QXA", who, NOW, (request,))


@pytest.mark.parametrize("state", list(RequestState))
def test_every_state_has_a_tag_and_plain_words(state: RequestState) -> None:
    (part,) = status_presenters.parts(status(state), PROFILE)
    assert part.tag["text"]
    assert part.now
    assert "{" not in part.now + part.next
    assert part.phone == PROFILE.phone


def test_the_target_is_named_while_it_can_still_be_met() -> None:
    (part,) = status_presenters.parts(status(RequestState.RECEIVED), PROFILE)
    assert part.next.endswith("we aim to see the child by Monday 29 March 2027.")
    (part,) = status_presenters.parts(status(RequestState.RECEIVED, who=ReferrerKind.YOUNG_PERSON), PROFILE)
    assert "we aim to see you by" in part.next


@pytest.mark.parametrize(("of", "may"), [(Asked.FAMILY, True), (Asked.REFERRER, True), (Asked.SCHOOL, False)])
def test_only_what_was_asked_of_the_family_or_referrer_is_answered_there(of: Asked, may: bool) -> None:
    (part,) = status_presenters.parts(status(RequestState.WAITING_FOR_INFORMATION, of), PROFILE)
    assert bool(part.answer) is may
    assert part.asked


@pytest.mark.parametrize("kind", list(FlagKind))
def test_every_flag_has_words(kind: FlagKind) -> None:
    assert presenters.FLAGS[kind]


def test_age_is_told_in_months_for_the_smallest() -> None:
    today = date(2026, 11, 23)
    told = [presenters.age(today - timedelta(days=days), today) for days in (0, 31, 370, 800)]
    assert told == ["0 months", "1 month", "12 months", "2 years"]


def test_the_letter_begins_with_the_worries_and_tells_the_rest() -> None:
    sections = presenters.letter(journey(), PARENT)
    assert sections[0].title == "What is difficult"
    assert sections[0].passages[0] == ("What worries you", "She says few words.\nIt began last year.")
    told = {value for section in sections for _, value in (*section.rows, *section.passages)}
    assert {"Invented Surgery", "07700 900001", "Mother", "Help with buttons."} <= told


def test_days_waiting_count_london_days() -> None:
    assert queue_rules.days_waiting(london(2026, 11, 22, 23, 59), london(2026, 11, 23, 0, 1)) == 1
