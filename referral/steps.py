"""The journey that refers a child, page by page: which questions meet on a page, and whom each page is for."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from core.domain.identity import Discipline
from core.domain.nhs import age_on
from core.domain.profile import Profile, ReferralRule
from core.web import journey as walk
from core.web.journey import Journey, Step
from core.web.questions import Answers, is_one_of
from referral import questions as ask
from referral import rules
from referral.sections import SECTIONS, therapies
from referral.words import PROFESSIONALS, Agreement, ReferrerKind

When = Callable[[Answers], bool]
_EMERGENCY = "components/emergency.html"

_is_parent = is_one_of("who", ReferrerKind.PARENT)
_is_young_person = is_one_of("who", ReferrerKind.YOUNG_PERSON)
_is_professional = is_one_of("who", *PROFESSIONALS)


def _is_family(answers: Answers) -> bool:
    return not _is_professional(answers)


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
            *_contacts(),
            *_concerns(),
            *(step for name in names for step in _section(*name, policy)),
            *_consents(),
        ),
    )


def _start(names: tuple[tuple[Discipline, str], ...], policy: tuple[ReferralRule, ...]) -> tuple[Step, ...]:
    section = "Before you start"
    return (
        Step("who", (ask.WHO,), section=section),
        Step("urgent", (ask.URGENT_NOW,), section=section),
        _stop("urgent-help", "Get medical help now", is_one_of("urgent_now", "yes")),
        Step("therapies", (therapies(names),), section=section),
        *(_told_otherwise(rule, name) for discipline, name in names for rule in _rules(policy, discipline, whole=True)),
        Step("signs", (ask.SIGNS,), note=_EMERGENCY, section=section),
    )


def _who_refers() -> tuple[Step, ...]:
    section, when = "About you", _is_professional
    return (
        Step("your-role", ask.PROFESSIONAL, title="About you", when=when, section=section),
        Step(
            "your-work-contact", ask.PROFESSIONAL_CONTACT, title="How can we contact you?", when=when, section=section
        ),
        Step("agreement", (ask.AGREED,), when=when, section=section),
        _stop("agreement-needed", "Talk with the family first", is_one_of("agreed", Agreement.NO)),
        Step(
            "safeguarding",
            (),
            title="Safeguarding comes first",
            when=is_one_of("agreed", Agreement.SAFEGUARDING),
            note="referral/safeguarding.html",
            section=section,
        ),
    )


def _child(today: date, oldest: int) -> tuple[Step, ...]:
    def is_under_16(answers: Answers) -> bool:
        born = answers.get("child_born")
        return bool(born) and _is_young_person(answers) and not rules.may_refer_alone(_day(born), today)

    def is_older(answers: Answers) -> bool:
        born = answers.get("child_born")
        return bool(born) and age_on(_day(born), today) > oldest

    section = "The child or young person"
    return (
        Step("child", ask.CHILD, title="Who is your child?", when=_is_parent, section=section),
        Step("yourself", ask.CHILD, title="What is your name?", when=_is_young_person, section=section),
        Step("patient", ask.CHILD, title="Who are you referring?", when=_is_professional, section=section),
        _stop("under-16", "You need to be 16 or over to refer yourself", is_under_16),
        Step("age", (), title="We may not be the right service", when=is_older, note="referral/age.html"),
        Step("nhs-number", ask.NHS_NUMBER, title="NHS number", section=section),
        Step("child-address", ask.ADDRESS, title="Where does your child live?", when=_is_parent, section=section),
        Step("your-address", ask.ADDRESS, title="Where do you live?", when=_is_young_person, section=section),
        Step("patient-address", ask.ADDRESS, title="Where do they live?", when=_is_professional, section=section),
        Step("language", ask.LANGUAGE, title="Language", section=section),
        Step("needs", ask.NEEDS, title="What helps", section=section),
    )


def _contacts() -> tuple[Step, ...]:
    family, places = "Contacts", "GP and school"
    return (
        Step("you", ask.ADULT, title="About you", when=_is_parent, section=family),
        Step("carer", ask.THEIR_ADULT, title="Their parent or carer", when=_is_professional, section=family),
        Step("contact", ask.CONTACT, title="How can we contact you?", when=_is_family, section=family),
        Step(
            "carer-contact",
            ask.CONTACT,
            title="How can we contact the parent or carer?",
            when=_is_professional,
            section=family,
        ),
        Step("places", ask.PLACES, title="GP, and nursery, school or college", section=places),
    )


def _concerns() -> tuple[Step, ...]:
    section = "What is difficult"
    return (
        Step("worries", ask.WORRIES, title="Your worries", note=_EMERGENCY, section=section),
        Step("hopes", ask.HOPES, title="What helps and what you hope for", note=_EMERGENCY, section=section),
    )


def _section(discipline: Discipline, name: str, policy: tuple[ReferralRule, ...]) -> tuple[Step, ...]:
    title = name[:1].upper() + name[1:]
    return (
        Step(
            str(discipline), SECTIONS[discipline], title=title, when=is_one_of("disciplines", discipline), section=title
        ),
        *(_told_otherwise(rule, name) for rule in _rules(policy, discipline, whole=False)),
    )


def _consents() -> tuple[Step, ...]:
    section = "Your agreement"
    return (
        Step("your-agreement", (ask.AGREE, ask.SHARE_SCHOOL), title=section, when=_is_parent, section=section),
        Step(
            "you-agree",
            (ask.AGREE, ask.SHARE_SCHOOL, ask.TELL_PARENTS),
            title=section,
            when=_is_young_person,
            section=section,
        ),
    )


def _stop(slug: str, title: str, when: When) -> Step:
    return Step(slug, (), title=title, when=when, note=f"referral/{slug}.html", stop=True)


def _told_otherwise(rule: ReferralRule, name: str) -> Step:
    """Nobody is refused by a rule: they are told the usual way, and may go on."""

    def is_closed(answers: Answers) -> bool:
        who = answers.get("who")
        return bool(who) and bool(rules.closed_to((rule,), ReferrerKind(str(who)), asked_of(answers)))

    slug, title = f"{rule.discipline}-{rule.pathway}", f"{name[:1].upper()}{name[1:]}: the usual way to us"
    words = rule.otherwise or "Somebody else usually asks us for this."
    return Step(slug, (), title=title, when=is_closed, words=words, note="referral/otherwise.html")


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
    step = walk.first_unanswered(journey, answers)
    return step.slug if step else "check"
