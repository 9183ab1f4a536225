"""The story of ../README.md, told by a client: confluent.py and aio.py are those who tell it."""

import time
from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass
from uuid import uuid4

PARTITIONS = 4
RECORDS_PER_CODEC = 23
"""Not a multiple of the partitions, so that batches differ in size."""


@dataclass(frozen=True)
class Record:
    """A record and where it lies: as the producer was told, or as a consumer found it."""

    partition: int
    offset: int
    timestamp: int  # in milliseconds
    key: str
    value: bytes | None
    trace: bytes  # a header


class Member(ABC):
    """A member of a group. It is asked for records again and again, and lives by that."""

    @abstractmethod
    def poll(self) -> list[Record]: ...

    @abstractmethod
    def owned(self) -> set[int]: ...

    @abstractmethod
    def commit(self, offsets: dict[int, int]) -> None: ...

    @abstractmethod
    def leave(self) -> None: ...


class Client(ABC):
    """What the story asks of a client."""

    codecs = ["none", "gzip", "snappy", "lz4", "zstd"]
    can_delete_groups = True

    @abstractmethod
    def create_topic(self, topic: str, partitions: int, replicas: int) -> None: ...

    @abstractmethod
    def topics(self) -> set[str]: ...

    @abstractmethod
    def produce(self, topic: str, codec: str, records: list[Record]) -> list[Record]:
        """Sends the records in their order, and tells where they lie."""

    @abstractmethod
    def join(self, group: str, topic: str) -> Member: ...

    @abstractmethod
    def committed(self, group: str, topic: str) -> dict[int, int]: ...

    @abstractmethod
    def offset_at(self, topic: str, partition: int, timestamp: int) -> int:
        """The offset of the first record at this time or later."""

    @abstractmethod
    def groups(self) -> set[str]: ...

    @abstractmethod
    def describe(self, group: str) -> tuple[str, int]:
        """The state of the group, and how many members it has."""

    def delete_group(self, group: str) -> None: ...

    @abstractmethod
    def delete_topic(self, topic: str) -> None: ...


def tell(client: Client, brokers: int) -> None:
    topic, group = f"orders-{uuid4()}", f"billing-{uuid4()}"
    client.create_topic(topic, PARTITIONS, brokers)
    until("the topic to be listed", lambda: topic in client.topics())
    chapter("creates a topic")

    read: list[Record] = []
    first, second = client.join(group, topic), client.join(group, topic)
    members = [first, second]

    def polled(holds):
        """Asks every member for records before it looks whether something holds."""

        def poll_and_look():
            for member in members:
                read.extend(member.poll())
            return holds()

        return poll_and_look

    until("two members to share the topic", polled(lambda: len(first.owned()) == len(second.owned()) == 2))
    expect("partitions owned", first.owned() | second.owned(), {0, 1, 2, 3})
    chapter("joins a group of two")

    sent: list[Record] = []
    produce_with_every_codec(client, topic, sent)
    until("every record to be read", polled(lambda: len(read) >= len(sent)))
    expect_all(read, sent)
    chapter(f"writes with {', '.join(client.codecs)}, and reads all of it")

    early = ends(read)
    first.commit({partition: early[partition] for partition in first.owned()})
    second.commit({partition: early[partition] for partition in second.owned()})
    members.remove(second)
    second.leave()
    until("the other member to take over", polled(lambda: len(first.owned()) == PARTITIONS))
    produce_with_every_codec(client, topic, sent)
    until("every later record to be read", polled(lambda: len(read) >= len(sent)))
    expect_all(read, sent)
    chapter("goes on when a member leaves")

    committed = {partition: (early[partition] + end) // 2 for partition, end in ends(read).items()}
    first.commit(committed)
    first.leave()
    read[:] = [record for record in read if record.offset < committed[record.partition]]
    restarted = client.join(group, topic)
    members[:] = [restarted]
    until("what was not committed to be read again", polled(lambda: len(read) >= len(sent)))
    expect_all(read, sent)
    expect("committed offsets", client.committed(group, topic), committed)
    chapter("resumes where it committed")

    middle = sent[len(sent) // 2]
    expect("the offset at a time", client.offset_at(topic, middle.partition, middle.timestamp), middle.offset)
    chapter("finds an offset by its time")

    until("the group to be listed", lambda: group in client.groups())
    expect("the group", client.describe(group), ("Stable", 1))
    restarted.leave()
    until("the group to be empty", lambda: client.describe(group) == ("Empty", 0))
    if client.can_delete_groups:
        client.delete_group(group)
        until("the group to be gone", lambda: group not in client.groups())
        chapter("lists, describes and deletes the group")
    else:
        chapter("lists and describes the group")

    client.delete_topic(topic)
    until("the topic to be gone", lambda: topic not in client.topics())
    chapter("deletes the topic")


def produce_with_every_codec(client: Client, topic: str, sent: list[Record]) -> None:
    """Sends one more wave, and adds it to what was sent so far."""
    for codec in client.codecs:
        # Each later than all that was sent before.
        start = int(time.time() * 1000) - 60_000 + len(sent)
        keys = [f"{codec}-{len(sent) + index}" for index in range(RECORDS_PER_CODEC)]
        values = [None] + [f"{key} was ordered, packed and sent. ".encode() * i for i, key in enumerate(keys[1:])]
        records = [
            Record(-1, -1, start + i, key, value, f"trace of {key}".encode())
            for i, (key, value) in enumerate(zip(keys, values))
        ]
        sent += client.produce(topic, codec, records)


def expect_all(read: list[Record], sent: list[Record]) -> None:
    """Each record once, where the producer was told that it is, and in the order of its partition."""
    expect("the records, partition by partition", by_partition(read), by_partition(sent))


def by_partition(records: list[Record]) -> dict[int, list[Record]]:
    partitions = defaultdict(list)
    for record in records:
        partitions[record.partition].append(record)
    return partitions


def ends(records: list[Record]) -> dict[int, int]:
    """For each partition, the offset after its last record."""
    return {partition: max(it.offset for it in all) + 1 for partition, all in by_partition(records).items()}


def chapter(told: str) -> None:
    print(f"ok {told}", flush=True)


def expect(what, found, expected) -> None:
    if found != expected:
        raise AssertionError(f"{what}: expected\n  {expected}\nbut found\n  {found}")


def until(what, holds) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited in vain for {what}")
        time.sleep(0.02)
