"""A Python that is warm: it has loaded what clients in Python load, and forks for each that is to run.

Loading is most of what such a client does, and there are hundreds of runs. `warm.sh` is started in the client's place: the
fork takes its standard streams, its environment and its process group, and hands its exit code back. Linux only.
"""

import gc
import os
import runpy
import selectors
import signal
import sys
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "python"))
import right  # noqa: E402, F401, with requests

# Where `warm.sh` keeps its standard streams.
STREAMS = [(5, os.O_RDONLY), (6, os.O_WRONLY), (7, os.O_WRONLY)]


def become(asker):
    """Makes this process the one that was started, as far as a client and whoever judges it can see."""
    os.setpgid(0, asker)
    for stream, (kept, mode) in enumerate(STREAMS):
        file = os.open(f"/proc/{asker}/fd/{kept}", mode)
        os.dup2(file, stream)
        os.close(file)
    with open(f"/proc/{asker}/environ", "rb") as file:
        pairs = [it.split(b"=", 1) for it in file.read().split(b"\0") if b"=" in it]
    os.environ.clear()
    os.environb.update(pairs)


def hand_back(folder, asker, status):
    """Tells the one that was started how its client ended; it may be gone."""
    code = os.waitstatus_to_exitcode(status)
    name = f"{folder}/{asker}"
    try:
        answer = os.open(name, os.O_WRONLY | os.O_NONBLOCK)
        os.write(answer, b"%d\n" % (code if code >= 0 else 128 - code))
        os.close(answer)
    except OSError:
        pass
    os.unlink(name)


def serve(folder):
    """Forks for each line that asks for it, until standard input ends; comes back in the forks alone, with their script."""
    os.mkfifo(f"{folder}/ask")
    ask = os.open(f"{folder}/ask", os.O_RDWR | os.O_NONBLOCK)
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(ended, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    selector = selectors.DefaultSelector()
    for file in (0, ask, ended):
        selector.register(file, selectors.EVENT_READ)
    print("ready", flush=True)
    askers, lines = {}, b""
    while True:
        for key, _ in selector.select():
            if key.fd == 0:
                os._exit(0)
            elif key.fd == ended:
                os.read(ended, 4096)
            else:
                lines += os.read(ask, 65536)
        *whole, lines = lines.split(b"\n")
        for line in whole:
            asker, script = line.decode().split(" ", 1)
            child = os.fork()
            if child == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                selector.close()
                os.close(ask)
                become(int(asker))
                return script
            askers[child] = int(asker)
        while askers:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                break
            hand_back(folder, askers.pop(child), status)


def run(script):
    """Its exit code, as Python has it."""
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


# Loaded memory is shared as long as nothing writes to it: so loaded objects are not collected, and there is no teardown.
gc.freeze()
script = serve(sys.argv[1])
sys.argv = [script]
code = run(script)
sys.stdout.flush()
sys.stderr.flush()
os._exit(code & 0xFF)
