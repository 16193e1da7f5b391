"""When each key was last used: noted once a minute at most, and by nobody waited for."""

from __future__ import annotations

import time

from service.memory.sessions import now
from service.memory.storage import PREFIX, Storage

PLACE = f"{PREFIX}:{{used}}:keys"
EVERY_S = 60.0
YEAR_S = 31_557_600


class Uses:
    """The notes."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._noted: dict[str, float] = {}

    def due(self, key_id: str) -> bool:
        """Whether a use now is worth a note."""
        seen = time.monotonic()
        if seen - self._noted.get(key_id, -EVERY_S) < EVERY_S:
            return False
        self._noted[key_id] = seen
        return True

    async def note(self, key_id: str) -> None:
        """Remember that a key was used now. Raises RedisUnavailable."""
        await self._storage.add("HSET", PLACE, YEAR_S, key_id, now())

    async def all(self) -> dict[str, str]:
        """By key's id, when it was last used: ISO 8601, UTC. Raises RedisUnavailable."""
        return dict(await self._storage.asked(lambda client: client.hgetall(PLACE)))
