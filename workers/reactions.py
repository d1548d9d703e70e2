"""The whole choreography on one page: when this becomes true, these jobs follow, each once.

Jobs get the fact's fields as ids. A fact without a line here is history and sets nothing going.
"""

from collections.abc import Mapping

REACTIONS: Mapping[str, tuple[str, ...]] = {
    # Referrals: the family and whoever referred are told. (Letters about a decision are drafted with it.)
    "ReferralReceived": ("referral.acknowledge",),
    "InformationAsked": ("referral.tell_asked",),
    "InformationChased": ("referral.tell_again",),
    # The advice line: a message finds a therapist at once in hours, and a call never belongs to somebody who is away.
    "MessageLeft": ("advice.assign",),
    "NumberCorrected": ("advice.assign",),
    "MessageAddedTo": ("advice.assign",),
    "MessagePassedOn": ("advice.assign",),
    "AbsenceEntered": ("advice.cover-absence",),
    "RunAsked": ("advice.run-again",),
    # A clinic or session was booked after a call: it stands on the record of the call.
    "BookedForFamily": ("advice.note-booking",),
    # A worry about a child's safety: the lead hears of it at once.
    "ConcernRaised": ("advice.tell-lead",),
    # Other closed days: what was promised is counted again at once.
    "CalendarChanged": ("advice.recount",),
    # Staff: links and notices by e-mail, and the work of whoever has left goes to others.
    "StaffInvited": ("staff.send-link",),
    "NewPasswordAsked": ("accounts.answer-ask",),
    "NewPasswordLinkMade": ("staff.send-link",),
    "SignInChanged": ("staff.tell-change",),
    "StaffLeft": ("advice.cover-leaver", "booking.cover_leaver", "referral.cover-leaver"),
    # Clinics: a place that came free goes to whoever waits. (Mostly it has, in the moment it came free.)
    "PlaceReleased": ("booking.offer_next",),
    # Information governance: long work goes on batch by batch, each planning the next.
    "LookAsked": ("privacy.look",),
    "RunApproved": ("privacy.delete",),
    "CopyWanted": ("privacy.prepare-copy",),
}
