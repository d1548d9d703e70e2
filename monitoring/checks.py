"""Rules 1 to 4 of the house, each checked by the room that keeps it."""

from advice_line.api import audit_checks as advice_checks
from booking.api import audit_checks as booking_checks
from monitoring.service import Check
from referral.api import audit_checks as referral_checks

CHECKS: tuple[Check, ...] = (referral_checks, booking_checks, advice_checks)
