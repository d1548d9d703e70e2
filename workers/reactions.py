"""The whole choreography on one page: when this becomes true, these jobs follow, each once.

Jobs get the fact's fields as ids. A fact without a line here is history and sets nothing going.
"""

from collections.abc import Mapping

REACTIONS: Mapping[str, tuple[str, ...]] = {
    # Referrals: the family and whoever referred are told.
    "ReferralReceived": ("referral.acknowledge",),
    "RequestAccepted": ("referral.tell_accepted",),
    "InformationAsked": ("referral.tell_asked",),
    # The advice line: a message finds a therapist at once in hours, and a call never belongs to somebody who is away.
    "MessageLeft": ("advice.assign",),
    "NumberCorrected": ("advice.assign",),
    "AbsenceEntered": ("advice.cover-absence",),
    "RunAsked": ("advice.run-again",),
}
