/** A sentence for each config of a topic. */
export function topicDocumentation(): Readonly<Record<string, string>> {
  return {
    'segment.bytes':
      'A segment of a partition is closed, and the next one begun, before it would grow beyond so many bytes.',
    'segment.ms':
      'A segment is closed at the latest when so many milliseconds lie between its first record and a new one, full or not.',
    'segment.jitter.ms':
      'A random part of so many milliseconds is taken off segment.ms, so that partitions do not roll all at once.',
    'segment.index.bytes':
      'The size of the offset index of a segment in Kafka; segments here are kept in memory and need none.',
    'flush.messages': 'After how many records Kafka writes a log through to the disk; logs here are in memory.',
    'flush.ms': 'After how many milliseconds Kafka writes a log through to the disk; logs here are in memory.',
    'retention.bytes':
      'When a partition holds more than so many bytes its oldest segments are deleted; -1 is no limit.',
    'retention.ms':
      'A segment is deleted when its newest record is older than so many milliseconds; -1 keeps them for ever.',
    'max.message.bytes': 'The largest batch of records, in bytes as it comes over the wire, that the topic takes.',
    'message.downconversion.enable': 'Whether Kafka 3 turned batches into the format of an older client that asks.',
    'message.format.version':
      'The format in which batches were kept before Kafka 3; since then it is always the newest.',
    'message.timestamp.difference.max.ms':
      "How many milliseconds a record's time could be from the broker's, before 3.6 told ahead from behind.",
    'max.decompressed.message.bytes': 'The most bytes that a compressed batch may grow to when it has to be opened.',
    'index.interval.bytes': 'How many bytes of records lie between two entries of the offset index in Kafka.',
    'delete.retention.ms': 'For how many milliseconds a compacted topic keeps the tombstone of a deleted key.',
    'min.compaction.lag.ms': 'A record younger than so many milliseconds is not compacted.',
    'max.compaction.lag.ms':
      'A record older than so many milliseconds is due to be compacted, however little there is to gain.',
    'file.delete.delay.ms': 'How many milliseconds Kafka waits before it removes the files of a deleted segment.',
    'min.cleanable.dirty.ratio':
      'Which part of a log has to be new since it was last compacted before it is compacted again.',
    'cleanup.policy':
      'What happens to old segments: delete drops them, compact keeps the last record of each key; both may be set, or none.',
    'unclean.leader.election.enable':
      'Whether a replica that is not in sync may become the leader when no other is left, though acknowledged records are lost.',
    'min.insync.replicas': 'With acks=all a record is refused when fewer replicas than this are in sync.',
    'compression.type':
      'The codec in which batches are stored; producer keeps the one they came with, uncompressed none.',
    'compression.gzip.level': 'How hard gzip tries when the broker compresses: 1 to 9, or -1 for its own choice.',
    'compression.lz4.level': 'How hard lz4 tries when the broker compresses: 1 to 17.',
    'compression.zstd.level': 'How hard zstd tries when the broker compresses: -131072 to 22.',
    preallocate: 'Whether Kafka reserves the file of a segment at its full size when it begins one.',
    'message.timestamp.type':
      "Whether a record keeps its producer's timestamp, CreateTime, or gets the broker's, LogAppendTime.",
    'message.timestamp.before.max.ms':
      "By how many milliseconds a producer's timestamp may lie before the broker's clock.",
    'message.timestamp.after.max.ms':
      "By how many milliseconds a producer's timestamp may lie ahead of the broker's clock.",
    'leader.replication.throttled.replicas':
      'Replicas whose replication is throttled at their leader, as partition:broker pairs, or * for all.',
    'follower.replication.throttled.replicas':
      'Replicas whose replication is throttled at their follower, as partition:broker pairs, or * for all.',
    'remote.storage.enable':
      'Whether closed segments are copied to remote storage, which a broker has to have been started with.',
    'local.retention.ms':
      'For how many milliseconds a segment that is in remote storage stays on the broker too; -2 is as long as retention.ms.',
    'local.retention.bytes':
      'How many bytes of what is in remote storage stay on the broker too; -2 is as much as retention.bytes.',
    'remote.log.copy.disable':
      'Whether nothing more is copied to remote storage, while what is there can still be read.',
    'remote.copy.lag.ms': 'How many milliseconds a closed segment waits before it is copied to remote storage.',
    'remote.copy.lag.bytes': 'How many bytes have to follow a closed segment before it is copied to remote storage.',
    'remote.log.delete.on.disable':
      'Whether what is in remote storage is deleted when remote.storage.enable is taken away.',
    'errors.deadletterqueue.group.enable': 'Whether share groups may write records that they gave up on to this topic.',
    'internal.segment.bytes':
      'Takes the place of segment.bytes without its lower limit, for tests that want small segments.',
  }
}
