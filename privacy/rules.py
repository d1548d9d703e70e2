"""How long what is kept, when it may go, and by when the law wants an answer. `today` is London's."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from core.domain.errors import NotPossible
from core.domain.keeping import Matter
from core.domain.nhs import age_on
from core.domain.profile import RetentionPolicy
from privacy.words import ComplaintState, ComplaintStep, Due, Hold, Rule, RunState, RunStep

# Data Protection Act 2018, section 164A: a complaint is acknowledged within 30 days.
ACKNOWLEDGE_WITHIN = timedelta(days=30)
# UK GDPR, article 12(3): one month; two more where a request is complex.
EXTENDED_MONTHS = 3
# A copy that was released can be fetched again for so long.
COPY_KEPT = timedelta(days=30)

RUN_STEPS: Mapping[tuple[RunState, RunStep], RunState] = {
    (RunState.LOOKING, RunStep.FOUND): RunState.READY,
    (RunState.LOOKING, RunStep.DROP): RunState.DROPPED,
    (RunState.READY, RunStep.APPROVE): RunState.APPROVED,
    (RunState.READY, RunStep.DROP): RunState.DROPPED,
    (RunState.APPROVED, RunStep.FINISH): RunState.DONE,
}
COMPLAINT_STEPS: Mapping[tuple[ComplaintState, ComplaintStep], ComplaintState] = {
    (ComplaintState.RECEIVED, ComplaintStep.ACKNOWLEDGE): ComplaintState.ACKNOWLEDGED,
    (ComplaintState.ACKNOWLEDGED, ComplaintStep.CLOSE): ComplaintState.CLOSED,
}

# A preview grows old: what is approved was looked at by a person a short while ago.
GOOD_FOR = timedelta(days=7)


def run_after(state: RunState, step: RunStep) -> RunState:
    """Raises NotPossible."""
    if (state, step) not in RUN_STEPS:
        raise NotPossible(f"{step} when {state}")
    return RUN_STEPS[state, step]


def complaint_after(state: ComplaintState, step: ComplaintStep) -> ComplaintState:
    """Raises NotPossible."""
    if (state, step) not in COMPLAINT_STEPS:
        raise NotPossible(f"{step} when {state}")
    return COMPLAINT_STEPS[state, step]


def birthday(born: date, age: int) -> date:
    """The day somebody reaches an age; born on 29 February, on 1 March of other years (`core.domain.nhs.age_on`)."""
    return years_after(born, age)


def years_after(day: date, years: int) -> date:
    """The same date so many years later; 1 March after a 29 February that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def due(matter: Matter, born: date | None, over_on: date | None, policy: RetentionPolicy) -> Due | None:
    """When a record may go and why; None while it is open, or when nobody can tell."""
    if over_on is None:
        return None
    if matter is Matter.CHILD:
        return _due_of_child(born, over_on, policy) if born else None
    found = {
        Matter.NOT_ACCEPTED: Due(years_after(over_on, policy.not_accepted_years), Rule.NOT_ACCEPTED),
        Matter.ENQUIRY: Due(years_after(over_on, policy.enquiry_years), Rule.ENQUIRY),
        Matter.GROUP_SESSION: Due(over_on + timedelta(days=policy.group_session_days), Rule.GROUP_SESSION),
        Matter.DRAFT: Due(over_on + timedelta(days=policy.draft_days), Rule.DRAFT),
        Matter.RECORDING: Due(over_on + timedelta(days=policy.recording_days), Rule.RECORDING),
        Matter.RIGHTS_REQUEST: Due(years_after(over_on, policy.rights_request_years), Rule.RIGHTS_REQUEST),
        Matter.COMPLAINT: Due(years_after(over_on, policy.complaint_years), Rule.COMPLAINT),
    }
    return found[matter]


def _due_of_child(born: date, over_on: date, policy: RetentionPolicy) -> Due:
    """Until the 25th birthday; the 26th when they were 17 at the end; like an adult's record when they were older."""
    age = age_on(born, over_on)
    if age >= 18:
        grown = years_after(over_on, policy.adult_years)
        return Due(max(grown, birthday(born, policy.child_until_age)), Rule.ADULT)
    if age == 17:
        return Due(birthday(born, policy.child_until_age_when_17), Rule.BIRTHDAY_WHEN_17)
    return Due(birthday(born, policy.child_until_age), Rule.BIRTHDAY)


def is_due(found: Due | None, today: date) -> bool:
    return found is not None and found.on <= today


def is_held(nhs: frozenset[bytes], named: frozenset[bytes], holds: Iterable[Hold], today: date) -> bool:
    """Whether a hold covers a record with these keys. A hold counts on its last day too."""
    return any(
        (hold.until is None or today <= hold.until)
        and (hold.is_for_everything or not (hold.nhs.isdisjoint(nhs) and hold.named.isdisjoint(named)))
        for hold in holds
    )


def months_after(day: date, months: int) -> date:
    """The same date so many months later, or the last of a shorter month (ICO: "one calendar month")."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def answer_by(received_on: date, *, extended: bool = False) -> date:
    """The last day to answer somebody who uses their rights."""
    return months_after(received_on, EXTENDED_MONTHS if extended else 1)


def acknowledge_by(received_on: date) -> date:
    """The last day to acknowledge a complaint about personal data."""
    return received_on + ACKNOWLEDGE_WITHIN


def check_confirmation(typed: str, count: int) -> None:
    """Whoever approves types how many records go. ValueError with words for the person."""
    digits = "".join(sign for sign in typed if sign.isdigit())
    if digits != str(count):
        raise ValueError(f"Enter the number of records that would be deleted: {count}")
