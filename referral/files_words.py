"""Files that come with a referral, in words."""

from core.storage.files_words import MEGABYTE

# What stored files are for, and the page that asks for them.
PURPOSE = "referral"
FILES = "files"
TOGETHER = 20 * MEGABYTE
NONE_CHOSEN = "Select a file"
