"""Child processes that never outlive the tests, and waiting for conditions."""

import ctypes
import os
import signal
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
CLONE_NEWNET = 0x40000000


class Timeout(AssertionError):
    """A condition did not come true in time."""


def wait_for(condition, what, timeout=20.0, pause=0.02):
    """Calls 'condition' until it gives something true, and returns that."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Timeout(f"not within {timeout} s: {what}")
        time.sleep(pause)


def die_with_parent():
    """For preexec_fn: the child is killed when the tests end, however they end."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_with_parent():
    """The same with SIGTERM, for one that has children of its own to end."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def leave_network():
    """Moves this thread, and what it starts from now on, into a network namespace of its own.
    The namespace that it was in, for return_to_network()."""
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    if LIBC.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
    return before


def return_to_network(before):
    if LIBC.setns(before, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns()")
    os.close(before)


def run(*argv, check=True, **kwargs):
    """Runs a command and returns its stripped stdout."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, **kwargs)
    if check and done.returncode:
        raise AssertionError(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout.strip()


def end(process, timeout=30):
    """SIGTERM, then SIGKILL; returns the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()
