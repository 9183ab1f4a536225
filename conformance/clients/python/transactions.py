"""The steps of ../steps.ts with a transactional producer."""

import time
from abc import ABC, abstractmethod
from uuid import uuid4

from journal import Record, ends, expect_these
from steps import expect, line, not_offered, step, until

PARTITIONS = 4
RECORDS = 10
TIMEOUT_MS = 60_000
SHORT_TIMEOUT_MS = 1500
"""Which the broker allows, and that suffices for what is sent before it is over."""
STEPS = ["transaction", "abort", "transform", "fenced", "timeout"]


class Writer(ABC):
    """A producer that is idempotent, with acks=all. The transactional one has the rest too, and is ready to begin."""

    @abstractmethod
    def begin(self) -> None: ...

    @abstractmethod
    def send(self, topic: str, records: list[Record]) -> list[Record]:
        """Tells where they lie, once they are acknowledged."""

    @abstractmethod
    def send_offsets(self, member, group: str, topic: str, offsets: dict[int, int]) -> None:
        """What the member of the group has read, for each partition the offset of the next record."""

    @abstractmethod
    def commit(self) -> None: ...

    @abstractmethod
    def abort(self) -> None: ...

    @abstractmethod
    def close(self) -> None: ...


class Reading:
    """What a reader has read, with all that it can be asked for."""

    def __init__(self, member):
        self.member, self.records = member, []

    def sees(self, sent: list[Record]) -> None:
        """Waits until these are read, and no others."""

        def all_are_read():
            self.records.extend(self.member.poll())
            return len(self.records) >= len(sent)

        until(f"{len(sent)} records to be read", all_are_read)
        expect_these(self.records, sent)


class Transactions:
    def __init__(self, client, created):
        self.client, self.created = client, created
        self.topic = f"transfers-{uuid4()}"
        self.id = f"till-{uuid4()}"
        self.sent: list[Record] = []
        self.everything: list[Record] = []

    def tell(self) -> None:
        if self.client.writer is None:
            for name in STEPS:
                not_offered(name, "it has no transactions")
            return
        self.created(self.topic)
        client, topic = self.client, self.topic
        self.committed = Reading(client.join(f"auditors-{uuid4()}", topic))
        self.all = Reading(client.join(f"watchers-{uuid4()}", topic, uncommitted=True))
        self.plain = client.writer(None, TIMEOUT_MS)
        self.till = client.writer(self.id, TIMEOUT_MS)
        step("transaction", self.commits)
        step("abort", self.aborts)
        step("transform", self.transforms)
        step("fenced", self.fences)
        step("timeout", self.times_out)
        self.plain.close()
        self.committed.member.close()
        self.all.member.close()

    def write(self, by: Writer, name: str) -> list[Record]:
        """Sends records in a transaction, which stays open, and waits until they can be seen without its end."""
        placed = by.send(self.topic, made(name))
        self.everything += placed
        self.all.sees(self.everything)
        return placed

    def commit(self, by: Writer, placed: list[Record]) -> None:
        by.commit()
        self.sent += placed
        self.committed.sees(self.sent)

    def commits(self):
        self.till.begin()
        placed = self.write(self.till, "first") + self.write(self.till, "second")
        expect("what is read before the commit", self.committed.member.poll(), [])
        self.commit(self.till, placed)
        return f"{len(self.sent)} records"

    def aborts(self):
        self.till.begin()
        self.write(self.till, "aborted")
        self.till.abort()
        self.till.begin()
        self.commit(self.till, self.write(self.till, "kept"))
        return "only what was committed after it is read"

    def fences(self):
        self.till.begin()
        self.write(self.till, "fenced")
        other = self.client.writer(self.id, TIMEOUT_MS)
        other.begin()
        # Only then is the first one asked: some take its refusal for a lost epoch, and ask for a new one, which ends what is open.
        self.commit(other, self.write(other, "fencing"))

        def go_on():
            self.till.send(self.topic, made("late"))
            self.till.commit()

        refused = refusal(go_on)
        other.close()
        return refused

    def times_out(self):
        late = self.client.writer(f"late-{uuid4()}", SHORT_TIMEOUT_MS)
        late.begin()
        self.write(late, "forgotten")
        # What comes after an open transaction is read when that has ended.
        placed = self.plain.send(self.topic, made("next"))
        self.everything += placed
        self.sent += placed
        self.committed.sees(self.sent)
        return refusal(late.commit)

    def transforms(self):
        source, target, group, id = (f"{it}-{uuid4()}" for it in ["prices", "doubled", "doublers", "doubler"])
        self.created(source)
        self.created(target)
        results = Reading(self.client.join(f"buyers-{uuid4()}", target))
        doubled: list[Record] = []

        def work(expected: list[Record], commits: bool) -> None:
            """A new member takes what is there from where the group has committed; it has to be just these."""
            writer = self.client.writer(id, TIMEOUT_MS)
            work = Reading(self.client.join(group, source))
            work.sees(expected)
            writer.begin()
            placed = writer.send(
                target,
                [Record(it.key, it.value + b", twice", it.timestamp, it.partition) for it in work.records],
            )
            writer.send_offsets(work.member, group, source, ends(work.records))
            if commits:
                writer.commit()
                doubled.extend(placed)
            else:
                writer.abort()
            work.member.close()
            writer.close()
            results.sees(doubled)

        first = self.plain.send(source, made("first"))
        work(first, commits=False)
        work(first, commits=True)
        work(self.plain.send(source, made("second")), commits=True)
        results.member.close()
        return f"{len(doubled)} records"


def refusal(does) -> str:
    """Why something cannot be done."""
    try:
        does()
    except Exception as refused:
        return f"refused: {line(refused)}"
    raise AssertionError("the producer was not refused")


def made(name: str) -> list[Record]:
    """Some for each partition."""
    now = int(time.time() * 1000)
    return [Record(f"{name}-{it}", f"{name} of {it}".encode(), now, it % PARTITIONS) for it in range(RECORDS)]
