"""A person at a browser who refers a child: answers page after page by what each page asks, whatever the form asks next
year. Stories that only need a referral to be there use `tests.referral.support.send`, which needs no browser."""

import httpx

from core.web.journey import TASKS, Step
from core.web.questions import Answers, Kind, Question, Value
from tests.referral.support import EATING, PARENT, PROFESSIONAL, YOUNG_PERSON, fill_in, journey
from tests.support.person import Person
from tests.support.visit import Visit

SENCO: dict[str, Value] = {
    **{name: value for name, value in PROFESSIONAL.items() if not name.startswith(("physio", "operation"))},
    "who": "education",
    "ref_name": "Sam Invented",
    "ref_role": "SENCO",
    "ref_organisation": "Invented Nursery",
    "ref_email": "sam@example.org",
    "disciplines": ["ot"],
    "ot_areas": ["dressing", "senses"],
    "ot_help": "Help with buttons.",
    "sense_which": ["sound"],
    "sense_effect": "From eating with the others.",
    "sense_workshop": "yes",
}
HEALTH_VISITOR: dict[str, Value] = {
    **{name: value for name, value in PROFESSIONAL.items() if not name.startswith(("physio", "operation"))},
    "ref_name": "Vic Invented",
    "ref_role": "Health visitor",
    "ref_email": "vic@example.org",
    "disciplines": ["slt"],
    "signs": ["choking"],
    "slt_areas": ["eating-and-drinking"],
    "slt_understood": "too-young",
    **EATING,
}
GP = PROFESSIONAL
EVERYBODY: dict[str, Answers] = {
    "parent": PARENT,
    "young person": YOUNG_PERSON,
    "SENCO": SENCO,
    "health visitor": HEALTH_VISITOR,
    "GP": GP,
}


async def refers(person: Person, answers: Answers) -> str:
    """The whole form, from its start page to the confirmation; returns the reference."""
    await person.opens("/refer")
    await person.presses("Start now")
    await goes_on(person, answers)
    await person.presses("Send")
    await person.sees_heading("Referral sent")
    return await person.reads(".fd-reference")


async def has_filled_in(person: Person, answers: Answers) -> None:
    """All pages are answered in this browser, down to the check: sent without being shown, for stories about what
    comes then."""
    async with httpx.AsyncClient(base_url=person.address) as client:
        assert (await fill_in(Visit(client), answers))[-1] == "check"
        kept = [(one.name, str(one.value)) for one in client.cookies.jar]
    await person.page.context.add_cookies([{"name": n, "value": v, "url": person.address} for n, v in kept])


async def goes_on(person: Person, answers: Answers, until: str = "check") -> list[str]:
    """From the page that is open to the one with this slug; returns the pages met."""
    met: list[str] = []
    while (slug := person.page.url.split("?")[0].rsplit("/", 1)[-1]) != until:
        assert len(met) < 120, met
        met.append(slug)
        if slug == TASKS:
            await person.follows_button("Check your answers" if await _is_complete(person) else "Go on")
        else:
            step = journey().step(slug)
            assert step, person.page.url
            await fills_in(person, step, answers)
            await person.continues()
    return met


async def _is_complete(person: Person) -> bool:
    return await person.reads("#go-on") != "Go on"


async def fills_in(person: Person, step: Step, answers: Answers) -> None:
    """One page, each question in its own way."""
    for question in step.questions:
        if question.id in answers:
            await _answers(person, question, answers[question.id])


async def _answers(person: Person, question: Question, value: Value) -> None:
    page = person.page
    if question.kind in (Kind.RADIOS, Kind.CHECKBOXES):
        for one in [value] if isinstance(value, str) else value:
            await page.locator(f"input[name='{question.id}'][value='{one}']").check()
    elif question.kind is Kind.SELECT:
        await page.locator(f"[name='{question.id}']").select_option(value)
    elif question.kind in (Kind.DATE, Kind.DATE_OF_BIRTH):
        for part, typed in zip(("year", "month", "day"), str(value).split("-"), strict=True):
            await page.locator(f"[name='{question.id}-{part}']").fill(typed)
    else:
        await page.locator(f"[name='{question.id}']").fill(str(value))
