"""Rules 1 to 4 and 6 of the house, each checked by the room that keeps it."""

from advice_line.api import audit_checks as advice_checks
from booking.api import audit_checks as booking_checks
from monitoring.service import Check
from notifications.api import audit_checks as message_checks
from referral.api import audit_checks as referral_checks
from trail.api import audit_checks as trail_checks

CHECKS: tuple[Check, ...] = (referral_checks, booking_checks, advice_checks, trail_checks, message_checks)
