"""Asks a web process on this machine whether it is ready: for the stack, for containers, for people."""

import http.client
import json
from dataclasses import dataclass

from core.domain.settings import Settings

_AUDITOR = "auditor"


@dataclass(frozen=True)
class Answer:
    """What a probe said, in a line. `serving`: everything runs, even if the auditor found a broken promise."""

    ready: bool
    serving: bool
    said: str


def ask(settings: Settings) -> Answer:
    """The state of this machine's web process; one that cannot be reached is neither ready nor serving."""
    # Not urllib: it would ask a proxy, where the machine has one set.
    line = http.client.HTTPConnection("127.0.0.1", settings.port, timeout=5)
    try:
        # Under a name the service answers to.
        line.request("GET", "/health/ready", headers={"Host": next(iter(settings.hosts), "localhost")})
        answer = line.getresponse()
        return understood(answer.status, answer.read(10_000).decode(errors="replace"))
    except (OSError, http.client.HTTPException) as silence:
        return Answer(ready=False, serving=False, said=f"no answer: {silence}")
    finally:
        line.close()


def understood(status: int, text: str) -> Answer:
    """What an answer of `/health/ready` means: parts by name with true or false, and what is `broken`."""
    if status == 200:
        return Answer(ready=True, serving=True, said="ready")
    try:
        parts = json.loads(text)
        wrong = [name for name, is_well in parts.items() if is_well is False]
    except (ValueError, AttributeError):
        return Answer(ready=False, serving=False, said=f"{status} {' '.join(text.split())[:300]}")
    if wrong != [_AUDITOR]:
        return Answer(ready=False, serving=False, said=f"not well: {', '.join(wrong)}")
    return Answer(ready=False, serving=True, said="; ".join(parts.get("broken", [])))
