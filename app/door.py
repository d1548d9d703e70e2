"""Where several web processes listen: each at a door of its own, and the kernel shares callers out among them.

With one socket for all, whichever process wakes first takes everybody who is waiting: of 200 families who came at
once one process was seen to take 187, and those families waited while the other process was idle.
"""

import socket
import sys
from typing import Any

# Elsewhere the option exists, but the newest socket gets every connection.
SHARES_OUT = sys.platform == "linux"


class Door(socket.socket):
    """A listening address that may be handed to child processes: whoever unpickles it gets a socket of its own there.

    The first one is never listened at. It keeps the address while processes come and go.
    """

    @classmethod
    def at(cls, host: str, port: int) -> "Door":
        """OSError when somebody listens there already, also if it is another service of ours."""
        with socket.socket(_family(host)) as alone:
            alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            alone.bind((host, port))
        return _one_more(host, port)

    def __reduce__(self) -> tuple[Any, ...]:
        return _one_more, self.getsockname()[:2]


def _one_more(host: str, port: int) -> Door:
    door = Door(_family(host))
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    door.bind((host, port))
    return door


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
