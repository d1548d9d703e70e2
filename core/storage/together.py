"""Calls made in the same moment, done as one: many small transactions become few larger ones."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """`await together(one)` is the answer `run` gives for it. What is asked while `run` is busy waits and goes with the
    next call, so nothing waits when there is little to do. If a call fails each of its questions is asked alone, so
    that one bad question costs the others nothing but time."""

    def __init__(self, run: Callable[[list[Asked]], Awaitable[Sequence[Answer]]], most: int = 100) -> None:
        self._run, self._most = run, most
        self._waiting: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._turn: asyncio.Task[None] | None = None

    async def __call__(self, asked: Asked) -> Answer:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._turn is None or self._turn.done():
            self._turn = asyncio.create_task(self._take_turns())
        return await answer

    async def _take_turns(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            await self._answer(batch)

    async def _answer(self, batch: list[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._run([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            if len(batch) == 1:
                _fail(batch[0][1], error)
                return
            for one in batch:
                await self._answer([one])
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            # Whoever asked may have been told to stop meanwhile.
            if not future.done():
                future.set_result(answer)


def _fail(future: "asyncio.Future[Answer]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
