"""A PostgreSQL server on the loopback, for tests and trials: ``python tests/search/postgresql.py`` runs one.

The binaries are those of the system, as Debian's package ``postgresql`` has them; root is not needed (and root starts
it as the user ``nobody``, since PostgreSQL refuses to run as root).
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAME = "searches"


def binaries():
    """Folder with ``initdb`` and ``postgres``, the newest version; None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    return max((file.parent for file in Path("/usr/lib/postgresql").glob("*/bin/initdb")), default=None)


class Server:
    """A server whose data lie in a temporary folder; a context manager."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"postgresql://tester@127.0.0.1:{self.port}/{NAME}"
        self._process = None
        if os.geteuid() == 0:
            shutil.chown(self.folder, "nobody")
        data = self.folder / "data"
        self._run(
            "initdb", "--pgdata", data, "--username", "tester", "--auth", "trust", "--encoding", "UTF8", "--no-sync"
        )

    def _command(self, program, *arguments):
        user = ["setpriv", "--reuid", "nobody", "--clear-groups"] if os.geteuid() == 0 else []
        return [*user, str(binaries() / program), *map(str, arguments)]

    def _run(self, program, *arguments):
        command = self._command(program, *arguments)
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder)

    def start(self):
        options = ["-D", self.folder / "data", "-h", "127.0.0.1", "-p", self.port, "-k", self.folder, "-c", "fsync=off"]
        with (self.folder / "log").open("ab") as log:
            command = self._command("postgres", *options)
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        at = ["--host", "127.0.0.1", "--port", self.port, "--username", "tester"]
        deadline = time.monotonic() + 60
        while subprocess.run(self._command("pg_isready", *at), capture_output=True, cwd=self.folder).returncode:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.1)
        if not self._run(
            "psql", *at, "--dbname", "postgres", "-Atc", f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'"
        ).stdout:
            self._run("createdb", *at, NAME)

    def stop(self):
        """End it at once, as a machine that is switched off would."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
            self._process = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


if __name__ == "__main__":
    if binaries() is None:
        sys.exit("no PostgreSQL here: apt install postgresql")
    with Server() as server:
        print(f"storage: {server.address}\nEnd it, and all that it holds, with Ctrl-C.", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
