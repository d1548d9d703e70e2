"""Where the bytes of files stand: a folder of this machine, or a bucket that speaks S3. Both see ciphertext only."""

import contextlib
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import obstore
from anyio import to_thread

# Keys are ours: a UUID in hexadecimal. Nothing else is ever joined to a path.
_KEY = re.compile(r"[0-9a-f]{32}")
_PAGE = 500


class FileStore(Protocol):
    """Objects by key. `put` replaces an object whole or not at all, and returns once it will outlive a power cut."""

    async def put(self, key: str, content: bytes) -> None: ...

    async def get(self, key: str) -> bytes:
        """Raises FileNotFoundError."""
        ...

    async def delete(self, key: str) -> None:
        """Harmless when it is gone already."""
        ...

    def all_keys(self) -> AsyncIterator[list[str]]:
        """Every key there is, some at a time."""
        ...


class FolderStore:
    """A folder that only its owner may read, split by the last two signs of the keys (the first ones are the time)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, key: str, content: bytes) -> None:
        await to_thread.run_sync(self._put, key, content)

    async def get(self, key: str) -> bytes:
        return await to_thread.run_sync(self._path(key).read_bytes)

    async def delete(self, key: str) -> None:
        await to_thread.run_sync(self._delete, key)

    async def all_keys(self) -> AsyncIterator[list[str]]:
        shelves = await to_thread.run_sync(lambda: sorted(_directories(self._folder)))
        for shelf in shelves:
            found = await to_thread.run_sync(_keys_in, shelf)
            if found:
                yield found

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError("no such key")
        return self._folder / key[-2:] / key

    def _put(self, key: str, content: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A name of its own for each writer: two may write one key at the same time, and one of them wins whole.
        draft = path.with_name(f"{key}.{os.urandom(8).hex()}.new")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        for folder in (path.parent, self._folder):
            _keep_names(folder)

    def _delete(self, key: str) -> None:
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            _keep_names(path.parent)


def _directories(folder: Path) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if entry.is_dir()) if folder.exists() else iter(())


def _keys_in(shelf: Path) -> list[str]:
    """The keys, and what a process that died while writing left behind: its name is a key with something after it."""
    return sorted({entry.name for entry in shelf.iterdir() if _KEY.fullmatch(entry.name)})


def _keep_names(folder: Path) -> None:
    """Makes a rename outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BucketStore:
    """A bucket, reached through `obstore`: S3 itself, or anything that speaks its language. S3 keeps a whole object
    before it answers, and shows it to everybody from then on."""

    def __init__(self, store: Any, prefix: str = "files/") -> None:
        self._store, self._prefix = store, prefix

    async def put(self, key: str, content: bytes) -> None:
        await obstore.put_async(self._store, self._name(key), content)

    async def get(self, key: str) -> bytes:
        # obstore's NotFoundError is a FileNotFoundError.
        got = await obstore.get_async(self._store, self._name(key))
        return bytes(await got.bytes_async())

    async def delete(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, self._name(key))

    async def all_keys(self) -> AsyncIterator[list[str]]:
        async for page in obstore.list(self._store, self._prefix.rstrip("/"), chunk_size=_PAGE):
            names = [str(entry["path"]).rsplit("/", 1)[-1] for entry in page]
            yield [name for name in names if _KEY.fullmatch(name)]

    def _name(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise FileNotFoundError("no such key")
        return self._prefix + key


class MemoryStore:
    """Objects that end with the process: for tests, and for a house that was given no other."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    async def put(self, key: str, content: bytes) -> None:
        self.objects[key] = content

    async def get(self, key: str) -> bytes:
        if key not in self.objects:
            raise FileNotFoundError("no such key")
        return self.objects[key]

    async def delete(self, key: str) -> None:
        self.objects.pop(key, None)

    async def all_keys(self) -> AsyncIterator[list[str]]:
        yield sorted(self.objects)
