/** A sentence for a config of a broker; undefined for one that nobody knows. */
export function brokerDocumentation(name: string): string | undefined {
  const own = sentences()
  if (Object.hasOwn(own, name)) return own[name]
  return families().find(([prefix]) => name.startsWith(prefix))?.[1]
}

/** The configs that have an effect here, those that topics and groups fall back to, and others with a tale of their own. */
function sentences(): Readonly<Record<string, string>> {
  return {
    'advertised.listeners': 'Where clients are told to find the broker: the address on which it listens.',
    'auto.create.topics.enable': 'Whether asking for the metadata of a topic that is not there creates it.',
    'auto.leader.rebalance.enable': 'Whether leadership goes back to preferred replicas by itself.',
    'broker.id': 'The same as node.id.',
    'broker.rack': 'The rack that the broker stands in; replicas of a partition are spread over racks.',
    'broker.session.timeout.ms':
      'A broker that the controller has not heard of for so many milliseconds leads nothing and is in sync nowhere.',
    'compression.gzip.level':
      'How hard gzip tries when the broker compresses for a topic that does not say: 1 to 9, or -1 for its own choice.',
    'compression.lz4.level': 'How hard lz4 tries when the broker compresses for a topic that does not say: 1 to 17.',
    'compression.type':
      'The codec in which batches are stored for a topic that does not say; producer keeps the one they came with.',
    'compression.zstd.level':
      'How hard zstd tries when the broker compresses for a topic that does not say: -131072 to 22.',
    'config.providers': 'Classes that look up secrets for other configs; none can be loaded here.',
    'default.replication.factor': 'How many replicas the partitions of a new topic get when nobody says.',
    'delete.topic.enable': 'Whether topics can be deleted.',
    'fetch.max.bytes': 'The most bytes that one answer to a Fetch holds, but for the first batch of records.',
    'group.initial.rebalance.delay.ms':
      'How many milliseconds an empty classic group waits for more members before its first rebalance.',
    'group.max.session.timeout.ms':
      'The longest session timeout, in milliseconds, that a member of a classic group may ask for.',
    'group.max.size': 'How many members a classic group may have.',
    'group.min.session.timeout.ms':
      'The shortest session timeout, in milliseconds, that a member of a classic group may ask for.',
    'leader.imbalance.check.interval.seconds':
      'How many seconds after a preferred replica does not lead the controller looks whether it may.',
    listeners: 'Where the broker listens.',
    'listener.security.protocol.map': 'Which security protocol each listener speaks; listeners here speak plaintext.',
    'log.cleaner.backoff.ms': 'How often, in milliseconds, the cleaner looks for logs that are worth compacting.',
    'log.cleaner.delete.retention.ms':
      'For how many milliseconds compacted topics that do not say keep the tombstone of a deleted key.',
    'log.cleaner.enable': 'Whether compacted topics are compacted by themselves.',
    'log.cleaner.max.compaction.lag.ms':
      'A record older than so many milliseconds is due to be compacted, in a topic that does not say.',
    'log.cleaner.min.cleanable.ratio':
      'Which part of a log has to be new before it is compacted again, in a topic that does not say.',
    'log.cleaner.min.compaction.lag.ms':
      'A record younger than so many milliseconds is not compacted, in a topic that does not say.',
    'log.cleanup.policy': 'What happens to old segments of a topic that does not say: delete, compact, both or none.',
    'log.dir': 'The directory of the logs, in Kafka; here they are in memory.',
    'log.dirs': 'The directories of the logs, in Kafka; here they are in memory.',
    'log.flush.interval.messages':
      'After how many records Kafka writes a log through to the disk, in a topic that does not say.',
    'log.flush.interval.ms':
      'After how many milliseconds Kafka writes a log through to the disk; not set, log.flush.scheduler.interval.ms counts.',
    'log.flush.scheduler.interval.ms':
      'How often, in milliseconds, Kafka looks for logs that are to be written through to the disk.',
    'log.index.interval.bytes':
      'How many bytes of records lie between two entries of the offset index in Kafka, in a topic that does not say.',
    'log.index.size.max.bytes': 'The size of the offset index of a segment in Kafka, in a topic that does not say.',
    'log.local.retention.bytes':
      'How many bytes of what is in remote storage stay on the broker too, in a topic that does not say.',
    'log.local.retention.ms':
      'For how many milliseconds what is in remote storage stays on the broker too, in a topic that does not say.',
    'log.message.timestamp.after.max.ms':
      "By how many milliseconds a producer's timestamp may lie ahead of the broker's clock, in a topic that does not say.",
    'log.message.timestamp.before.max.ms':
      "By how many milliseconds a producer's timestamp may lie before the broker's clock, in a topic that does not say.",
    'log.message.timestamp.type':
      "Whether a record keeps its producer's timestamp, CreateTime, or gets the broker's, LogAppendTime, in a topic that does not say.",
    'log.preallocate': 'Whether Kafka reserves the file of a segment at its full size, in a topic that does not say.',
    'log.remote.copy.lag.bytes':
      'How many bytes have to follow a closed segment before it is copied to remote storage, in a topic that does not say.',
    'log.remote.copy.lag.ms':
      'How many milliseconds a closed segment waits before it is copied to remote storage, in a topic that does not say.',
    'log.retention.bytes':
      'How many bytes a partition may hold before its oldest segments are deleted, in a topic that does not say; -1 is no limit.',
    'log.retention.check.interval.ms':
      'How often, in milliseconds, the broker looks for segments that are to be deleted.',
    'log.retention.hours':
      'After how many hours a segment is deleted, when neither log.retention.minutes nor log.retention.ms is set.',
    'log.retention.minutes': 'After how many minutes a segment is deleted, when log.retention.ms is not set.',
    'log.retention.ms':
      'After how many milliseconds a segment of a topic that does not say is deleted; -1 keeps it for ever.',
    'log.roll.hours': 'After how many hours a segment is closed, when log.roll.ms is not set.',
    'log.roll.jitter.hours':
      'How many hours at most are taken off log.roll.hours at random, when log.roll.jitter.ms is not set.',
    'log.roll.jitter.ms': 'How many milliseconds at most are taken off log.roll.ms at random.',
    'log.roll.ms': 'After how many milliseconds a segment of a topic that does not say is closed, full or not.',
    'log.segment.bytes':
      'How many bytes a segment may hold before the next one is begun, in a topic that does not say.',
    'log.segment.delete.delay.ms':
      'How many milliseconds Kafka waits before it removes the files of a deleted segment, in a topic that does not say.',
    'max.decompressed.message.bytes':
      'The most bytes that a compressed batch may grow to when it has to be opened, in a topic that does not say.',
    'max.incremental.fetch.session.cache.slots': 'How many incremental fetch sessions (KIP-227) the broker remembers.',
    'max.request.partition.size.limit': 'How many partitions one answer to DescribeTopicPartitions holds at most.',
    'message.max.bytes':
      'The largest batch of records, in bytes as it comes over the wire, that a topic which does not say takes.',
    'min.insync.replicas':
      'How many replicas have to be in sync for a record with acks=all, in a topic that does not say.',
    'node.id': 'The number of the node, which no other node of the cluster has.',
    'num.partitions': 'How many partitions a new topic gets when nobody says.',
    'offset.metadata.max.bytes': 'How long the text beside a committed offset may be.',
    'offsets.commit.timeout.ms': 'How many milliseconds a commit of offsets waits until it is replicated.',
    'offsets.retention.check.interval.ms':
      'How often, in milliseconds, the broker looks for committed offsets that have expired.',
    'offsets.retention.minutes': 'For how many minutes committed offsets outlive the last member of their group.',
    'offsets.topic.compression.codec':
      'The codec of what the broker writes to __consumer_offsets, by its number: 0 is none.',
    'offsets.topic.num.partitions': 'How many partitions __consumer_offsets gets when it is created.',
    'offsets.topic.replication.factor': 'How many replicas __consumer_offsets gets when it is created.',
    'offsets.topic.segment.bytes': 'How many bytes a segment of __consumer_offsets may hold.',
    'process.roles': 'What a process is in Kafka; here every broker is one, and the controller stands beside them.',
    'producer.id.expiration.check.interval.ms':
      'How often, in milliseconds, a partition looks for producers that it can forget.',
    'producer.id.expiration.ms':
      'A partition forgets the sequence numbers of an idempotent producer that was silent for so many milliseconds.',
    'remote.log.storage.system.enable':
      'Whether topics may ask for remote storage. The configs are checked, but nothing is copied anywhere.',
    'replica.fetch.backoff.ms': 'How many milliseconds a follower waits before it asks a leader again that refused it.',
    'replica.fetch.max.bytes':
      'How many bytes of records a follower takes of a partition at a time, but for the first batch.',
    'replica.fetch.wait.max.ms':
      'After how many milliseconds a follower with nothing to fetch hears how far the high watermark is.',
    'replica.lag.time.max.ms':
      'A follower that has not had all that its leader has for so many milliseconds is not in sync any more.',
    'replica.selector.class':
      'What sends consumers to replicas near them: org.apache.kafka.common.replica.RackAwareReplicaSelector, or nothing.',
    'request.timeout.ms': 'How many milliseconds one broker waits for the answer of another.',
    'share.coordinator.state.topic.min.isr':
      'The min.insync.replicas that __share_group_state gets when it is created.',
    'share.coordinator.state.topic.num.partitions': 'How many partitions __share_group_state gets when it is created.',
    'share.coordinator.state.topic.replication.factor':
      'How many replicas __share_group_state gets when it is created.',
    'share.coordinator.state.topic.segment.bytes': 'How many bytes a segment of __share_group_state may hold.',
    'socket.request.max.bytes':
      'The largest request, in bytes, that the broker takes; after a larger one it closes the connection.',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms':
      'How often, in milliseconds, the coordinator looks for transactions that have been open for too long.',
    'transaction.max.timeout.ms': 'The longest transaction timeout, in milliseconds, that a producer may ask for.',
    'transaction.partition.verification.enable':
      'Whether a leader asks the coordinator if a transaction is open before it takes records of it (KIP-890).',
    'transaction.remove.expired.transaction.cleanup.interval.ms':
      'How often, in milliseconds, the coordinator looks for transactional ids that it can forget.',
    'transaction.state.log.min.isr': 'The min.insync.replicas that __transaction_state gets when it is created.',
    'transaction.state.log.num.partitions': 'How many partitions __transaction_state gets when it is created.',
    'transaction.state.log.replication.factor': 'How many replicas __transaction_state gets when it is created.',
    'transaction.state.log.segment.bytes': 'How many bytes a segment of __transaction_state may hold.',
    'transaction.two.phase.commit.enable': 'Whether a producer may ask for transactions that never time out (KIP-939).',
    'transactional.id.expiration.ms':
      'The coordinator forgets a transactional id that nobody has used for so many milliseconds.',
    'unclean.leader.election.enable':
      'Whether a replica that is not in sync may become the leader, in a topic that does not say.',
    'unclean.leader.election.interval.ms':
      'How often, in milliseconds, the controller looks for partitions that wait for an unclean election.',
    'memkafka.auto.create.topics.at.once': 'Whether a topic that Metadata creates is in the same answer.',
    'memkafka.validate.compressed.records':
      'Whether compressed batches are opened to check the records in them, as Kafka does.',
  }
}

/** What is said of all configs whose names begin so, the longer beginnings first. */
function families(): readonly (readonly [prefix: string, sentence: string])[] {
  return [
    [
      'add.partitions.to.txn.',
      "How long, and how often, a leader asks the coordinator again that is still ending a producer's last transaction.",
    ],
    ['alter.config.policy.', 'A Java class that approves of config changes; none can be loaded here.'],
    [
      'alter.log.dirs.',
      'The window over which Kafka measures how fast replicas move between directories; there are none here.',
    ],
    ['auto.include.jmx.', 'Whether Kafka 3 showed its metrics to JMX unasked; there is no JMX here.'],
    ['authorizer.', 'A Java class that decides who may do what; none can be loaded here.'],
    ['background.threads', 'How many threads Kafka keeps for work behind the scenes; there are no threads here.'],
    [
      'broker.heartbeat.',
      'How often a broker reports to the controller in Kafka; here the controller sees for itself.',
    ],
    ['broker.id.generation.', 'Whether ZooKeeper gave brokers that had none their ids; here they always have one.'],
    ['client.quota.', 'A Java class that decides about quotas; none can be loaded here.'],
    ['connection.failed.', 'How long Kafka holds back the answer to a failed login; nobody logs in here.'],
    [
      'connections.max.',
      'When Kafka closes a connection that is idle, or has it log in again; connections stay open here.',
    ],
    ['control.plane.', 'The listener by which a ZooKeeper controller talked to brokers; there is none here.'],
    [
      'controlled.shutdown.',
      'Whether a Kafka broker hands over its partitions before it stops; here it does, unless it is killed.',
    ],
    ['controller.', "How the quorum of Kafka's controllers works; the one controller here needs no quorum."],
    ['cordoned.log.dirs', 'Directories that get no new replicas in Kafka; logs are in memory here.'],
    ['create.topic.policy.', 'A Java class that approves of new topics; none can be loaded here.'],
    ['delegation.token.', 'How long delegation tokens are good; there are none here.'],
    ['delete.records.purgatory.', 'How often Kafka tidies up requests that wait; those here leave nothing behind.'],
    ['early.start.listeners', 'Listeners that Kafka opens before it has an authorizer.'],
    ['eligible.leader.replicas.', 'Whether Kafka 3.9 tried out eligible leader replicas; they came with 4.0.'],
    ['errors.deadletterqueue.', 'How share groups get their dead letter queues; there are no share groups here.'],
    ['fetch.purgatory.', 'How often Kafka tidies up requests that wait; those here leave nothing behind.'],
    ['follower.fetch.', 'Where a new follower begins on a topic in remote storage; nothing is in remote storage here.'],
    [
      'follower.replication.throttled.',
      'How many bytes a second throttled followers may fetch; replication is not throttled here.',
    ],
    ['group.consumer.', 'What holds for consumer groups (KIP-848) that do not say, and what they may say.'],
    ['group.coordinator.', "How Kafka's group coordinator does its work, and which group protocols it speaks."],
    ['group.share.', 'What holds for share groups (KIP-932) that do not say, and what they may say.'],
    ['group.streams.', 'What holds for streams groups (KIP-1071) that do not say, and what they may say.'],
    ['initial.broker.registration.', 'How long a Kafka broker tries to register with the controller when it starts.'],
    [
      'inter.broker.protocol.',
      'The version in which brokers under ZooKeeper talked to each other; here they need none.',
    ],
    ['inter.broker.', 'The listener by which Kafka brokers talk to each other; here they need none.'],
    ['internal.metadata.', "How Kafka keeps its metadata log, for Kafka's own tests."],
    ['kafka.metrics.', 'Java classes that report metrics; none can be loaded here.'],
    ['leader.imbalance.', 'How many leaders that are not the preferred replicas Kafka put up with before 4.'],
    [
      'leader.replication.throttled.',
      'How many bytes a second leaders send to throttled followers; replication is not throttled here.',
    ],
    ['log.cleaner.', 'How the threads that compact logs do their work in Kafka.'],
    ['log.dir.failure.', 'How long a Kafka broker lives on when it cannot tell the controller of a broken directory.'],
    ['log.flush.', 'How often Kafka writes down how far its logs are on the disk; logs are in memory here.'],
    ['log.initial.task.', 'How long Kafka waits after its start before it looks after its logs.'],
    ['log.message.downconversion.', 'Whether Kafka 3 turned batches into the format of an older client that asks.'],
    [
      'log.message.format.',
      'The format in which brokers kept batches before Kafka 3; since then it is always the newest.',
    ],
    [
      'log.message.timestamp.difference.',
      "How far a record's time could be from the broker's, before 3.6 told ahead from behind.",
    ],
    [
      'max.connection',
      'How many connections Kafka takes, in all, from one address, or in a second; here they are not counted.',
    ],
    ['metadata.', 'How Kafka keeps its metadata log on the disk; here it is in memory, and kept whole.'],
    ['metric.reporters', 'Java classes that report metrics; none can be loaded here.'],
    ['metrics.', 'How Kafka samples its metrics; there are none here.'],
    ['num.', 'How many threads Kafka keeps for a kind of work; there are no threads here.'],
    ['offsets.load.', 'How many bytes at a time Kafka reads when it loads the groups of a partition.'],
    [
      'offsets.commit.required.',
      'How many replicas have to have a commit before it is answered: all that are in sync.',
    ],
    ['password.encoder.', 'How brokers under ZooKeeper kept passwords; what is set here is kept as it is.'],
    ['principal.builder.', 'A Java class that tells who a client is; none can be loaded here.'],
    ['producer.purgatory.', 'How often Kafka tidies up requests that wait; those here leave nothing behind.'],
    ['queued.max.', 'How many requests wait for a thread in Kafka before it reads no more.'],
    ['quota.window.', 'The window over which Kafka measures what clients use of their quotas.'],
    ['remote.', 'How Kafka works with remote storage; there is none here.'],
    ['replica.alter.log.dirs.', 'How many bytes a second may move between directories; there are none here.'],
    ['replica.', 'How followers in Kafka reach their leaders, and how often they note how far they are.'],
    ['replication.quota.', 'The window over which Kafka measures throttled replication.'],
    ['reserved.broker.', 'The highest id that a broker under ZooKeeper could be given by hand.'],
    ['sasl.', 'How clients log in by SASL; nobody logs in here.'],
    ['security.', 'How Kafka brokers talk to each other safely, and which Java classes help them.'],
    ['server.max.startup.', 'How long a Kafka broker may take to start.'],
    ['share.coordinator.', "How Kafka's share coordinator keeps the state of share groups; there are none here."],
    ['share.fetch.', 'How often Kafka tidies up requests that wait; those here leave nothing behind.'],
    ['socket.connection.', 'How long Kafka waits for a connection to another broker; brokers here need none.'],
    ['socket.', "The operating system's buffers and queue for connections; here Node.js decides."],
    ['ssl.', 'How a listener speaks TLS; listeners here speak plaintext.'],
    ['telemetry.', 'How many bytes of metrics a client may push at a time.'],
    ['transaction.', "How Kafka's transaction coordinator does its work."],
    ['unstable.', 'Whether Kafka shows what is still being built.'],
    ['zookeeper.', 'How brokers reached ZooKeeper before Kafka 4; there is none here.'],
  ]
}
