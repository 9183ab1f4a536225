"""The step of ../steps.ts in which a broker dies."""

import os
import time
from collections import defaultdict
from threading import Thread
from uuid import uuid4

from journal import Record
from steps import PATIENCE_S, STARTING_S, expect, not_offered, step, until
from transactions import TIMEOUT_MS, made

ACKNOWLEDGED = 80
"""So many records at least before the broker dies, while it is dead, and after it came back."""
PAUSE_S = 0.005


def failover(client, created) -> None:
    if "KILLS" not in os.environ:
        return
    if client.writer is None or client.leadership is None:
        not_offered("failover", "it does not tell who leads a partition")
        return

    def survived():
        topic = f"steady-{uuid4()}"
        created(topic)
        places = defaultdict(set)
        reader = client.join(f"followers-{uuid4()}", topic)
        steady = Steady(client.writer(None, TIMEOUT_MS), topic)

        def read_until(what, holds, patience_s=PATIENCE_S):
            """A member that is not polled would be taken for dead itself."""

            def poll_and_look():
                for it in reader.poll():
                    places[it.key].add((it.partition, it.offset))
                return holds()

            until(what, poll_and_look, patience_s)

        def goes_on(when):
            enough = len(steady.sent) + ACKNOWLEDGED
            read_until(f"records to be acknowledged {when}", lambda: steady.goes() and len(steady.sent) >= enough)

        goes_on("at first")
        read_until("something to be read", lambda: places)
        dying, _ = client.leadership(topic, 0)
        print(f"kill {dying}", flush=True)
        read_until("another leader", lambda: client.leadership(topic, 0)[0] not in (-1, dying))
        goes_on("without the broker")
        print(f"start {dying}", flush=True)
        read_until("the broker to be in sync again", lambda: dying in client.leadership(topic, 0)[1], STARTING_S)
        goes_on("with the broker")
        sent = steady.end()
        read_until("all to be read", lambda: len(places) >= len(sent))
        for it in sent:
            expect(f"where {it.key} is read", places[it.key], {(it.partition, it.offset)})
        reader.close()
        return f"{len(sent)} records, each read at one place"

    step("failover", survived)


class Steady:
    """Writes without pause, in a thread of its own."""

    def __init__(self, writer, topic):
        self.writer, self.topic = writer, topic
        self.sent: list[Record] = []
        self.enough, self.error = False, None
        self.thread = Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        try:
            wave = 0
            while not self.enough:
                self.sent += self.writer.send(self.topic, made(f"steady {wave}"))
                wave += 1
                time.sleep(PAUSE_S)
        except Exception as error:
            self.error = error

    def goes(self):
        if self.error:
            raise self.error
        return True

    def end(self):
        self.enough = True
        self.thread.join()
        self.goes()
        self.writer.close()
        return self.sent
