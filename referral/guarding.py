"""Who must not be contacted about a child, or told where the child lives: what the form was told about it, kept where
every room's pages and messages look it up (`core.storage.guards`)."""

from collections.abc import Iterator

from core.storage.columns import keys
from core.storage.guards import ChildGuard
from referral.models import Referral
from referral.words import Guarded


def rows_of(referral: Referral, guarded: Guarded | None) -> Iterator[ChildGuard]:
    """What this referral says about its child; nothing when nobody is named."""
    if guarded is not None:
        yield ChildGuard(
            record_id=referral.id,
            nhs_number_key=referral.nhs_number_key,
            surname_born_key=referral.surname_born_key,
            words=guarded.words,
            hides_address=guarded.hides_address,
            ways=keys_of_ways(guarded),
        )


def keys_of_ways(guarded: Guarded) -> list[bytes]:
    """The hashes of what is never used."""
    phones = [keys().fingerprint("phone", phone) for phone in guarded.phones]
    return phones + [keys().fingerprint("email", email.casefold()) for email in guarded.emails]
