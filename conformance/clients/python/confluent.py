"""confluent-kafka, which is librdkafka."""

from concurrent.futures import Future
from dataclasses import replace

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from story import Client, Member, Record, tell
from transactions import Writer

READING = {"enable.auto.commit": False, "fetch.wait.max.ms": 50, "topic.metadata.refresh.fast.interval.ms": 50}


class Confluent(Client):
    def __init__(self, servers: str):
        self.config_ = {"bootstrap.servers": servers}
        self.admin = AdminClient(self.config_)

    def create_topic(self, topic, partitions, replicas):
        only(self.admin.create_topics([NewTopic(topic, partitions, replicas)]))

    def partitions(self, topic):
        return len(self.admin.list_topics(topic).topics[topic].partitions)

    def topics(self):
        return set(self.admin.list_topics().topics)

    def produce(self, topic, records, codec, idempotent):
        config = {**self.config_, "compression.codec": codec, "enable.idempotence": idempotent, "linger.ms": 5}
        return sent(Producer(config), topic, records)

    def writer(self, id, timeout_ms):
        config = {**self.config_, "enable.idempotence": True, "linger.ms": 1}
        if id is None:
            return ConfluentWriter(Producer(config))
        producer = Producer({**config, "transactional.id": id, "transaction.timeout.ms": timeout_ms})
        producer.init_transactions(30)
        return ConfluentWriter(producer)

    def leadership(self, topic, partition):
        found = self.admin.list_topics(topic).topics[topic].partitions[partition]
        return found.leader, found.isrs

    def read(self, topic, partition, start):
        consumer = Consumer({**self.config_, **READING, "group.id": "unused"})
        offset = {"beginning": OFFSET_BEGINNING, "end": OFFSET_END}.get(start, start)
        consumer.assign([TopicPartition(topic, partition, offset)])
        return ConfluentMember(consumer, topic)

    def join(self, group, topic, uncommitted=False):
        timing = {"heartbeat.interval.ms": 200, "auto.offset.reset": "earliest"}
        isolation = {"isolation.level": "read_uncommitted" if uncommitted else "read_committed"}
        consumer = Consumer({**self.config_, **READING, **timing, **isolation, "group.id": group})
        consumer.subscribe([topic])
        return ConfluentMember(consumer, topic)

    def committed(self, group, topic):
        answer = only(self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))
        return {it.partition: it.offset for it in answer.topic_partitions}

    def offset_at(self, topic, partition, timestamp):
        return self.list_offset(topic, partition, OffsetSpec.for_timestamp(timestamp))

    def list_offset(self, topic, partition, spec):
        return only(self.admin.list_offsets({TopicPartition(topic, partition): spec})).offset

    def set_config(self, topic, name, value):
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        only(self.admin.incremental_alter_configs([resource]))

    def config(self, topic, name):
        return only(self.admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))[name].value

    def add_partitions(self, topic, total):
        only(self.admin.create_partitions([NewPartitions(topic, total)]))

    def groups(self):
        listed = self.admin.list_consumer_groups().result()
        if listed.errors:
            raise listed.errors[0]
        return {group.group_id for group in listed.valid}

    def describe(self, group):
        described = only(self.admin.describe_consumer_groups([group]))
        return described.state.name.title(), len(described.members)

    def delete_group(self, group):
        only(self.admin.delete_consumer_groups([group]))

    def delete_records(self, topic, partition, before):
        only(self.admin.delete_records([TopicPartition(topic, partition, before)]))

    def beginning(self, topic, partition):
        return self.list_offset(topic, partition, OffsetSpec.earliest())

    def delete_topic(self, topic):
        only(self.admin.delete_topics([topic]))


def only(futures: dict[object, Future]):
    """The result of a call about one thing."""
    (future,) = futures.values()
    return future.result()


def sent(producer, topic, records):
    """Sends them, and tells where they lie once they are acknowledged."""
    where = {}

    def acknowledged(error, message, index):
        if error:
            raise KafkaException(error)
        where[index] = message

    for index, record in enumerate(records):
        producer.produce(
            topic,
            record.value,
            record.key,
            partition=-1 if record.partition is None else record.partition,
            timestamp=record.timestamp,
            headers=list(record.headers),
            on_delivery=lambda error, message, index=index: acknowledged(error, message, index),
        )
    producer.flush()
    return [
        replace(record, partition=where[index].partition(), offset=where[index].offset())
        for index, record in enumerate(records)
    ]


class ConfluentWriter(Writer):
    def __init__(self, producer):
        self.producer = producer

    def begin(self):
        self.producer.begin_transaction()

    def send(self, topic, records):
        return sent(self.producer, topic, records)

    def send_offsets(self, member, group, topic, offsets):
        all = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
        self.producer.send_offsets_to_transaction(all, member.consumer.consumer_group_metadata(), 30)

    def commit(self):
        self.producer.commit_transaction(30)

    def abort(self):
        self.producer.abort_transaction(30)

    def close(self):
        self.producer.flush()


class ConfluentMember(Member):
    def __init__(self, consumer, topic):
        self.consumer, self.topic = consumer, topic

    def poll(self):
        records = []
        for message in self.consumer.consume(num_messages=100, timeout=0.02):
            if message.error():
                if message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue  # not every broker of a real cluster has heard of it yet
                raise KafkaException(message.error())
            _, timestamp = message.timestamp()
            place, headers = (message.partition(), message.offset()), tuple(message.headers() or ())
            records.append(Record(message.key().decode(), message.value(), timestamp, *place, headers))
        return records

    def owned(self):
        return {partition.partition for partition in self.consumer.assignment()}

    def commit(self, offsets):
        all = [TopicPartition(self.topic, partition, offset) for partition, offset in offsets.items()]
        for partition in self.consumer.commit(offsets=all, asynchronous=False):
            if partition.error:
                raise KafkaException(partition.error)

    def close(self):
        self.consumer.close()


if __name__ == "__main__":
    tell(Confluent)
