"""What every end-to-end test needs: real processes, and never one left over.

Children die with the test that started them, also when ctest kills it. The
test gets LSMKVD and LSMKV, the paths of the two programs, from its
environment.
"""

import ctypes
import http.client
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

START_SECONDS = 60
STOP_SECONDS = 60
CLI_SECONDS = 120

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def program(name):
    """The path of a program under test, from the environment."""
    path = os.environ.get(name)
    if not path or not os.access(path, os.X_OK):
        sys.exit(f"{name} must name an executable; it is {path!r}")
    return path


def clean_environment(extra=None):
    """This process's environment without any setting of lsmkv."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("LSMKV")
    }
    env["LSMKV_HISTORY"] = ""
    env.update(extra or {})
    return env


def die_with_parent():
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _in_child(more):
    def prepare():
        if more is not None:
            more()
        die_with_parent()  # last: a change of user would undo it

    return prepare


def popen(command, more=None, **options):
    """subprocess.Popen of a child that cannot outlive this process."""
    return subprocess.Popen(command, preexec_fn=_in_child(more), **options)


def loopback_flags():
    return [f"--{name}-listen=127.0.0.1:0" for name in
            ("grpc", "rest", "metrics")]


class StartError(Exception):
    """lsmkvd ended before it was ready."""

    def __init__(self, exit_status, stderr):
        super().__init__(f"exit status {exit_status}, stderr: {stderr}")
        self.exit_status = exit_status
        self.stderr = stderr


class Server:
    """One lsmkvd, started and ready; every listener on a free port."""

    def __init__(self, data_dir, flags=(), env=None, in_child=None):
        self.data_dir = data_dir
        self._log = tempfile.TemporaryFile()
        command = [program("LSMKVD"), f"--data-dir={data_dir}"]
        command += loopback_flags() + list(flags)
        self.process = popen(
            command, more=in_child, env=clean_environment(env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self._log)
        try:
            self._read_ready_line()
        except BaseException:
            self.close()
            raise

    def _read_ready_line(self):
        line = b""
        deadline = time.monotonic() + START_SECONDS
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0:
                raise StartError("none: not ready in time", self.stderr())
            readable, _, _ = select.select([self.process.stdout], [], [], left)
            if not readable:
                continue
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                status = self.process.wait(STOP_SECONDS)
                raise StartError(status, self.stderr())
            line += piece
        self.ready_line = line.decode()
        words = self.ready_line.split()
        if words[0] != "ready" or len(words) != 4:
            raise StartError("none", f"not a ready line: {line!r}")
        addresses = dict(word.split("=", 1) for word in words[1:])
        self.grpc = addresses["grpc"]
        self.rest = addresses["rest"]
        self.metrics = addresses["metrics"]

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process.poll() is None

    def stderr(self):
        size = os.fstat(self._log.fileno()).st_size
        return os.pread(self._log.fileno(), size, 0).decode(errors="replace")

    def stop(self, timeout=STOP_SECONDS):
        """SIGTERM; returns the exit status."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout)
        finally:
            self.kill()

    def kill(self):
        """kill -9, of this process and by its id."""
        if self.is_running():
            self.process.kill()
        self.process.wait()
        if not self.process.stdout.closed:
            self.process.stdout.close()

    def close(self):
        """Ends it at once; its log can no longer be read."""
        self.kill()
        self._log.close()

    def http(self, method, target, body=None, headers=None):
        return http_request(self.rest, method, target, body, headers)

    def metric_text(self):
        answer = http_request(self.metrics, "GET", "/metrics")
        return answer.body.decode()

    def resident_bytes(self):
        return resident_bytes(self.pid)


def resident_bytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} is gone")


class Answer:
    """An HTTP answer."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body.decode())

    def __repr__(self):
        return f"{self.status} {self.body[:500]!r}"


def send(connection, method, target, body=None, headers=None):
    """One request on an open connection; a dict goes as JSON."""
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, target, body=body, headers=headers)
    return Answer(connection.getresponse())


def http_request(address, method, target, body=None, headers=None):
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=120)
    try:
        return send(connection, method, target, body, headers)
    finally:
        connection.close()


def key_path(key):
    """The path of a key (bytes), every byte that may need it escaped."""
    return "/keys/" + urllib.parse.quote(key, safe="")


class Result:
    """What became of a run of a program."""

    def __init__(self, status, stdout, stderr):
        self.status = status
        self.stdout = stdout
        self.stderr = stderr

    def __repr__(self):
        return (f"status {self.status}, stdout {self.stdout[-2000:]!r}, "
                f"stderr {self.stderr[-2000:]!r}")


def run_cli(endpoint, *words, stdin=b"", env=None, timeout=CLI_SECONDS):
    """Runs lsmkv; `words` are str or bytes, stdout is bytes, stderr text."""
    command = [program("LSMKV")]
    if endpoint is not None:
        command.append(f"--endpoint={endpoint}")
    done = subprocess.run(
        command + list(words), input=stdin, capture_output=True,
        env=clean_environment(env), timeout=timeout, check=False,
        preexec_fn=_in_child(None))
    return Result(done.returncode, done.stdout, done.stderr.decode())


def make_temp_dir(add_cleanup):
    path = tempfile.mkdtemp(prefix="lsmkv-e2e-")
    add_cleanup(shutil.rmtree, path, ignore_errors=True)
    return path


class TestCase(unittest.TestCase):
    """A test that may start servers; they end with it."""

    def temp_dir(self):
        return make_temp_dir(self.addCleanup)

    def start_server(self, data_dir=None, flags=(), **options):
        if data_dir is None:
            data_dir = os.path.join(self.temp_dir(), "store")
        server = Server(data_dir, flags, **options)
        self.addCleanup(end_server, server)
        return server

    def fails_to_start(self, data_dir, *words, flags=(), status=1, **options):
        """stderr of a start that must fail and name each of `words`."""
        with self.assertRaises(StartError) as caught:
            self.start_server(data_dir, flags, **options)
        error = caught.exception
        self.assertEqual(error.exit_status, status, error.stderr)
        for word in words:
            self.assertIn(str(word), error.stderr)
        return error.stderr

    def assert_ok(self, result):
        self.assertEqual(result.status, 0, result)
        return result


class SharedServerTestCase(TestCase):
    """One lsmkvd for all tests of a class."""

    FLAGS = ()

    @classmethod
    def setUpClass(cls):
        data_dir = os.path.join(make_temp_dir(cls.addClassCleanup), "store")
        cls.server = Server(data_dir, cls.FLAGS)
        cls.addClassCleanup(end_server, cls.server)

    def cli(self, *words, **options):
        return run_cli(self.server.grpc, *words, **options)


def end_server(server):
    """Ends it at once; shows its log, which ctest prints on failure."""
    died = not server.is_running() and server.process.returncode not in (0, -9)
    server.kill()
    print(f"--- lsmkvd on {server.data_dir}:\n{server.stderr()[-8000:]}---",
          file=sys.stderr)
    server.close()
    if died:
        raise AssertionError(
            f"lsmkvd ended with {server.process.returncode}")


def main():
    program("LSMKVD")
    program("LSMKV")
    unittest.main(verbosity=2)
