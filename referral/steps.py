"""The journey that refers a child, page by page: which questions meet on a page, and whom each page is for."""

from datetime import date
from functools import lru_cache

from core.domain.identity import Discipline
from core.domain.nhs import age_on
from core.domain.profile import Profile, ReferralRule
from core.web import journey as walk
from core.web.journey import TASKS, Journey, Step
from core.web.questions import Answers, is_one_of
from referral import questions as ask
from referral import rules
from referral.files_words import FILES
from referral.questions_asking import Page, SeenBy, When
from referral.questions_child import NAMES
from referral.questions_child import SECTION as CHILD
from referral.questions_start import ABOUT_YOU, ROLE, START, WHO_AGREED, WORK_CONTACT
from referral.sections import therapies
from referral.words import PROFESSIONALS, Agreement, ReferrerKind

_EMERGENCY = "components/emergency.html"

_is_young_person = is_one_of("who", ReferrerKind.YOUNG_PERSON)
_is_professional = is_one_of("who", *PROFESSIONALS)


def journey_for(profile: Profile, today: date) -> Journey:
    """The questions of a referral, with this service's therapies, rules and ages, as they are on this day."""
    names = tuple((discipline, words.name) for discipline, words in profile.disciplines.items())
    return _journey(names, profile.referral.rules, profile.referral.oldest, today)


@lru_cache(maxsize=16)
def _journey(
    names: tuple[tuple[Discipline, str], ...], policy: tuple[ReferralRule, ...], oldest: int, today: date
) -> Journey:
    return Journey(
        name="referral",
        version=ask.QUESTIONS_VERSION,
        title="Refer a child or young person",
        steps=(
            *_start(names, policy),
            *_who_refers(),
            *_child(today, oldest),
            *map(_step, ask.common_pages()),
            *(step for name in names for step in _section(*name, policy)),
            _files(),
            *map(_step, ask.last_pages()),
        ),
        first=(START, ABOUT_YOU),
    )


def _step(page: Page) -> Step:
    """A page of the form, for whoever sees it."""
    when = SeenBy(page.whom, page.when)
    return Step(page.slug, page.questions, title=page.title, when=when, note=page.note, section=page.section)


def _start(names: tuple[tuple[Discipline, str], ...], policy: tuple[ReferralRule, ...]) -> tuple[Step, ...]:
    return (
        Step("who", (ask.WHO,), section=START),
        Step("urgent", (ask.URGENT_NOW,), section=START),
        _stop("urgent-help", "Get medical help now", is_one_of("urgent_now", "yes"), START),
        Step("therapies", (therapies(names),), section=START),
        *(
            _told_otherwise(rule, name, START)
            for discipline, name in names
            for rule in _rules(policy, discipline, whole=True)
        ),
        Step("signs", (ask.SIGNS,), note=_EMERGENCY, section=START),
    )


def _who_refers() -> tuple[Step, ...]:
    return (
        _step(ROLE),
        _step(WORK_CONTACT),
        Step("agreement", (ask.AGREED,), when=_is_professional, section=ABOUT_YOU),
        _stop("agreement-needed", "Talk with the family first", is_one_of("agreed", Agreement.NO), ABOUT_YOU),
        Step(
            "safeguarding",
            (),
            title="Safeguarding comes first",
            when=is_one_of("agreed", Agreement.SAFEGUARDING),
            note="referral/safeguarding.html",
            section=ABOUT_YOU,
        ),
        _step(WHO_AGREED),
    )


def _child(today: date, oldest: int) -> tuple[Step, ...]:
    def is_under_16(answers: Answers) -> bool:
        born = answers.get("child_born")
        return bool(born) and _is_young_person(answers) and not rules.may_refer_alone(_day(born), today)

    def is_older(answers: Answers) -> bool:
        born = answers.get("child_born")
        return bool(born) and age_on(_day(born), today) > oldest

    title, note = "We may not be the right service", "referral/age.html"
    return (
        *map(_step, NAMES),
        _stop("under-16", "You need to be 16 or over to refer yourself", is_under_16, CHILD),
        Step("age", (), title=title, when=is_older, note=note, section=CHILD),
    )


def _section(discipline: Discipline, name: str, policy: tuple[ReferralRule, ...]) -> tuple[Step, ...]:
    section = name[:1].upper() + name[1:]
    first, *more = (_step(page) for page in ask.therapy_pages(discipline, section))
    begins = [first, *(step for step in more if step.slug.removesuffix("-you").removesuffix("-them") == first.slug)]
    told = (_told_otherwise(rule, name, section) for rule in _rules(policy, discipline, whole=False))
    return (*begins, *told, *(step for step in more if step not in begins))


def _files() -> Step:
    """Nothing has to be sent: it counts as done once it was seen."""
    title = "Photos, letters and reports"
    return Step(FILES, (), title=title, section=title)


def _stop(slug: str, title: str, when: When, section: str) -> Step:
    return Step(slug, (), title=title, when=when, note=f"referral/{slug}.html", stop=True, section=section)


def _told_otherwise(rule: ReferralRule, name: str, section: str) -> Step:
    """Nobody is refused by a rule: they are told the usual way, and may go on."""

    def is_closed(answers: Answers) -> bool:
        who = answers.get("who")
        return bool(who) and bool(rules.closed_to((rule,), ReferrerKind(str(who)), asked_of(answers)))

    slug, title = f"{rule.discipline}-{rule.pathway}", f"{name[:1].upper()}{name[1:]}: the usual way to us"
    words = rule.otherwise or "Somebody else usually asks us for this."
    note = "referral/otherwise.html"
    return Step(slug, (), title=title, when=is_closed, words=words, note=note, section=section)


def _rules(policy: tuple[ReferralRule, ...], discipline: Discipline, *, whole: bool) -> tuple[ReferralRule, ...]:
    return tuple(rule for rule in policy if rule.discipline is discipline and (rule.pathway == "any") is whole)


def asked_of(answers: Answers) -> dict[Discipline, frozenset[str]]:
    """What is wanted of each therapy that was ticked."""
    return {Discipline(one): frozenset(ticked(answers, f"{one}_areas")) for one in ticked(answers, "disciplines")}


def ticked(answers: Answers, name: str) -> list[str]:
    """The boxes ticked, or the one option chosen; none when it was not asked."""
    given = answers.get(name, [])
    return [given] if isinstance(given, str) else given


def _day(told: object) -> date:
    return date.fromisoformat(str(told))


def first_page(journey: Journey, answers: Answers) -> str:
    """Where a returning person goes on: the address of a page below the journey's."""
    step = walk.comes_next(journey, answers)
    return step.slug if step else TASKS
