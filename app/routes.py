"""Every page of the service, room by room."""

import accounts.pages
import advice_line.api
import advice_line.family_pages
import advice_line.staff_pages
import app.pages
import booking.api
import booking.family_pages
import booking.pages
import booking.staff_pages
import monitoring.pages
import monitoring.staff_pages
import notifications.staff_pages
import referral.api
import referral.family_pages
import referral.staff_pages

HANDLERS = [
    *app.pages.HANDLERS,
    *referral.family_pages.HANDLERS,
    *booking.pages.HANDLERS,
    *booking.family_pages.HANDLERS,
    *advice_line.family_pages.HANDLERS,
    *accounts.pages.HANDLERS,
    *referral.staff_pages.HANDLERS,
    *booking.staff_pages.HANDLERS,
    *advice_line.staff_pages.HANDLERS,
    *notifications.staff_pages.HANDLERS,
    *monitoring.staff_pages.HANDLERS,
    *monitoring.pages.HANDLERS,
]

# What waits for a member of staff, shown on their home page.
NEEDS_ME = [referral.api.needs_me, advice_line.api.needs_me, booking.api.needs_me]
