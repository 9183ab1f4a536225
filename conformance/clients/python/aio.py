"""aiokafka tells the story: python aio.py BOOTSTRAP_SERVERS"""

import asyncio
import sys
import threading
from dataclasses import replace

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from story import Client, Member, Record, tell

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
    can_delete_groups = False

    def __init__(self, servers: str):
        self.servers = servers
        self.admin = wait(made(lambda: AIOKafkaAdminClient(bootstrap_servers=servers)))

    def create_topic(self, topic, partitions, replicas):
        wait(self.admin.create_topics([NewTopic(topic, partitions, replicas)]))

    def topics(self):
        return set(wait(self.admin.list_topics()))

    def produce(self, topic, codec, records):
        async def send_all():
            compression = None if codec == "none" else codec
            options = {"bootstrap_servers": self.servers, "compression_type": compression, "linger_ms": 20}
            producer = await made(lambda: AIOKafkaProducer(**options, enable_idempotence=True))
            acknowledged = [
                await producer.send(
                    topic, it.value, it.key.encode(), timestamp_ms=it.timestamp, headers=[("trace", it.trace)]
                )
                for it in records
            ]
            where = await asyncio.gather(*acknowledged)
            await producer.stop()
            return [replace(it, partition=at.partition, offset=at.offset) for it, at in zip(records, where)]

        return wait(send_all())

    def join(self, group, topic):
        return AioMember(self.servers, group, topic)

    def committed(self, group, topic):
        return {it.partition: at.offset for it, at in wait(self.admin.list_consumer_group_offsets(group)).items()}

    def offset_at(self, topic, partition, timestamp):
        async def ask():
            consumer = await made(lambda: AIOKafkaConsumer(bootstrap_servers=self.servers))
            found = await consumer.offsets_for_times({TopicPartition(topic, partition): timestamp})
            await consumer.stop()
            return found

        (found,) = wait(ask()).values()
        return found.offset

    def groups(self):
        return {name for name, _ in wait(self.admin.list_consumer_groups())}

    def describe(self, group):
        (answer,) = wait(self.admin.describe_consumer_groups([group]))
        ((error, _, state, _, _, members, *_),) = answer.groups
        return (state, len(members)) if error == 0 else (f"error {error}", 0)

    def delete_topic(self, topic):
        wait(self.admin.delete_topics([topic]))


class AioMember(Member):
    def __init__(self, servers, group, topic):
        self.topic = topic
        options = {"bootstrap_servers": servers, "group_id": group, "heartbeat_interval_ms": 200}
        options |= {"auto_offset_reset": "earliest", "enable_auto_commit": False}
        self.consumer = wait(made(lambda: AIOKafkaConsumer(topic, **options)))

    def poll(self):
        return [
            Record(it.partition, it.offset, it.timestamp, it.key.decode(), it.value, it.headers[0][1])
            for records in wait(self.consumer.getmany(timeout_ms=50)).values()
            for it in records
        ]

    def owned(self):
        return {partition.partition for partition in self.consumer.assignment()}

    def commit(self, offsets):
        wait(self.consumer.commit({TopicPartition(self.topic, it): offset for it, offset in offsets.items()}))

    def leave(self):
        wait(self.consumer.stop())


if __name__ == "__main__":
    threading.Thread(target=loop.run_forever, daemon=True).start()
    tell(AioKafka(sys.argv[1]), len(sys.argv[1].split(",")))
