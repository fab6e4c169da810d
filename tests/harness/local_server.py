"""What the test servers (tests/cluster, tests/git_server) share: ports, certificates, children and
an end in time.

A test server is a foreground process: it prints one line when it is ready, takes commands as lines
on stdin, answers each by one line, and ends when stdin closes, on SIGTERM, or when the process that
started it is gone.
"""

import ctypes
import os
import selectors
import signal
import socket
import subprocess

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """Something a person should read; no traceback."""


def die_with_parent(parent):
    """For a child, between fork and exec. The kernel acts when the *thread* that forked ends, so
    only the main thread may use this."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def reserve_port():
    """A free port, kept as long as the socket lives: bound but not listening, and shared with the
    server by SO_REUSEPORT."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(("127.0.0.1", 0))
    return held, held.getsockname()[1]


def listen_on(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    return listener


def reset(connection):
    """Closes a connection by RST, as a crashed host or a middle box does."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    except OSError:
        pass


def write_file(path, text, mode=0o600):
    part = path + ".part"
    with open(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8"
    ) as out:
        out.write(text)
    os.replace(part, path)


def alive(pid):
    """Whether a process runs. One that ended but was not waited for (a zombie) does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


class Authority:
    """A certificate authority in a folder: ca.crt, and NAME.crt with NAME.key for each sign()."""

    def __init__(self, folder, name):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.certificate = self.path("ca.crt")
        self._openssl(
            "req",
            "-x509",
            *self._new_key("ca"),
            "-out",
            self.certificate,
            "-subj",
            "/CN=" + name,
            "-addext",
            "keyUsage=critical,keyCertSign,cRLSign",
        )

    def path(self, name):
        return os.path.join(self.folder, name)

    def sign(self, name, subject, usage, names="IP:127.0.0.1,DNS:localhost"):
        self._openssl(
            "req",
            "-x509",
            "-CA",
            self.certificate,
            "-CAkey",
            self.path("ca.key"),
            *self._new_key(name),
            "-out",
            self.path(name + ".crt"),
            "-subj",
            subject,
            "-addext",
            "subjectAltName=" + names,
            "-addext",
            "extendedKeyUsage=" + usage,
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        )

    def rsa_key(self, name):
        self._openssl(
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:2048",
            "-out",
            self.path(name),
        )
        return self.path(name)

    def _new_key(self, name):
        return (
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "30",
            "-keyout",
            self.path(name + ".key"),
        )

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failure(f"openssl {arguments[0]}: {done.stderr}")


class Loop:
    """The main thread of a test server: calls the registered functions when a file is readable.

    watched: the process whose end ends this one; by default the parent. 0: none.
    """

    def __init__(self, watched=None):
        self.parent = os.getppid()
        self.watched = watched
        self.ended = False
        self.selector = selectors.DefaultSelector()
        self.tick = lambda: None  # called about once a second
        self._buffer = b""
        self._wake, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno())
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self.end)
        self.watch(self._wake, lambda: self._wake.recv(64))

    def end(self, *_):
        self.ended = True

    def watch(self, file, call):
        self.selector.register(file, selectors.EVENT_READ, call)

    def forget(self, file):
        self.selector.unregister(file)

    def watch_stdin(self, answer):
        """answer(line) -> the line to print."""

        def read():
            data = os.read(0, 4096)
            if not data:
                self.end()
            self._buffer += data
            while b"\n" in self._buffer:
                line, self._buffer = self._buffer.split(b"\n", 1)
                if line.strip():
                    print(answer(line.decode().strip()), flush=True)

        try:
            self.watch(0, read)
        except PermissionError:  # stdin is a file or /dev/null: nothing will come
            self.end()

    def _orphaned(self):
        if self.watched is None:
            return os.getppid() != self.parent
        return self.watched != 0 and not alive(self.watched)

    def over(self):
        return self.ended or self._orphaned()

    def run(self):
        while not self.over():
            for key, _ in self.selector.select(timeout=1):
                key.data()
            self.tick()
