"""Every table of the service, imported so that their metadata is whole. Migrations and tests start here."""

import importlib
from importlib.util import find_spec

from core.storage import audit, drafts, outbox, tasks
from core.storage.base import metadata

FEATURES = ("accounts", "notifications", "referral", "booking", "advice_line", "privacy", "monitoring")

for _feature in FEATURES:
    if find_spec(f"{_feature}.models"):
        importlib.import_module(f"{_feature}.models")

__all__ = ["audit", "drafts", "metadata", "outbox", "tasks"]
