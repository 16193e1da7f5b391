"""
Everything that can go wrong, as one tree:

MadoguchiError
├── SetupError            the operator must fix something before the program can work
│   ├── ConfigError       a setting is wrong or missing: exit code 78
│   ├── NoKnowledge       nothing has been ingested yet
│   ├── WrongIndex        the index was built with another embedding model
│   ├── DamagedIndex      a file of the index is missing or its bytes have changed
│   │   └── OtherFormat    another version of this program wrote it, in a way that this one does not read
│   └── RedisUnavailable  no Redis server could be reached or started
├── BadFilter             a search is to be restricted by what does not exist
├── Busy                  another process is writing the index: exit code 75
├── CannotWrite           the disk is full or fails: exit code 74
│   └── Occupied          what was named to write to holds something: exit code 2
├── UnreadableFile        one document could not be read; ingesting goes on
├── ModelUnavailable      the language model gave no answer
├── EmbeddingUnavailable  the embedding endpoint gave no vector
├── UnknownSession        no such conversation, or it has expired
├── UnknownJob            no such job, or it was done long ago
└── UnknownDocument       no such document
"""

from __future__ import annotations


class MadoguchiError(Exception):
    """Something that we can tell the user in one or two plain sentences: `str(error)` is that text."""

    exit_code = 1


class SetupError(MadoguchiError):
    """The operator must fix something before the program can work."""


class ConfigError(SetupError):
    """A setting is wrong or missing; the text names it and shows an example."""

    exit_code = 78


class NoKnowledge(SetupError):
    """Nothing has been ingested yet."""


class WrongIndex(SetupError):
    """The index was built with another embedding model than the one configured."""

    exit_code = 78


class DamagedIndex(SetupError):
    """A file of the index is missing or its bytes have changed."""


class OtherFormat(DamagedIndex):
    """Another version of this program wrote the index, in a way that this one does not read."""


class RedisUnavailable(SetupError):
    """No Redis server could be reached or started."""


class DamagedSession(RedisUnavailable):
    """What is stored of a conversation is not what was written there."""


class BadFilter(MadoguchiError, ValueError):
    """A search is to be restricted by a field that does not exist, or by a value of another type."""

    exit_code = 2


class Busy(MadoguchiError):
    """Another process is writing the index; try again later."""

    exit_code = 75


class CannotWrite(MadoguchiError):
    """The disk is full or fails; what served before goes on serving."""

    exit_code = 74


class Occupied(CannotWrite):
    """The folder that was named for a copy holds something already."""

    exit_code = 2


class UnreadableFile(MadoguchiError):
    """One document could not be read.

    `reason` is a stable word for machines: empty, encrypted, scanned, damaged, garbled, not-this-format, encoding,
    too-large, too-slow, too-much-memory, crashed, no-text, unsupported, missing, unreadable, link, same-name; of web
    pages also refused-address, unreachable, tls, redirects, login, robots, and http-404 or another status.
    `str(error)` says it to a person, with what to do.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type, tuple[str, str]]:
        """Two arguments again after crossing a process boundary."""
        return type(self), (self.reason, str(self))


class ModelUnavailable(MadoguchiError):
    """The language model gave no answer."""


class EmbeddingUnavailable(MadoguchiError):
    """The embedding endpoint gave no vector."""


class UnknownSession(MadoguchiError):
    """No such conversation, or it has expired."""


class UnknownJob(MadoguchiError):
    """No such job, or it was done long ago."""


class UnknownDocument(MadoguchiError):
    """No such document."""
