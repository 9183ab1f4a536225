"""librdkafka tells the story, through confluent-kafka: python confluent.py BOOTSTRAP_SERVERS"""

import sys
from dataclasses import replace

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, NewTopic

from story import Client, Member, Record, tell


class Confluent(Client):
    def __init__(self, servers: str):
        self.config = {"bootstrap.servers": servers}
        self.admin = AdminClient(self.config)

    def create_topic(self, topic, partitions, replicas):
        self.admin.create_topics([NewTopic(topic, partitions, replicas)])[topic].result()

    def topics(self):
        return set(self.admin.list_topics().topics)

    def produce(self, topic, codec, records):
        sent = []

        def acknowledged(error, message, record):
            if error:
                raise KafkaException(error)
            sent.append(replace(record, partition=message.partition(), offset=message.offset()))

        producer = Producer({**self.config, "compression.codec": codec, "enable.idempotence": True, "linger.ms": 20})
        for record in records:
            producer.produce(
                topic,
                record.value,
                record.key,
                timestamp=record.timestamp,
                headers={"trace": record.trace},
                on_delivery=lambda error, message, record=record: acknowledged(error, message, record),
            )
        producer.flush()
        return sorted(sent, key=lambda record: record.timestamp)

    def join(self, group, topic):
        return ConfluentMember({**self.config, "group.id": group}, topic)

    def committed(self, group, topic):
        answer = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result()
        return {it.partition: it.offset for it in answer.topic_partitions}

    def offset_at(self, topic, partition, timestamp):
        consumer = Consumer({**self.config, "group.id": "unused"})
        (found,) = consumer.offsets_for_times([TopicPartition(topic, partition, timestamp)], 10)
        consumer.close()
        return found.offset

    def groups(self):
        listed = self.admin.list_consumer_groups().result()
        if listed.errors:
            raise listed.errors[0]
        return {group.group_id for group in listed.valid}

    def describe(self, group):
        described = self.admin.describe_consumer_groups([group])[group].result()
        return described.state.name.title(), len(described.members)

    def delete_group(self, group):
        self.admin.delete_consumer_groups([group])[group].result()

    def delete_topic(self, topic):
        self.admin.delete_topics([topic])[topic].result()


class ConfluentMember(Member):
    def __init__(self, config, topic):
        self.topic = topic
        self.consumer = Consumer(
            {**config, "auto.offset.reset": "earliest", "enable.auto.commit": False, "heartbeat.interval.ms": 200}
        )
        self.consumer.subscribe([topic])

    def poll(self):
        records = []
        for message in self.consumer.consume(num_messages=100, timeout=0.05):
            if message.error():
                if message.error().code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                    continue  # not every broker of a real cluster has heard of it yet
                raise KafkaException(message.error())
            _, timestamp = message.timestamp()
            key, (_, trace) = message.key().decode(), message.headers()[0]
            records.append(Record(message.partition(), message.offset(), timestamp, key, message.value(), trace))
        return records

    def owned(self):
        return {partition.partition for partition in self.consumer.assignment()}

    def commit(self, offsets):
        all = [TopicPartition(self.topic, partition, offset) for partition, offset in offsets.items()]
        for partition in self.consumer.commit(offsets=all, asynchronous=False):
            if partition.error:
                raise KafkaException(partition.error)

    def leave(self):
        self.consumer.close()


if __name__ == "__main__":
    tell(Confluent(sys.argv[1]), len(sys.argv[1].split(",")))
