"""Who is asking, and how the audit trail names them."""

import pytest

from core.domain.identity import PUBLIC, Actor, ActorKind, Role, system
from core.domain.ids import new_id

# Invented.
NAME = "Rowan Okafor"
THERAPIST = Actor(ActorKind.STAFF, id=new_id(), name=NAME, roles=frozenset({Role.THERAPIST, Role.TRIAGE}))


def test_the_audit_trail_names_staff_by_id_and_never_by_name() -> None:
    assert THERAPIST.audit_name == f"staff:{THERAPIST.id}"
    assert "Rowan" not in THERAPIST.audit_name


def test_the_audit_trail_names_a_visitor_only_as_the_public_even_if_a_name_is_known() -> None:
    assert PUBLIC.audit_name == "public"
    assert Actor(ActorKind.PUBLIC, name=NAME).audit_name == "public"


def test_the_audit_trail_names_the_job_that_acted() -> None:
    assert system("morning-run").audit_name == "system:morning-run"
    assert Actor(ActorKind.SYSTEM).audit_name == "system"


def test_an_audit_name_fits_its_column() -> None:
    assert len(THERAPIST.audit_name) <= 80


def test_an_actor_printed_by_mistake_gives_no_name_away() -> None:
    assert NAME not in repr(THERAPIST)
    assert NAME not in f"{THERAPIST}"


@pytest.mark.parametrize(
    ("roles", "held"),
    [
        ((Role.THERAPIST,), True),
        ((Role.MANAGER, Role.TRIAGE), True),
        ((Role.MANAGER,), False),
        ((), False),
    ],
)
def test_has_is_true_when_at_least_one_of_the_roles_is_held(roles: tuple[Role, ...], held: bool) -> None:
    assert THERAPIST.has(*roles) is held


@pytest.mark.parametrize("actor", [PUBLIC, system("sweep")])
def test_nobody_but_staff_is_staff_or_has_a_role(actor: Actor) -> None:
    assert not actor.is_staff
    assert not actor.has(*Role)
    assert THERAPIST.is_staff
