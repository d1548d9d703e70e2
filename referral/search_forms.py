"""Finding a child's referrals: what may be typed. It is posted, so that no address, log or history keeps it."""

from core.web.forms import Form
from core.web.questions import Kind, Question

REFERENCE = Question("reference", Kind.REFERENCE, "Reference", hint="Like K7MA-4QXT")
QUESTIONS = (
    REFERENCE,
    Question("nhs_number", Kind.NHS_NUMBER, "NHS number", hint="10 digits, like 999 123 4567", width="10"),
    Question("last", Kind.TEXT, "Last name of the child", hint="Accents, spaces and capitals do not matter"),
    Question("born", Kind.DATE_OF_BIRTH, "Date of birth of the child", hint="For example, 27 3 2021",
             short="Date of birth"),
)  # fmt: skip
NOTHING_TYPED = "Enter a reference, an NHS number, or a last name with a date of birth"
NOT_THERE = "No referral that you may see matches"


def complete(form: Form) -> Form:
    """The form, refused where what was typed finds nobody: a name needs a date of birth, and the other way round."""
    if form.answers is None:
        return form
    given = form.answers
    if "last" in given and "born" not in given:
        return form.refuse("born", "Enter the date of birth too")
    if "born" in given and "last" not in given:
        return form.refuse("last", "Enter the last name too")
    return form if given else form.refuse("reference", NOTHING_TYPED)
