"""Every table of the service, imported so that their metadata is whole. Migrations and tests start here."""

import importlib
import pkgutil

from core.storage import audit, closed_days, drafts, files, guards, key_holders, outbox, tasks
from core.storage.base import metadata

FEATURES = ("accounts", "notifications", "referral", "booking", "advice_line", "trail", "privacy", "monitoring")

# A room's tables stand in `models.py`, and in modules beside it (`wish_models.py`) where they are many.
for _feature in FEATURES:
    for _module in pkgutil.iter_modules(importlib.import_module(_feature).__path__):
        if _module.name.endswith("models"):
            importlib.import_module(f"{_feature}.{_module.name}")

__all__ = ["audit", "closed_days", "drafts", "files", "guards", "key_holders", "metadata", "outbox", "tasks"]
