"""What web and worker agree on about waking: the queue's name and how a wake-up is written (JSON, never pickle)."""

import json
from typing import Any

QUEUE = "frontdoor:wake"


def serialize(job: dict[str, Any]) -> bytes:
    """arq's job as JSON. It holds a function name and nothing else of ours."""
    return json.dumps(job).encode()


def deserialize(raw: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(raw)
    return told
