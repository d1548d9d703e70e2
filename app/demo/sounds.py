"""Sounds that say nothing about anybody: a hum, as a telephone exchange would record it."""

import io
import math
import wave

HERTZ = 8000


def hum(seconds: float = 0.5, pitch: int = 220) -> bytes:
    """A WAV file of 8-bit sound in one channel."""
    samples = bytes(round(128 + 60 * math.sin(2 * math.pi * pitch * n / HERTZ)) for n in range(int(seconds * HERTZ)))
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(HERTZ)
        sound.writeframes(samples)
    return made.getvalue()
