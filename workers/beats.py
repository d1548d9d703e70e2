"""What happens by the clock, all on one page. Jobs look at everything that is due, so a beat that was missed while
nothing ran is made good by the next."""

from datetime import time

from core.storage.tasks import URGENT
from workers.schedule import Beat, daily, every

BEATS: tuple[Beat, ...] = (
    # Every open message is given to somebody before the day begins.
    Beat("advice.morning", "advice.morning-run", daily(lambda p: p.advice.run_at, service_days_only=True), URGENT),
    # While somebody waits for a therapist, it is looked again whether there is one by now.
    Beat("advice.catch-up", "advice.catch-up", every(minutes=15)),
    # A changed calendar moves what was promised, soon after it changed.
    Beat("advice.recount", "advice.recount", every(minutes=15)),
    # Recordings that were begun and never sent go.
    Beat("advice.tidy-recordings", "advice.tidy-recordings", daily(time(3, 45))),
    # Sittings come into reach day by day.
    Beat("booking.lay-out", "booking.lay_out", daily(time(4, 0))),
    # Whoever waits is offered what came free by itself: a hold that ran out, a place that was added.
    Beat("booking.offer-round", "booking.offer_round", every(minutes=5)),
    # Whoever was reached by our message need not be phoned.
    Beat("booking.settle-reached", "booking.settle_reached", every(minutes=5)),
    # What staff had filled in to book for a family does not wait in a browser for longer than it must.
    Beat("booking.forget-families", "booking.forget_families", every(minutes=15)),
    # Whoever was asked and has not answered is reminded once, in the morning of a day we are there.
    Beat("referral.remind-asked", "referral.remind-asked", daily(time(9, 15), service_days_only=True)),
    # Files a family chose on its own page and never sent go.
    Beat("referral.tidy-files", "referral.tidy-files", daily(time(3, 40))),
    # Referrals from before children were found by the day they were born.
    Beat("referral.find-by-birth", "referral.find-by-birth", daily(time(4, 15))),
    # What is new on the audit trail is sealed.
    Beat("trail.seal", "trail.seal", every(minutes=1)),
    # Old tries, browsers, sessions and links of staff are forgotten.
    Beat("accounts.sweep", "accounts.sweep", daily(time(3, 30))),
    # The rules that never break, checked.
    Beat("monitoring.audit", "monitoring.audit", every(minutes=5)),
    # Files that no record names any more go.
    Beat("files.sweep", "files.sweep", daily(time(3, 20))),
    # What was taken while the virus scanner was away is looked at.
    Beat("files.scan-all", "files.scan-all", every(minutes=5)),
    # Copies of records that can no longer be fetched are emptied.
    Beat("privacy.empty-copies", "privacy.empty-copies", daily(time(3, 15))),
)
