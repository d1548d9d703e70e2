"""What kind of thing a record is, for the rules of how long it is kept, and whose each part of it is."""

from enum import StrEnum


class Matter(StrEnum):
    """What a record is, as the retention schedule names it."""

    CHILD = "child-record"
    NOT_ACCEPTED = "not-accepted-referral"
    ENQUIRY = "enquiry-about-no-named-child"
    GROUP_SESSION = "group-session-booking"
    DRAFT = "draft"
    RECORDING = "recording"
    RIGHTS_REQUEST = "rights-request"
    COMPLAINT = "complaint"


class Whose(StrEnum):
    """Whose information a part of a record is. All but the first are looked at by a person before a copy is given."""

    CHILD = "the child"
    OTHER_PERSON = "another person"
    OTHER_WORDS = "words of another person"
    STAFF = "a member of staff"
