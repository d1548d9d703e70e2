"""The nouns of referrals: who refers, how pressing it is, what has become of each discipline's part."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.domain.facts import Fact
from core.domain.identity import Discipline


class ReferrerKind(StrEnum):
    """Who refers; the profile's rules use the same words."""

    PARENT = "parent"
    YOUNG_PERSON = "young-person"
    HEALTH = "health"
    EDUCATION = "education"
    SOCIAL_CARE = "social-care"


PROFESSIONALS = frozenset({ReferrerKind.HEALTH, ReferrerKind.EDUCATION, ReferrerKind.SOCIAL_CARE})


class Sign(StrEnum):
    """Answers that raise urgency, whoever gives them."""

    CHOKING = "choking"
    WEIGHT = "weight"
    LOST_SKILLS = "lost-skills"
    UNSAFE_MOVING = "unsafe-moving"
    FROM_HOSPITAL = "from-hospital"
    LIFE_LIMITING = "life-limiting"
    NEW_STAMMER = "new-stammer"
    BABY = "baby"
    UNSAFE_SWALLOW = "unsafe-swallow"
    BRACHIAL_PLEXUS = "brachial-plexus"
    EARLY_MOVEMENT = "early-movement"
    LATE_WALKING = "late-walking"
    SAFETY = "safety"


class Urgency(StrEnum):
    """How soon a child must be seen; `rules.PRESSING` puts them in order."""

    ROUTINE = "routine"
    SOON = "soon"
    URGENT = "urgent"


class RequestState(StrEnum):
    """What has become of one discipline's part of a referral."""

    RECEIVED = "received"
    IN_TRIAGE = "in-triage"
    WAITING_FOR_INFORMATION = "waiting-for-information"
    ACCEPTED = "accepted"
    SIGNPOSTED = "signposted"
    REDIRECTED = "redirected"
    NOT_ACCEPTED = "not-accepted"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"
    WAITING = "waiting"
    BOOKED = "booked"
    SEEN = "seen"
    DISCHARGED = "discharged"


class RequestStep(StrEnum):
    """What can be done with one request."""

    START_TRIAGE = "start triage"
    ASK = "ask for information"
    HEAR = "hear what was asked"
    ACCEPT = "accept"
    SIGNPOST = "signpost"
    REDIRECT = "redirect"
    NOT_ACCEPT = "not accept"
    MARK_DUPLICATE = "mark as duplicate"
    WITHDRAW = "withdraw"
    COME_BACK = "come back"
    REOPEN = "reopen"
    PUT_ON_LIST = "put on the waiting list"
    BOOK = "book"
    GIVE_BACK = "give the appointment back"
    SEE = "see"
    DISCHARGE = "discharge"


class FlagKind(StrEnum):
    """Something a clinician must look at and clear. Each sign has one of the same name."""

    CHOKING = "choking"
    WEIGHT = "weight"
    LOST_SKILLS = "lost-skills"
    UNSAFE_MOVING = "unsafe-moving"
    FROM_HOSPITAL = "from-hospital"
    LIFE_LIMITING = "life-limiting"
    NEW_STAMMER = "new-stammer"
    BABY = "baby"
    UNSAFE_SWALLOW = "unsafe-swallow"
    BRACHIAL_PLEXUS = "brachial-plexus"
    EARLY_MOVEMENT = "early-movement"
    LATE_WALKING = "late-walking"
    SAFETY = "safety"
    AFTER_OPERATION = "after-an-operation"
    SAFEGUARDING = "safeguarding"
    NOT_TELL = "not-tell"
    LOOKED_AFTER = "looked-after"
    DISAGREEMENT = "disagreement"
    COURT_ORDER = "court-order"
    VISIT_RISK = "visit-risk"
    RESPONSIBILITY = "parental-responsibility"
    PATHWAY = "pathway"


class Responsibility(StrEnum):
    """Whether an adult has parental responsibility, as they say."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Agreement(StrEnum):
    """What a professional says about talking with the family first."""

    YES = "yes"
    NO = "no"
    SAFEGUARDING = "safeguarding"


class ConsentKind(StrEnum):
    REFERRAL = "referral"
    SCHOOL = "school"
    PROFESSIONALS = "professionals"
    PARENTS = "parents"
    MESSAGES = "messages"
    RECORDING = "recording"
    OBSERVER = "observer"
    FEEDBACK = "feedback"


class ConsentChannel(StrEnum):
    WEB_FORM = "web form"
    IN_PERSON = "in person, told by the referrer"
    BY_PHONE = "by phone, told by the referrer"
    IN_WRITING = "in writing, told by the referrer"


class Asked(StrEnum):
    """Whom we ask for more information."""

    FAMILY = "family"
    REFERRER = "referrer"
    SCHOOL = "school"
    OTHER = "other"


@dataclass(frozen=True)
class ReferralReceived(Fact):
    """A referral was stored."""

    referral_id: UUID


@dataclass(frozen=True)
class RequestAccepted(Fact):
    """A clinician accepted one discipline's part."""

    referral_id: UUID
    request_id: UUID


@dataclass(frozen=True)
class InformationAsked(Fact):
    """A clinician cannot decide without knowing more."""

    referral_id: UUID
    request_id: UUID
    information_id: UUID


@dataclass(frozen=True)
class InformationGiven(Fact):
    """What was asked has been answered; the request is back in triage."""

    referral_id: UUID
    request_id: UUID
    information_id: UUID


@dataclass(frozen=True, slots=True)
class Child:
    """As typed; the NHS number has ten digits, the address is in lines and ends with the postcode."""

    first: str = field(repr=False)
    last: str = field(repr=False)
    born: date = field(repr=False)
    nhs_number: str | None = field(repr=False)
    address: str = field(repr=False)
    postcode: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody was asked, word for word, and whether they agreed. `by` is their name."""

    kind: ConsentKind
    given: bool
    wording: str
    by: str = field(repr=False)
    channel: ConsentChannel = ConsentChannel.WEB_FORM


@dataclass(frozen=True, slots=True)
class Guarded:
    """Who must not be contacted or told, in the words of who asked for it; the phones and emails we never use; and
    whether the address is kept from them."""

    words: str = field(repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    emails: tuple[str, ...] = field(default=(), repr=False)
    hides_address: bool = False


@dataclass(frozen=True, slots=True)
class NewReferral:
    """One complete set of answers. `asked` is what is wanted of each discipline; `answers` is everything, as asked by
    `version` of the questions."""

    referrer: ReferrerKind
    asked: dict[Discipline, frozenset[str]]
    signs: frozenset[Sign]
    child: Child
    phone: str = field(repr=False)
    email: str | None = field(repr=False)
    responsibility: Responsibility | None
    agreement: Agreement | None
    consents: tuple[Consent, ...]
    version: str
    answers: dict[str, Any] = field(repr=False)
    guarded: Guarded | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`area_id` is the team's patch; `note` is for the family."""

    urgency: Urgency
    area_id: str
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What we need to know, from whom, and the last day for it."""

    what: str = field(repr=False)
    of: Asked
    due_on: date
