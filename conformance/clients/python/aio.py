"""aiokafka."""

import asyncio
import threading
from dataclasses import replace

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.admin.records_to_delete import RecordsToDelete

from story import Client, Member, Record, tell
from transactions import Writer

loop = asyncio.new_event_loop()
"""Where aiokafka lives: its members go on with their lives while the story is elsewhere."""


def wait(coroutine):
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)


async def made(make):
    """aiokafka wants its objects to be made where they live."""
    it = make()
    await it.start()
    return it


class AioKafka(Client):
    def __init__(self, servers: str):
        self.servers = {"bootstrap_servers": servers}
        self.admin = wait(made(lambda: AIOKafkaAdminClient(**self.servers)))
        self.asking = wait(made(lambda: AIOKafkaConsumer(**self.servers)))

    def create_topic(self, topic, partitions, replicas):
        wait(self.admin.create_topics([NewTopic(topic, partitions, replicas)]))

    def partitions(self, topic):
        return len(self.described(topic))

    def described(self, topic):
        ((described,),) = [wait(self.admin.describe_topics([topic]))]
        return described["partitions"]

    def leadership(self, topic, partition):
        (found,) = [it for it in self.described(topic) if it["partition"] == partition]
        return found["leader"], found["isr"]

    def topics(self):
        return set(wait(self.admin.list_topics()))

    def produce(self, topic, records, codec, idempotent):
        async def send_all():
            options = {"compression_type": None if codec == "none" else codec, "enable_idempotence": idempotent}
            producer = await made(lambda: AIOKafkaProducer(**self.servers, **options, acks="all", linger_ms=5))
            placed = await sent(producer, topic, records)
            await producer.stop()
            return placed

        return wait(send_all())

    def writer(self, id, timeout_ms):
        options = {"enable_idempotence": True, "acks": "all"}
        if id is not None:
            options |= {"transactional_id": id, "transaction_timeout_ms": timeout_ms}
        return AioWriter(wait(made(lambda: AIOKafkaProducer(**self.servers, **options))))

    def read(self, topic, partition, start):
        async def assigned():
            consumer = await made(lambda: AIOKafkaConsumer(**self.servers, fetch_max_wait_ms=50))
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            if start == "beginning":
                await consumer.seek_to_beginning(place)
            elif start == "end":
                await consumer.seek_to_end(place)
            else:
                consumer.seek(place, start)
            return consumer

        return AioMember(wait(assigned()), topic)

    def join(self, group, topic, uncommitted=False):
        options = {"group_id": group, "heartbeat_interval_ms": 200, "fetch_max_wait_ms": 50}
        options |= {"auto_offset_reset": "earliest", "enable_auto_commit": False}
        options |= {"isolation_level": "read_uncommitted" if uncommitted else "read_committed"}
        return AioMember(wait(made(lambda: AIOKafkaConsumer(topic, **self.servers, **options))), topic)

    def committed(self, group, topic):
        return {it.partition: at.offset for it, at in wait(self.admin.list_consumer_group_offsets(group)).items()}

    def offset_at(self, topic, partition, timestamp):
        (found,) = wait(self.asking.offsets_for_times({TopicPartition(topic, partition): timestamp})).values()
        return found.offset

    def set_config(self, topic, name, value):
        (answer,) = wait(self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: value})]))
        ((error, message, *_),) = answer.resources
        if error:
            raise RuntimeError(f"error {error}: {message}")

    def config(self, topic, name):
        (answer,) = wait(self.admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {name: None})]))
        ((_, _, _, _, ((_, value, *_),)),) = answer.resources
        return value

    def add_partitions(self, topic, total):
        wait(self.admin.create_partitions({topic: NewPartitions(total)}))

    def groups(self):
        return {name for name, _ in wait(self.admin.list_consumer_groups())}

    def describe(self, group):
        (answer,) = wait(self.admin.describe_consumer_groups([group]))
        ((error, _, state, _, _, members, *_),) = answer.groups
        return (state, len(members)) if error == 0 else (f"error {error}", 0)

    def delete_records(self, topic, partition, before):
        wait(self.admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(before)}))

    def beginning(self, topic, partition):
        (offset,) = wait(self.asking.beginning_offsets([TopicPartition(topic, partition)])).values()
        return offset

    def delete_topic(self, topic):
        wait(self.admin.delete_topics([topic]))


async def sent(producer, topic, records):
    """Sends them, and tells where they lie once they are acknowledged."""
    acknowledged = [
        await producer.send(
            topic,
            it.value,
            it.key.encode(),
            partition=it.partition,
            timestamp_ms=it.timestamp,
            headers=list(it.headers),
        )
        for it in records
    ]
    where = await asyncio.gather(*acknowledged)
    return [replace(it, partition=at.partition, offset=at.offset) for it, at in zip(records, where)]


class AioWriter(Writer):
    def __init__(self, producer):
        self.producer = producer

    def begin(self):
        wait(self.producer.begin_transaction())

    def send(self, topic, records):
        return wait(sent(self.producer, topic, records))

    def send_offsets(self, member, group, topic, offsets):
        all = {TopicPartition(topic, partition): offset for partition, offset in offsets.items()}
        wait(self.producer.send_offsets_to_transaction(all, group))

    def commit(self):
        wait(self.producer.commit_transaction())

    def abort(self):
        wait(self.producer.abort_transaction())

    def close(self):
        wait(self.producer.stop())


class AioMember(Member):
    def __init__(self, consumer, topic):
        self.consumer, self.topic = consumer, topic

    def poll(self):
        return [
            Record(it.key.decode(), it.value, it.timestamp, it.partition, it.offset, tuple(it.headers))
            for records in wait(self.consumer.getmany(timeout_ms=20)).values()
            for it in records
        ]

    def owned(self):
        return {partition.partition for partition in self.consumer.assignment()}

    def commit(self, offsets):
        wait(self.consumer.commit({TopicPartition(self.topic, it): offset for it, offset in offsets.items()}))

    def close(self):
        wait(self.consumer.stop())


if __name__ == "__main__":
    threading.Thread(target=loop.run_forever, daemon=True).start()
    tell(AioKafka)
