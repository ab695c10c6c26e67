"""Runs the commands of README.md and compares what they print.

A block that is run looks like this; the name tells blocks apart:

    <!-- test: NAME -->
    ```console
    $ a command, which a shell runs
    a line of expected output
    ```

A command ends a line with `\\` to go on in the next. In the expected output a
line `...` stands for any number of lines, and `*` for anything in a line.
stdout and stderr are one. Each block runs in a folder of its own, with lsmkv
and lsmkvd on the PATH and a server running, unless the block starts one itself
in the background. The documented addresses stand for those of that server.
"""

import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import time

import harness

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
BLOCK = re.compile(
    r"^<!-- test: ([a-z0-9-]+) -->\n+```console\n(.*?)^```$", re.M | re.S)
COMMAND_SECONDS = 120
GRPC, REST, METRICS = "127.0.0.1:50051", "127.0.0.1:8080", "127.0.0.1:9464"


def read_blocks():
    """(name, steps) of each block; a step is a command and its output."""
    blocks = []
    for name, text in BLOCK.findall(README.read_text(encoding="utf-8")):
        steps = []
        lines = iter(text.splitlines())
        for line in lines:
            if line.startswith("$ "):
                command = line[2:]
                while command.endswith("\\"):
                    command += "\n" + next(lines)
                steps.append((command, []))
            elif not steps:
                raise AssertionError(f"{name}: output before any command")
            else:
                steps[-1][1].append(line)
        blocks.append((name, steps))
    return blocks


def pattern_of(expected):
    """A regular expression for the lines of expected output."""
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*")
        else:
            pieces = [re.escape(piece) for piece in line.split("*")]
            parts.append("[^\n]*".join(pieces) + "\n")
    return "".join(parts)


def free_ports(count):
    """Ports that nobody listens on, for a server the block starts."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Shell:
    """One bash that runs the commands of a block, one after the other."""

    MARK = b"--- end of the command ---"

    def __init__(self, folder, env):
        self.process = harness.popen(
            ["bash", "--norc"], env=env, cwd=folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True)

    def run(self, command, pattern):
        """What the command wrote.

        What it left in the background may still write after it has ended, so
        that is waited for until `pattern` fits.
        """
        script = f"{command}\nprintf '\\n%s\\n' '{self.MARK.decode()}'\n"
        self.process.stdin.write(script.encode())
        self.process.stdin.flush()
        in_background = command.rstrip().endswith("&")
        end = b"\n" + self.MARK + b"\n"
        output = b""
        deadline = time.monotonic() + COMMAND_SECONDS
        while True:
            if end in output:
                text = output.replace(end, b"", 1).decode()
                if text and not text.endswith("\n"):
                    text += "\n"  # a missing newline is no difference
                if not in_background or re.fullmatch(pattern, text):
                    return text
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [],
                                              left)[0]:
                raise AssertionError(f"$ {command}\ndid not end, or never "
                                     f"wrote {pattern!r}: {output!r}")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                raise AssertionError(f"the shell ended: {output!r}")
            output += piece

    def end(self):
        """Ends the shell and all it started, which is its process group."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Readme(harness.TestCase):

    def test_blocks(self):
        blocks = read_blocks()
        self.assertNotEqual(blocks, [], "no block of README.md is marked")
        names = [name for name, _ in blocks]
        self.assertEqual(len(names), len(set(names)), names)
        for name, steps in blocks:
            with self.subTest(block=name):
                self.run_block(steps)

    def test_every_console_block_is_run(self):
        text = README.read_text(encoding="utf-8")
        fences = len(re.findall(r"^```console$", text, re.M))
        self.assertEqual(len(BLOCK.findall(text)), fences)

    def run_block(self, steps):
        folder = self.temp_dir()
        programs = os.path.join(folder, ".programs")
        os.mkdir(programs)
        for name in ("lsmkv", "lsmkvd"):
            os.symlink(harness.program(name.upper()),
                       os.path.join(programs, name))
        starts_one = any(re.search(r"(^|\s)lsmkvd(\s|$)", command)
                         for command, _ in steps)
        if starts_one:
            ports = [f"127.0.0.1:{port}" for port in free_ports(3)]
        else:
            server = self.start_server()
            ports = [server.grpc, server.rest, server.metrics]
        real = dict(zip((GRPC, REST, METRICS), ports))
        env = harness.clean_environment({
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": folder, "LC_ALL": "C.UTF-8",
            "LSMKV_LOG_LEVEL": "error",  # its lines come when they like
            "LSMKV_ENDPOINT": real[GRPC],
            "LSMKV_GRPC_LISTEN": real[GRPC],
            "LSMKV_REST_LISTEN": real[REST],
            "LSMKV_METRICS_LISTEN": real[METRICS]})
        shell = Shell(folder, env)
        try:
            for command, expected in steps:
                self.run_step(shell, command, expected, real)
        finally:
            shell.end()

    def run_step(self, shell, command, expected, real):
        def on_real_ports(text):
            for documented, address in real.items():
                port = documented.rpartition(":")[2]
                text = text.replace(documented, address)
                text = text.replace(f"localhost:{port}", address)
            return text

        wanted = pattern_of([on_real_ports(line) for line in expected])
        text = shell.run(on_real_ports(command), wanted)
        self.assertRegex(text, rf"\A{wanted}\Z",
                         f"\n$ {command}\nprinted:\n{text}")


if __name__ == "__main__":
    harness.main()
