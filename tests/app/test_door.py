"""Several processes listen at one address, and callers are shared out among them."""

import pickle
import socket
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler

import pytest

from app.door import SHARES_OUT, Door
from app.embedded import free_port

pytestmark = pytest.mark.skipif(not SHARES_OUT, reason="Elsewhere one socket serves all processes")
CALLERS = 200


@pytest.fixture
def first() -> Iterator[Door]:
    with Door.at("127.0.0.1", free_port()) as door:
        yield door


def handed_to_a_child(door: Door) -> Door:
    """As multiprocessing hands it over."""
    there: Door = pickle.loads(bytes(ForkingPickler.dumps(door)))  # noqa: S301 - our own bytes
    there.listen(CALLERS)
    there.settimeout(0)
    return there


def callers_at(door: Door) -> int:
    waiting = 0
    try:
        while True:
            door.accept()[0].close()
            waiting += 1
    except BlockingIOError:
        return waiting


def test_who_comes_at_once_is_shared_out_and_nobody_waits_where_nobody_listens(first: Door) -> None:
    with handed_to_a_child(first) as one, handed_to_a_child(first) as other:
        callers = [socket.create_connection(first.getsockname()) for _ in range(CALLERS)]
        here, there = callers_at(one), callers_at(other)
        for caller in callers:
            caller.close()
    assert here + there == CALLERS
    # Each goes either way by chance: five standard deviations.
    assert abs(here - there) < 71, (here, there)


def test_when_one_process_ends_the_others_serve_everybody(first: Door) -> None:
    with handed_to_a_child(first) as one:
        handed_to_a_child(first).close()
        callers = [socket.create_connection(first.getsockname()) for _ in range(20)]
        assert callers_at(one) == len(callers)
        for caller in callers:
            caller.close()


def test_an_address_that_is_taken_is_refused_also_by_another_service_of_ours(first: Door) -> None:
    with handed_to_a_child(first), pytest.raises(OSError, match="in use"):
        Door.at(*first.getsockname())
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        Door.at(*taken.getsockname())
