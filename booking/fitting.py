"""Questions staff set before a booking: is this the right thing? They give advice and keep nobody out."""

from booking.words import OfferView
from core.web.forms import Form
from core.web.questions import Answers, Kind, Option, Question

_YES_NO = (Option("yes", "Yes"), Option("no", "No"), Option("not-sure", "I am not sure"))


def questions(offer: OfferView) -> tuple[Question, ...]:
    """As this offer asks them."""
    return tuple(
        Question(id=f"fit{n}", kind=Kind.RADIOS, label=ask, missing="Select yes, no or not sure", options=_YES_NO)
        for n, (ask, _) in enumerate(offer.asks)
    )


def blank(offer: OfferView) -> Form:
    return Form.blank(questions(offer))


def advice(offer: OfferView, answers: Answers) -> list[str]:
    """What may help more, for each question that was answered with no."""
    return [told for n, (_, told) in enumerate(offer.asks) if told and answers.get(f"fit{n}") == "no"]
