"""Runs real servers as children that never outlive this process."""

import os
import signal
import socket
import string
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).parent / "templates"
ACCOUNTS = ("admin", "alice", "bob", "carol", "dave")
"""Everybody a server knows. The password of NAME is NAME-pw."""


class ServerMissing(Exception):
    """The server is not installed. The text names the command that installs it."""


class StartFailed(Exception):
    """The server ended or did not answer in time. The text holds the end of its output."""


class Process:
    """One child in a process group of its own, its output in ``FOLDER/NAME.out``."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        folder: Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.argv = [str(word) for word in argv]
        self.folder = folder
        self.env = dict(env or {})
        self.output = folder / f"{name}.out"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; raises if it was never started."""
        if self._child is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child is alive."""
        return self._child is not None and self._child.poll() is None

    def start(self, ready: Callable[[], bool], limit: float = 60.0) -> None:
        """Start the child and wait until ``ready``; a refused connection means not yet."""
        self.launch()
        self.wait(ready, limit)

    def launch(self) -> None:
        """Start the child and do not wait for it."""
        with self.output.open("ab") as output:
            self._child = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env=os.environ | self.env,
                start_new_session=True,
            )
        _leash(f"+{self._child.pid}")

    def wait(self, ready: Callable[[], bool], limit: float = 60.0) -> None:
        """Wait until ``ready``. Raises ``StartFailed``, with nothing left running."""
        end = time.monotonic() + limit
        why = ""
        while time.monotonic() < end and self.running:
            try:
                if ready():
                    return
            except OSError as error:
                why = str(error)
            time.sleep(0.01)
        state = "is not ready" if self.running else f"ended with {self._returncode()}"
        self.kill()
        raise StartFailed(f"{self.name} {state} ({why}). Its output ends with:\n{self.tail()}")

    def stop(self, limit: float = 10.0) -> None:
        """Ask the child to end (SIGTERM), and make sure that it did."""
        if self._child is not None and self.running:
            self._child.terminate()
            try:
                self._child.wait(limit)
            except subprocess.TimeoutExpired:
                sys.stderr.write(f"{self.name} ignored SIGTERM for {limit} s\n")
        self.kill()

    def kill(self) -> None:
        """End the child and whatever it started at once (SIGKILL)."""
        if self._child is None:
            return
        end_group(self._child.pid)
        self._child.wait()
        _leash(f"-{self._child.pid}")
        self._child = None

    def tail(self) -> str:
        """The last 3,000 characters the child wrote."""
        return self.output.read_text(errors="replace")[-3000:]

    def _returncode(self) -> int | None:
        return None if self._child is None else self._child.poll()


class Server(ABC):
    """What all servers have in common: a folder, children, and how they end.

    A subclass says in ``start`` what it runs (in ``self.processes``, in order of starting); it
    returns when the server answers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host = "127.0.0.1"
        self.processes: list[Process] = []
        folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def start(self) -> None:
        """Start the server and return when it answers."""

    def stop(self) -> None:
        """End the server politely (SIGTERM). Its data and its ports stay."""
        while self.processes:
            self.processes.pop().stop()

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL). Its data and its ports stay."""
        while self.processes:
            self.processes.pop().kill()

    def restart(self) -> None:
        """Stop and start."""
        self.stop()
        self.start()

    @property
    def running(self) -> bool:
        """Whether all children are alive."""
        return bool(self.processes) and all(process.running for process in self.processes)

    @property
    def pid(self) -> int:
        """The process id of the server itself."""
        return self.processes[0].pid

    def render(self, template: str, target: Path, values: Mapping[str, object]) -> Path:
        """Fill in a file of ``templates/``, whose ``${NAME}`` stand for values."""
        text = string.Template((TEMPLATES / template).read_text()).substitute(values)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target


def listens(*ports: int) -> bool:
    """Whether all these loopback ports accept connections; raises ``OSError`` if one does not."""
    for port in ports:
        socket.create_connection(("127.0.0.1", port), 1).close()
    return True


def end_group(pid: int) -> None:
    """Kill a process group; nothing happens if it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


# One small process per session holds the read end of a pipe of ours. However this process ends,
# the pipe ends with it, and the watcher kills what is still running. (PR_SET_PDEATHSIG would
# already fire when the *thread* ends that started the server.)
_WATCHER = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
alive = set()
for line in sys.stdin:
    (alive.add if line[0] == "+" else alive.discard)(int(line[1:]))
for pid in alive:
    try:
        os.killpg(pid, signal.SIGKILL)
    except OSError:
        pass
"""
_watcher: list[subprocess.Popen[str]] = []


def _leash(line: str) -> None:
    if not _watcher:
        _watcher.append(
            subprocess.Popen(
                [sys.executable, "-c", _WATCHER],
                stdin=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
    pipe = _watcher[0].stdin
    if pipe is not None:
        pipe.write(line + "\n")
        pipe.flush()
