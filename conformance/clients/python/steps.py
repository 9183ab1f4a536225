"""What the programs print: ../steps.ts tells what it means."""

import time
import traceback

PATIENCE_S = 30
"""How long anything may take to come true."""
STARTING_S = 90
"""How long a broker of a real cluster may take to start."""


def step(name, does):
    """Does a step, and prints how it went. The story goes on when it failed: the next ones may not need it."""
    try:
        print(f"ok {name}: {does()}", flush=True)
    except Exception as error:
        traceback.print_exc()
        print(f"failed {name}: {line(error)}", flush=True)


def not_offered(name, why="it has no call for that"):
    print(f"no {name}: {why}", flush=True)


def until(what, holds, patience_s=PATIENCE_S):
    """Asks again and again; an error counts as not yet, since a real cluster needs a while until every broker knows."""
    deadline = time.monotonic() + patience_s
    while True:
        last = ""
        try:
            if holds():
                return
        except Exception as error:
            last = f": {line(error)}"
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}{last}")
        time.sleep(0.01)


def expect(what, found, expected):
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        for index, (one, other) in enumerate(zip(found, expected)):
            expect(f"{what}, at {index} of {len(expected)}", one, other)
    raise AssertionError(f"{what}: expected {expected!r:.1000} but found {found!r:.1000}")


def line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())
