"""What the readers of recordings share: how far they go, and how long a packet of Opus plays (RFC 6716, 3.1)."""

MOST_PIECES = 200_000
"""Three minutes in the smallest packets there are need fewer than half of these."""

_SILK, _HYBRID, _CELT = (0.01, 0.02, 0.04, 0.06), (0.01, 0.02), (0.0025, 0.005, 0.01, 0.02)
_FIRST_HYBRID, _FIRST_CELT = 12, 16
_COUNTED = 3


class Unreadable(Exception):
    """How long it is cannot be read from this."""


def opus_seconds(packet: bytes) -> float:
    """How long a packet plays, from its first two bytes."""
    if not packet:
        return 0.0
    kind, frames = packet[0] >> 3, packet[0] & 3
    each = _CELT[kind & 3]
    if kind < _FIRST_CELT:
        each = _SILK[kind & 3] if kind < _FIRST_HYBRID else _HYBRID[kind & 1]
    if frames == _COUNTED:
        return each * (packet[1] & 0x3F) if len(packet) > 1 else 0.0
    return each * (2 if frames else 1)
