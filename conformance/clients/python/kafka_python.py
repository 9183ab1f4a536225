"""kafka-python."""

from concurrent.futures import Future
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, NewTopic

from story import Client, Member, Record, tell
from transactions import Writer


class KafkaPython(Client):
    def __init__(self, servers: str):
        self.servers = {"bootstrap_servers": servers.split(",")}
        self.admin = KafkaAdminClient(**self.servers)
        self.asking = KafkaConsumer(**self.servers)

    def create_topic(self, topic, partitions, replicas):
        self.admin.create_topics([NewTopic(topic, partitions, replicas)])

    def partitions(self, topic):
        return len(self.described(topic))

    def described(self, topic):
        (described,) = self.admin.describe_topics([topic])
        return described["partitions"]

    def leadership(self, topic, partition):
        (found,) = [it for it in self.described(topic) if it["partition_index"] == partition]
        return found["leader_id"], found["isr_nodes"]

    def topics(self):
        return set(self.admin.list_topics())

    def produce(self, topic, records, codec, idempotent):
        options = {"compression_type": None if codec == "none" else codec, "enable_idempotence": idempotent}
        producer = KafkaProducer(**self.servers, **options, acks="all", linger_ms=5)
        placed = sent(producer, topic, records)
        producer.close()
        return placed

    def writer(self, id, timeout_ms):
        options = {"enable_idempotence": True, "acks": "all"}
        if id is None:
            return KafkaPythonWriter(KafkaProducer(**self.servers, **options))
        producer = KafkaProducer(**self.servers, **options, transactional_id=id, transaction_timeout_ms=timeout_ms)
        producer.init_transactions()
        return KafkaPythonWriter(producer)

    def read(self, topic, partition, start):
        consumer = KafkaConsumer(**self.servers, fetch_max_wait_ms=50)
        place = TopicPartition(topic, partition)
        consumer.assign([place])
        if start == "beginning":
            consumer.seek_to_beginning(place)
        elif start == "end":
            consumer.seek_to_end(place)
        else:
            consumer.seek(place, start)
        return KafkaPythonMember(consumer, topic)

    def join(self, group, topic, uncommitted=False):
        options = {"group_id": group, "heartbeat_interval_ms": 200, "fetch_max_wait_ms": 50}
        options |= {"auto_offset_reset": "earliest", "enable_auto_commit": False}
        options |= {"isolation_level": "read_uncommitted" if uncommitted else "read_committed"}
        return KafkaPythonMember(KafkaConsumer(topic, **self.servers, **options), topic)

    def committed(self, group, topic):
        return {it.partition: at.offset for it, at in self.admin.list_group_offsets({group: None})[group].items()}

    def offset_at(self, topic, partition, timestamp):
        place = TopicPartition(topic, partition)
        return self.asking.offsets_for_times({place: timestamp})[place].offset

    def set_config(self, topic, name, value):
        self.admin.alter_configs([ConfigResource("topic", topic, {name: value})])

    def config(self, topic, name):
        return self.admin.describe_configs([ConfigResource("topic", topic, [name])])["topic"][topic][name]["value"]

    def add_partitions(self, topic, total):
        self.admin.create_partitions({topic: total})

    def groups(self):
        return {group["group_id"] for group in self.admin.list_groups()}

    def describe(self, group):
        described = self.admin.describe_groups([group])[group]
        return str(described["group_state"]), len(described["members"])

    def delete_group(self, group):
        self.admin.delete_groups([group])

    def delete_records(self, topic, partition, before):
        self.admin.delete_records({TopicPartition(topic, partition): before})

    def beginning(self, topic, partition):
        place = TopicPartition(topic, partition)
        return self.asking.beginning_offsets([place])[place]

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])


def sent(producer, topic, records):
    """Sends them, and tells where they lie once they are acknowledged."""
    acknowledged = [
        producer.send(
            topic,
            it.value,
            it.key.encode(),
            partition=it.partition,
            timestamp_ms=it.timestamp,
            headers=list(it.headers),
        )
        for it in records
    ]
    where = [future.get(30) for future in acknowledged]
    return [replace(it, partition=at.partition, offset=at.offset) for it, at in zip(records, where)]


class KafkaPythonWriter(Writer):
    def __init__(self, producer):
        self.producer = producer

    def begin(self):
        self.producer.begin_transaction()

    def send(self, topic, records):
        return sent(self.producer, topic, records)

    def send_offsets(self, member, group, topic, offsets):
        all = {TopicPartition(topic, it): OffsetAndMetadata(offset, "", -1) for it, offset in offsets.items()}
        self.producer.send_offsets_to_transaction(all, member.ask(member.consumer.group_metadata))

    def commit(self):
        self.producer.commit_transaction()

    def abort(self):
        self.producer.abort_transaction()

    def close(self):
        self.producer.close()


class KafkaPythonMember(Member):
    """A consumer, and the thread that alone may touch it: a member that is not polled in a rebalance holds up the others."""

    def __init__(self, consumer, topic):
        self.consumer, self.topic = consumer, topic
        self.read, self.asked, self.closing = SimpleQueue(), SimpleQueue(), False
        self.partitions = set()
        self.life = Thread(target=self.live, daemon=True)
        self.life.start()

    def live(self):
        while not self.closing:
            # A poll that is over while the group is joined can lose the answer: it is given the time for that.
            for records in self.consumer.poll(timeout_ms=500).values():
                for it in records:
                    place = (it.partition, it.offset)
                    self.read.put(Record(it.key.decode(), it.value, it.timestamp, *place, tuple(it.headers)))
            self.partitions = {partition.partition for partition in self.consumer.assignment()}
            while not self.asked.empty():
                self.asked.get()()
        self.consumer.close(autocommit=False)

    def poll(self):
        if not self.life.is_alive():
            raise RuntimeError("the member has died")
        return [self.read.get() for _ in range(self.read.qsize())]

    def owned(self):
        return self.partitions

    def commit(self, offsets):
        all = {TopicPartition(self.topic, it): OffsetAndMetadata(offset, "", -1) for it, offset in offsets.items()}
        self.ask(lambda: self.consumer.commit(all))

    def ask(self, question):
        done = Future()

        def answer():
            try:
                done.set_result(question())
            except Exception as error:
                done.set_exception(error)

        self.asked.put(answer)
        return done.result(30)

    def close(self):
        self.closing = True
        self.life.join()


if __name__ == "__main__":
    tell(KafkaPython)
