"""Every page of the service, room by room."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from uuid import UUID

import accounts.access_pages
import accounts.federation_pages
import accounts.pages
import advice_line.api
import advice_line.board_history_pages
import advice_line.board_pages
import advice_line.family_pages
import advice_line.figures_pages
import advice_line.list_pages
import advice_line.live_pages
import advice_line.record_concern_pages
import advice_line.record_pages
import advice_line.rota_away_pages
import advice_line.rota_feed_pages
import advice_line.rota_pages
import advice_line.rota_session_pages
import advice_line.rota_swap_pages
import advice_line.snippet_pages
import advice_line.voice_pages
import advice_line.voice_staff_pages
import advice_line.voicemail_pages
import app.closure_pages
import app.pages
import booking.api
import booking.contact_pages
import booking.family_pages
import booking.pages
import booking.staff_changes
import booking.staff_hosts
import booking.staff_offers
import booking.staff_pages
import booking.staff_rota
import booking.staff_visits
import monitoring.pages
import monitoring.staff_pages
import notifications.api
import notifications.callback_pages
import notifications.desk_pages
import notifications.staff_pages
import notifications.wish_pages
import privacy.api
import privacy.complaint_pages
import privacy.family_pages
import privacy.rights_pages
import privacy.staff_pages
import referral.api
import referral.family_pages
import referral.files_pages
import referral.files_staff_pages
import referral.saving_pages
import referral.staff_pages
import referral.status_pages
import trail.api
import trail.staff_pages
from core.domain.identity import Actor
from core.storage.session import Session

HANDLERS = [
    *app.pages.HANDLERS,
    *referral.family_pages.HANDLERS,
    *referral.saving_pages.HANDLERS,
    *referral.files_pages.HANDLERS,
    *referral.files_staff_pages.HANDLERS,
    *referral.status_pages.HANDLERS,
    *booking.pages.HANDLERS,
    *booking.family_pages.HANDLERS,
    *booking.contact_pages.HANDLERS,
    *advice_line.family_pages.HANDLERS,
    *advice_line.voice_pages.HANDLERS,
    *advice_line.voicemail_pages.HANDLERS,
    *accounts.pages.HANDLERS,
    *accounts.federation_pages.HANDLERS,
    *accounts.access_pages.HANDLERS,
    *referral.staff_pages.HANDLERS,
    *booking.staff_pages.HANDLERS,
    *booking.staff_visits.HANDLERS,
    *booking.staff_offers.HANDLERS,
    *booking.staff_rota.HANDLERS,
    *booking.staff_changes.HANDLERS,
    *booking.staff_hosts.HANDLERS,
    *advice_line.figures_pages.HANDLERS,
    *advice_line.board_pages.HANDLERS,
    *advice_line.board_history_pages.HANDLERS,
    *advice_line.list_pages.HANDLERS,
    *advice_line.live_pages.HANDLERS,
    *advice_line.snippet_pages.HANDLERS,
    *advice_line.record_concern_pages.HANDLERS,
    *advice_line.record_pages.HANDLERS,
    *advice_line.voice_staff_pages.HANDLERS,
    *advice_line.rota_pages.HANDLERS,
    *advice_line.rota_session_pages.HANDLERS,
    *advice_line.rota_away_pages.HANDLERS,
    *advice_line.rota_swap_pages.HANDLERS,
    *advice_line.rota_feed_pages.HANDLERS,
    *app.closure_pages.HANDLERS,
    *notifications.staff_pages.HANDLERS,
    *notifications.desk_pages.HANDLERS,
    *notifications.wish_pages.HANDLERS,
    *notifications.callback_pages.HANDLERS,
    *trail.staff_pages.HANDLERS,
    *privacy.family_pages.HANDLERS,
    *privacy.staff_pages.HANDLERS,
    *privacy.rights_pages.HANDLERS,
    *privacy.complaint_pages.HANDLERS,
    *monitoring.staff_pages.HANDLERS,
    *monitoring.pages.HANDLERS,
]

# What waits for a member of staff, shown on their home page.
NEEDS_ME = [
    referral.api.needs_me,
    advice_line.api.needs_me,
    booking.api.needs_me,
    notifications.api.needs_me,
    trail.api.needs_me,
    privacy.api.needs_me,
]

# Who may read messages about a record, beside managers: each room answers for its own, with those of the records asked
# about that this colleague may see.
MAY_READ_ABOUT: list[Callable[[Session, Actor, list[UUID], datetime], Awaitable[Collection[UUID]]]] = [
    referral.api.may_read_about,
    advice_line.api.may_read_about,
    booking.api.may_read_about,
]
