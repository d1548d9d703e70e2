"""Files that come with a referral, in words."""

from core.storage.files_words import MEGABYTE

# What stored files are for: those of the form, and those a family sends later from its own page.
PURPOSE = "referral"
ADDED = "referral-addition"
# The page of the form that asks for them.
FILES = "files"
TOGETHER = 20 * MEGABYTE
# How many can be chosen at once on the family's own page.
MOST_AT_ONCE = 5
NONE_CHOSEN = "Select a file"
TOO_MANY = f"Select up to {MOST_AT_ONCE} files at once"
NO_ROOM = "You have sent as many files as we can take on this page. Remove one, or call us"
