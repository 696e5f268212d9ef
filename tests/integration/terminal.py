"""A terminal for the program under test: a pty with the screen that somebody would see."""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios

import pyte

from procs import die_with_parent, wait_for


class AlternateScreen(pyte.Screen):
    """pyte keeps one page; what is on the other one is put aside here."""

    def __init__(self, columns, rows):
        super().__init__(columns, rows)
        self.pages = []

    def set_mode(self, *modes, **kwargs):
        if kwargs.get("private") and 1049 in modes:
            self.pages.append(list(self.display))
            self.erase_in_display(2)
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes, **kwargs):
        super().reset_mode(*modes, **kwargs)
        if kwargs.get("private") and 1049 in modes and self.pages:
            lines = self.pages.pop()
            self.erase_in_display(2)
            for row, line in enumerate(lines):
                self.cursor_position(row + 1, 1)
                self.draw(line.rstrip())


class Terminal:
    """Runs a program in a terminal of 'columns' and 'rows'."""

    def __init__(self, argv, columns=80, rows=24, env=()):
        self.screen = AlternateScreen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.process = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm", **dict(env)}, preexec_fn=self.prepare)

    def prepare(self):
        die_with_parent()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, columns, rows):
        """The kernel tells the program by SIGWINCH."""
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        """Takes what the program has written until now."""
        while select.select([self.master], [], [], 0)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError as error:
                if error.errno == errno.EIO:
                    return
                raise
            if not data:
                return
            self.raw += data
            self.stream.feed(data)

    def lines(self):
        self.read()
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def press(self, keys):
        os.write(self.master, keys.encode())

    def wait(self, condition, what, timeout=30.0):
        """Waits until condition(text of the screen) is true; returns the text."""
        def look():
            text = self.text()
            return text if condition(text) else None
        try:
            return wait_for(look, what, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\nscreen:\n{self.text()}") from None

    def wait_for_text(self, text, timeout=30.0):
        return self.wait(lambda screen: text in screen, f"'{text}' is on the screen", timeout)

    def wait_for_end(self):
        """The exit status."""
        def ended():
            self.read()  # or it waits for somebody to read
            return self.process.poll() is not None
        wait_for(ended, "the program ends", 30)
        self.read()
        return self.process.returncode

    def is_restored(self):
        """Are the terminal's settings what they were, and is the cursor back?"""
        self.read()
        return termios.tcgetattr(self.slave) == self.before and not self.screen.cursor.hidden

    def is_taken(self):
        """Does the program read single keys, with the cursor out of the way?"""
        self.read()
        return termios.tcgetattr(self.slave) != self.before and self.screen.cursor.hidden

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        os.close(self.slave)
        os.close(self.master)
