"""What keeps a child safe: who may decide, which plans there are, and what somebody who visits must know."""

from core.web.questions import Answers, Option, is_one_of
from referral.questions_asking import PARENTS, UNSURE, YES_NO, Page, boxes, choice, line, passage, yes_and
from referral.words import PROFESSIONALS

SECTION = "Family and safety"
ADULTS = PARENTS | PROFESSIONALS

_CARE = (
    choice("looked_after", "Is the child looked after by a local authority?",
           "Select yes if the child is looked after by a local authority", *YES_NO, UNSURE,
           hint="For example, they live with foster carers.", short="Looked after by a local authority"),
    boxes("plans", "Is any of this in place?", "Select what is in place, or select “None of these”",
          Option("child-protection", "A child protection plan"),
          Option("child-in-need", "A child in need plan"),
          Option("early-help", "Early help or Families First"), nothing="None of these", short="Plans in place"),
    choice("disagree", "Does anyone with parental responsibility disagree with this referral?",
           "Select yes if anyone disagrees", *YES_NO, UNSURE, short="Somebody with responsibility disagrees"),
    choice("court", "Is there a court order about the child?", "Select yes if there is a court order",
           *yes_and("court_details", UNSURE), hint="For example, who the child lives with or may see.",
           short="Court order"),
    line("court_details", "What does it say?", "Enter what the court order says", longest=500,
         when=is_one_of("court", "yes"), short="Court order says"),
)  # fmt: skip


def _has_social_worker(answers: Answers) -> bool:
    plans = answers.get("plans", [])
    return answers.get("looked_after") == "yes" or not {"child-protection", "child-in-need"}.isdisjoint(plans)


_SOCIAL_WORKER = (
    line("social_worker", "Social worker’s name", longest=100),
    line("social_worker_contact", "How can we reach them?", hint="Phone or email.", short="Social worker: contact"),
    line("local_authority", "Which local authority?", longest=100, short="Local authority"),
    line("may_agree", "Who may agree to health care?", longest=200, short="Who may agree to health care",
         hint="For example, the social worker, or the foster carer by delegated authority. See the placement plan."),
)  # fmt: skip
_CONCERNS = (
    choice("concerns", "Do you have concerns about the child’s safety?", "Select yes if you have concerns",
           *yes_and("concerns_details"), short="Concerns about safety"),
    passage("concerns_details", "What are the concerns, and who knows of them?", "Enter what the concerns are",
            when=is_one_of("concerns", "yes"), longest=2000, short="The concerns"),
    choice("visit_risk", "Is there a risk to staff who visit alone?", "Select if there is a risk to staff who visit",
           *yes_and("visit_risk_details", UNSURE), short="Risk to staff who visit"),
    line("visit_risk_details", "What is the risk?", "Enter what the risk is", longest=500,
         when=is_one_of("visit_risk", "yes"), short="The risk"),
)  # fmt: skip

PAGES = (
    Page("care", SECTION, _CARE, title="Who looks after {child}", whom=ADULTS),
    Page("social-worker", SECTION, _SOCIAL_WORKER, title="Social worker", whom=ADULTS, when=_has_social_worker),
    Page("concerns", SECTION, _CONCERNS, title="Safety", whom=PROFESSIONALS, note="referral/concerns.html"),
)
