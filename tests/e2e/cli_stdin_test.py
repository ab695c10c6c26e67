"""lsmkv without a command: commands from stdin, and the prompt."""

import os
import pty
import re
import select
import subprocess
import termios
import time

import harness

UP = b"\x1b[A"


class Stdin(harness.SharedServerTestCase):

    def script(self, text, status=0):
        if isinstance(text, str):
            text = text.encode()
        result = self.cli(stdin=text)
        self.assertEqual(result.status, status, result)
        return result

    def test_answers_of_the_prompt_without_a_prompt(self):
        result = self.script("SET k v\nGET k\nGET absent\nDELETE k\nget k\n")
        self.assertEqual(result.stdout,
                         b"OK\nv\nKey not found\nOK\nKey not found\n")
        self.assertEqual(result.stderr, "")

    def test_quotes_group_words_and_escapes_name_bytes(self):
        result = self.script(
            'set "two words" "a  b"\nget "two words"\n'
            "set 'single \"q\"' 'c d'\nget 'single \"q\"'\n"
            'set "nul\\x00\\xff" "\\x00\\xfe\\n"\n'
            'scan -o ndjson "nul"\n'
            'set "" x\n', status=2)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[:4], [b"OK", b"a  b", b"OK", b"c d"])
        self.assertIn(b'"key_base64":"bnVsAP8="', lines[5])
        self.assertIn(b'"value_base64":"AP4K"', lines[5])
        self.assertIn("line 7", result.stderr)
        self.assertIn("key is empty", result.stderr)

    def test_every_command_runs(self):
        result = self.script(
            "BATCH 50 --key-prefix=sb:\nSCAN sb: --limit=1 -k\nSTATS\n"
            "flush\ncompact\nlimits\nhealth\nhelp get\nbench put -n 10\n"
            "EXIT\nSET after exit\n")
        text = result.stdout.decode()
        self.assertRegex(text, r"^Inserted 50 records in .* records/s\)\nsb:")
        for words in ("MemTable records: ", "SERVING\n",
                      "Usage: lsmkv get", "put: 10 operations"):
            self.assertIn(words, text)
        self.assertEqual(self.cli("get", "after").status, 3)

    def test_empty_lines_comments_and_missing_newline(self):
        result = self.script("\n  \n# a comment\nset c 1\r\nget c")
        self.assertEqual(result.stdout, b"OK\n1\n")

    def test_failure_names_its_line_and_later_lines_run(self):
        result = self.script("set f 1\nfly away\nget f\n", status=2)
        self.assertEqual(result.stdout, b"OK\n1\n")
        self.assertIn("line 2", result.stderr)
        self.assertIn("fly", result.stderr)
        result = self.script('set "open\n', status=2)
        self.assertIn("quote", result.stderr)

    def test_no_input_is_no_output(self):
        result = self.script("")
        self.assertEqual((result.stdout, result.stderr), (b"", ""))


class Terminal:
    """lsmkv on a pseudo terminal."""

    def __init__(self, endpoint, history, words=()):
        self._main, side = pty.openpty()
        command = [harness.program("LSMKV"), f"--endpoint={endpoint}"]
        env = harness.clean_environment(
            {"LSMKV_HISTORY": history, "TERM": "xterm", "LC_ALL": "C.UTF-8"})
        self.process = harness.popen(
            command + list(words), env=env, stdin=side, stdout=side,
            stderr=side, start_new_session=True)
        os.close(side)
        self.seen = b""

    def send(self, data):
        os.write(self._main, data)

    def wait_for(self, pattern, seconds=60):
        """Reads until `pattern`; what came before it and it, and forgets."""
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.seen)
            if match:
                text = self.seen[:match.end()]
                self.seen = self.seen[match.end():]
                return text
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self._main], [], [], left)[0]
            piece = self._read() if ready else b""
            if not piece:
                raise AssertionError(f"no {pattern!r} in {self.seen!r}")
            self.seen += piece

    def wait_for_prompt(self):
        """The prompt, and the editor's mode: ^D before it means otherwise."""
        self.wait_for(rb"lsmkv> ")
        while termios.tcgetattr(self._main)[3] & termios.ICANON:
            if self.process.poll() is not None:
                raise AssertionError("lsmkv ended at its prompt")
            time.sleep(0.001)

    def _read(self):
        try:
            return os.read(self._main, 65536)
        except OSError:  # EIO: the other side is closed
            return b""

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self._main)


class Prompt(harness.SharedServerTestCase):

    def terminal(self, history="", words=()):
        terminal = Terminal(self.server.grpc, history, words)
        self.addCleanup(terminal.end)
        return terminal

    def test_prompt_answers_and_exits(self):
        terminal = self.terminal()
        for line, answer in ((b"SET greeting 'hello world'", rb"\nOK\r\n"),
                             (b"GET greeting", rb"\nhello world\r\n"),
                             (b"GET nobody", rb"\nKey not found\r\n"),
                             (b"SCAN greet",
                              rb"\ngreeting\thello world\r\n"),
                             (b"fly", rb"\nerror: .*fly"),
                             (b"DELETE greeting", rb"\nOK\r\n"),
                             (b"STATS", rb"MemTable records: \d+")):
            terminal.wait_for_prompt()
            terminal.send(line + b"\r")
            terminal.wait_for(answer)
        terminal.wait_for_prompt()
        terminal.send(b"exit\r")
        self.assertEqual(terminal.process.wait(60), 0)

    def test_end_of_input_ends_the_prompt(self):
        terminal = self.terminal()
        terminal.wait_for_prompt()
        terminal.send(b"\x04")
        self.assertEqual(terminal.process.wait(60), 0)

    def test_history_survives_the_session(self):
        history = os.path.join(self.temp_dir(), "history")
        terminal = self.terminal(history)
        for line, answer in ((b"SET history first", rb"\nOK\r\n"),
                             (b"GET history", rb"\nfirst\r\n")):
            terminal.wait_for_prompt()
            terminal.send(line + b"\r")
            terminal.wait_for(answer)
        terminal.wait_for_prompt()
        terminal.send(UP)
        terminal.wait_for(rb"GET history")
        terminal.send(b"\r")
        terminal.wait_for(rb"\nfirst\r\n")
        terminal.wait_for_prompt()
        terminal.send(b"exit\r")
        self.assertEqual(terminal.process.wait(60), 0)

        terminal = self.terminal(history)
        terminal.wait_for_prompt()
        terminal.send(UP + UP)  # exit, then what was before it
        terminal.wait_for(rb"GET history")
        terminal.send(b"\r")
        terminal.wait_for(rb"\nfirst\r\n")

    def test_tab_completes_commands(self):
        terminal = self.terminal()
        terminal.wait_for_prompt()
        terminal.send(b"SET completed yes\r")
        terminal.wait_for(rb"\nOK\r\n")
        terminal.wait_for_prompt()
        terminal.send(b"ge\tcompleted\r")
        terminal.wait_for(rb"\nyes\r\n")

    def test_get_ends_the_line_on_a_terminal_only(self):
        self.assert_ok(self.cli("set", "tty", "value"))
        terminal = self.terminal(words=("get", "tty"))
        terminal.wait_for(rb"^value\r\n$")
        self.assertEqual(self.cli("get", "tty").stdout, b"value")


class Progress(harness.SharedServerTestCase):

    def test_long_work_shows_progress_on_a_terminal(self):
        main, side = pty.openpty()
        self.addCleanup(os.close, main)
        command = [harness.program("LSMKV"),
                   f"--endpoint={self.server.grpc}", "import", "-"]
        process = harness.popen(
            command, env=harness.clean_environment(), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=side)
        os.close(side)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdin.write(b'{"key":"p:1","value":"x"}\n')
        process.stdin.flush()
        seen = b""
        deadline = time.monotonic() + 60
        while b"1 record" not in seen and time.monotonic() < deadline:
            if select.select([main], [], [], 1)[0]:
                seen += os.read(main, 65536)
        self.assertIn(b"1 record", seen)
        out, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(out.decode(), r"^Imported 1 record in ")

    def test_no_terminal_no_progress(self):
        result = self.assert_ok(self.cli("batch", "20000"))
        self.assertEqual(result.stderr, "")


if __name__ == "__main__":
    harness.main()
