"""Our own processes as an operator would start them: verbs of `frontdoor`, with the settings spelled out."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from core.domain.settings import Settings


@dataclass(frozen=True)
class Programs:
    """Command lines of our own processes. An empty `prepare` means the database is used as it stands."""

    web: tuple[str, ...]
    worker: tuple[str, ...]
    prepare: tuple[str, ...] = ()


def our_programs() -> Programs:
    """The verbs of `frontdoor`."""

    def verb(*words: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "app.cli", *words)

    return Programs(web=verb("serve"), worker=verb("worker"), prepare=verb("prepare"))


def as_environment(settings: Settings, inherited: Mapping[str, str]) -> dict[str, str]:
    """What is inherited, and every setting that has a value, spelled as an operator would."""
    names = type(settings).model_fields
    others = {name: value for name, value in inherited.items() if name.lower() not in names}
    values = {name.upper(): getattr(settings, name) for name in names}
    return others | {name: _spelled(value) for name, value in values.items() if value is not None}


def _spelled(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)
