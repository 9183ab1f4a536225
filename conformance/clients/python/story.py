"""The steps of ../steps.ts, done with a client: the other files here are clients that do them."""

import sys
import time
from abc import ABC, abstractmethod
from dataclasses import replace
from uuid import uuid4

from failover import failover
from journal import Record, ends, expect_all, half_way, of
from steps import expect, not_offered, step, until
from transactions import Transactions

PARTITIONS = 4
RECORDS = 23
"""Of each wave. Not a multiple of the partitions, so that batches differ in size."""


class Reader(ABC):
    """Reads a partition, without a group. It is asked for records again and again, and lives by that."""

    @abstractmethod
    def poll(self) -> list[Record]: ...

    @abstractmethod
    def close(self) -> None: ...


class Member(Reader):
    """A member of a group, which leaves it when it is closed."""

    @abstractmethod
    def owned(self) -> set[int]: ...

    @abstractmethod
    def commit(self, offsets: dict[int, int]) -> None: ...


class Client(ABC):
    """What the story asks of a client."""

    no: dict[str, str] = {}
    """The steps that it does not offer, and why."""

    @abstractmethod
    def create_topic(self, topic: str, partitions: int, replicas: int) -> None: ...

    @abstractmethod
    def partitions(self, topic: str) -> int: ...

    @abstractmethod
    def topics(self) -> set[str]: ...

    @abstractmethod
    def produce(self, topic: str, records: list[Record], codec: str, idempotent: bool) -> list[Record]:
        """Sends the records in their order, each to its partition if it names one, and tells where they lie."""

    @abstractmethod
    def read(self, topic: str, partition: int, start: str | int) -> Reader:
        """From an offset, or from the "beginning" or the "end"."""

    @abstractmethod
    def join(self, group: str, topic: str, uncommitted: bool = False) -> Member:
        """A group that reads from where it committed, or from the beginning: what is committed alone, or all that there is."""

    @abstractmethod
    def committed(self, group: str, topic: str) -> dict[int, int]: ...

    @abstractmethod
    def offset_at(self, topic: str, partition: int, timestamp: int) -> int:
        """The offset of the first record at this time or later."""

    @abstractmethod
    def set_config(self, topic: str, name: str, value: str) -> None: ...

    @abstractmethod
    def config(self, topic: str, name: str) -> str: ...

    @abstractmethod
    def add_partitions(self, topic: str, total: int) -> None: ...

    @abstractmethod
    def groups(self) -> set[str]: ...

    @abstractmethod
    def describe(self, group: str) -> tuple[str, int]:
        """The state of the group, and how many members it has."""

    delete_group = None
    """Not every client has it."""

    @abstractmethod
    def delete_records(self, topic: str, partition: int, before: int) -> None: ...

    @abstractmethod
    def beginning(self, topic: str, partition: int) -> int: ...

    @abstractmethod
    def delete_topic(self, topic: str) -> None: ...

    writer = None
    """`writer(id, timeout_ms)`, of transactions.Writer: one that is not transactional when it is given no id."""

    leadership = None
    """`leadership(topic, partition)`: the leader's node id, or -1, and those of the replicas in sync."""


def tell(start) -> None:
    servers = sys.argv[-1]
    story = Story(start(servers), len(servers.split(",")))
    story.records()
    story.group()
    story.admin()
    Transactions(story.client, story.created).tell()
    failover(story.client, story.created)
    # What a client leaves running is its own affair.
    sys.stdout.flush()


class Story:
    def __init__(self, client: Client, brokers: int):
        self.client, self.brokers = client, brokers
        self.topic = f"orders-{uuid4()}"
        self.sent: list[Record] = []
        self.billing = f"billing-{uuid4()}"
        self.members: list[Member] = []

    def offered(self, name, does) -> None:
        if name in self.client.no:
            not_offered(name, self.client.no[name])
        else:
            step(name, does)

    def created(self, topic: str) -> str:
        self.client.create_topic(topic, PARTITIONS, self.brokers)
        until("the topic to have its partitions", lambda: self.client.partitions(topic) == PARTITIONS)
        return f"{PARTITIONS} partitions"

    def records(self) -> None:
        """Writes in every way, while one reader follows."""
        client, topic, read = self.client, self.topic, []
        step("topic", lambda: self.created(topic))
        audit = client.join(f"audit-{uuid4()}", topic)

        def wave(name, codec="none", idempotent=False, headers=False):
            def does():
                records = made(name, len(self.sent), headers)
                self.sent += client.produce(topic, records, codec, idempotent)

                def all_are_read():
                    read.extend(audit.poll())
                    return len(read) >= len(self.sent)

                until(f"{len(self.sent)} records to be read", all_are_read)
                expect_all(read, self.sent)
                return f"{RECORDS} records read from where they were said to lie"

            self.offered(name, does)

        wave("produce")
        wave("headers", headers=True)
        for codec in ["gzip", "snappy", "lz4", "zstd"]:
            wave(codec, codec=codec)
        wave("idempotent", idempotent=True)
        audit.close()
        self.offered("partition", lambda: self.partition(of(0, read)))

    def partition(self, known: list[Record]) -> str:
        """What is in the first partition is known."""

        def read(start, enough, meanwhile=lambda: None):
            reader, records = self.client.read(self.topic, 0, start), []

            def found():
                records.extend(reader.poll())
                if not enough(records):
                    meanwhile()
                return enough(records)

            until(f"the partition to be read from {start}", found)
            reader.close()
            return records

        expect("the partition from its beginning", read("beginning", lambda it: len(it) >= len(known)), known)
        expect("the partition from an offset", read(3, lambda it: len(it) >= len(known) - 3), known[3:])

        def write():
            record = Record(str(uuid4()), b"late", int(time.time() * 1000), 0)
            self.client.produce(self.topic, [record], "none", False)

        # A reader that has not found the end yet would miss what is written before it has.
        late = read("end", lambda it: len(it) > 0, write)
        expect("what is read from the end", {record.value for record in late}, {b"late"})
        return "from the beginning, from an offset, from the end"

    def group(self) -> None:
        """The life of a group, in a topic of its own: nothing is in it when its members come."""
        client, members, group = self.client, self.members, self.billing
        topic = f"payments-{uuid4()}"
        sent: list[Record] = []
        read: list[Record] = []

        def polled(holds):
            """Asks every member for records before it looks whether something holds."""

            def poll_and_look():
                for member in members:
                    read.extend(member.poll())
                return holds()

            return poll_and_look

        def shared(count):
            def holds():
                owned = [member.owned() for member in members]
                return all(len(each) == PARTITIONS // count for each in owned) and len(set().union(*owned)) == PARTITIONS

            until(f"{count} members to share the partitions", polled(holds))

        def wave():
            records = [replace(record, partition=None) for record in made("group", len(sent), False)]
            sent.extend(client.produce(topic, records, "none", False))
            everything()

        def everything():
            until(f"{len(sent)} records to be read", polled(lambda: len(read) >= len(sent)))
            expect_all(read, sent)

        def commit():
            """Each member, for what it owns, all that was read."""
            for member in members:
                member.commit({partition: end for partition, end in ends(read).items() if partition in member.owned()})

        def two_members():
            self.created(topic)
            members.extend([client.join(group, topic), client.join(group, topic)])
            shared(2)
            wave()
            return f"{len(sent)} records read once"

        def one_leaves_one_comes():
            commit()
            members.pop().close()
            shared(1)
            wave()
            commit()
            members.append(client.join(group, topic))
            shared(2)
            wave()
            return "one left, one came"

        def resumes():
            commit()
            members.pop().close()
            shared(1)
            early = ends(read)
            wave()
            committed = half_way(early, ends(read))
            members[0].commit(committed)
            expect("committed offsets", client.committed(group, topic), committed)
            members.pop().close()
            read[:] = [record for record in read if record.offset < committed[record.partition]]
            members.append(client.join(group, topic))
            everything()
            return f"resumed at {sum(committed.values())} of {len(sent)} records"

        step("group", two_members)
        step("rebalance", one_leaves_one_comes)
        step("commit", resumes)

    def admin(self) -> None:
        client, topic = self.client, self.topic

        def time_():
            record = self.sent[len(self.sent) // 2]
            found = client.offset_at(topic, record.partition, record.timestamp)
            expect("the offset at the time of a record", found, record.offset)
            return f"offset {found}"

        def configs():
            client.set_config(topic, "retention.ms", "7200000")
            until("the config to be read", lambda: client.config(topic, "retention.ms") == "7200000")
            client.add_partitions(topic, PARTITIONS + 2)
            until("more partitions", lambda: client.partitions(topic) == PARTITIONS + 2)
            return "a config is changed, read, partitions are added"

        def groups():
            group = self.billing
            until("the group to be listed", lambda: group in client.groups())
            expect("the group", client.describe(group), ("Stable", 1))
            self.members.pop().close()
            until("the group to be empty", lambda: client.describe(group) == ("Empty", 0))
            if client.delete_group is None:
                return "listed, described with its member, described when it is empty"
            client.delete_group(group)
            until("the group to be gone", lambda: group not in client.groups())
            return "listed, described with its member, described when it is empty, deleted"

        def delete():
            client.delete_records(topic, 0, 3)
            until("the records to be gone", lambda: client.beginning(topic, 0) == 3)
            client.delete_topic(topic)
            until("the topic to be gone", lambda: topic not in client.topics())
            return "records before an offset, the topic"

        self.offered("time", time_)
        self.offered("configs", configs)
        self.offered("groups", groups)
        self.offered("delete", delete)


def made(name: str, count: int, headers: bool) -> list[Record]:
    """With values from none at all to some kilobytes, each a millisecond later than the one before."""
    start = int(time.time() * 1000) - 60_000 + count
    records = []
    for index in range(RECORDS):
        key = f"{name}-{count + index}"
        value = None if index == 0 else f"{key} was ordered, packed and sent. ".encode() * (index - 1)
        some = (("trace", key.encode()), ("origin", b"shop"), ("a", b""), ("trace", b"twice")) if headers else ()
        records.append(Record(key, value, start + index, index % PARTITIONS, headers=some))
    return records
