"""What families bring beside words: a report with their referral, a message they say. Afterwards each is there once,
with its sound or its pages."""

from collections.abc import Sequence
from pathlib import Path

import asyncpg

from app.demo.sounds import hum
from benchmarks.robot import Gone, Robot
from core.web.csrf import FIELD

_REPORT = b"%PDF-1.7\nan invented report\n%%EOF"

_KEPT = """
    select r.reference, f.id from referral r
    join stored_file f on f.about_id = r.id and f.dropped_at is null where r.reference = any($1)
    union all
    select m.reference, f.id from advice_message m join advice_voice v on v.message_id = m.id
    join stored_file f on f.id = v.file_id and f.about_id = m.id and f.dropped_at is null where m.reference = any($1)
"""


async def refer_with_report(robot: Robot) -> str:
    robot.by_hand["/refer/files"] = _adds_report
    return await robot.walks("/refer/who")


async def say_message(robot: Robot) -> str:
    robot.by_hand["/advice/message/message"] = _says
    return await robot.walks("/advice/message/who")


async def _adds_report(robot: Robot) -> None:
    reply = await robot.client.post(
        "/refer/file/added", data={FIELD: robot.token(), "go": "on"}, files={"file": ("report.pdf", _REPORT)}
    )
    if reply.status_code != 303:
        raise Gone(f"a report: {reply.status_code}")
    await robot.opens(reply.headers["location"])


async def _says(robot: Robot) -> None:
    """As the script of the page does it; the page then carries the recording as its answer."""
    sound = {"recording": ("recording", hum(), "audio/wav")}
    told = {"X-Form-Token": robot.token(), "Accept": "application/json"}
    reply = await robot.client.post("/advice/message/recording", data={"seconds": "1"}, files=sound, headers=told)
    if reply.status_code != 200:
        raise Gone(f"a recording: {reply.status_code}")
    await robot.opens("/advice/message/message")
    await robot.sends()


async def missing(connection: asyncpg.Connection, folder: Path, brought: Sequence[str]) -> tuple[int, int]:
    """How many of these references lack what was brought with them, and how much was kept twice."""
    found = [(row["reference"], row["id"].hex) for row in await connection.fetch(_KEPT, brought)]
    whole = [reference for reference, key in found if (folder / key[-2:] / key).exists()]
    return len(set(brought) - set(whole)), len(whole) - len(set(whole))
