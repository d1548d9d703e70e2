"""Triage: the queue, a case, what is decided about it, and the letters."""

from referral import case_pages, duplicates_pages, letters_pages, outcome_pages, queue_pages

HANDLERS = [
    *queue_pages.HANDLERS,
    *case_pages.HANDLERS,
    *duplicates_pages.HANDLERS,
    *outcome_pages.HANDLERS,
    *letters_pages.HANDLERS,
]
