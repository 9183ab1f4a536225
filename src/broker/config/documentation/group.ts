/** A sentence for each config of a group. */
export function groupDocumentation(): Readonly<Record<string, string>> {
  return {
    'consumer.session.timeout.ms':
      'A member of a consumer group that sends no heartbeat for so many milliseconds is removed.',
    'consumer.heartbeat.interval.ms':
      'How many milliseconds the members of a consumer group are told to leave between heartbeats.',
    'consumer.assignment.interval.ms':
      'How many milliseconds lie at least between two new assignments of a consumer group.',
    'consumer.assignor.offload.enable':
      'Whether Kafka computes the assignments of a consumer group on a thread of its own.',
    'share.session.timeout.ms':
      'A member of a share group that sends no heartbeat for so many milliseconds is removed.',
    'share.heartbeat.interval.ms':
      'How many milliseconds the members of a share group are told to leave between heartbeats.',
    'share.record.lock.duration.ms':
      'For how many milliseconds a record that a share consumer was given is kept from the others.',
    'share.delivery.count.limit': 'How often a share group tries to deliver a record before it gives up on it.',
    'share.partition.max.record.locks': 'How many records of a partition a share group may have given out at a time.',
    'share.auto.offset.reset':
      'Where a share group begins on a partition that is new to it: earliest, latest, or by_duration: and how long ago.',
    'share.isolation.level':
      'Whether a share group waits for transactions to commit, read_committed, or is given their records at once.',
    'share.renew.acknowledge.enable': 'Whether a share consumer may prolong its hold on a record.',
    'share.assignment.interval.ms': 'How many milliseconds lie at least between two new assignments of a share group.',
    'share.assignor.offload.enable': 'Whether Kafka computes the assignments of a share group on a thread of its own.',
    'streams.session.timeout.ms':
      'A member of a streams group that sends no heartbeat for so many milliseconds is removed.',
    'streams.heartbeat.interval.ms':
      'How many milliseconds the members of a streams group are told to leave between heartbeats.',
    'streams.num.standby.replicas': 'How many copies of the state of each task a streams group keeps in reserve.',
    'streams.initial.rebalance.delay.ms':
      'How many milliseconds a new streams group waits for more members before its first assignment.',
    'streams.assignment.interval.ms':
      'How many milliseconds lie at least between two new assignments of a streams group.',
    'streams.assignor.offload.enable':
      'Whether Kafka computes the assignments of a streams group on a thread of its own.',
    'streams.task.offset.interval.ms':
      'How many milliseconds lie between two reports of how far the tasks of a streams group have come.',
    'streams.num.warmup.replicas': 'How many tasks of a streams group may warm up on another member at a time.',
    'streams.rack.aware.assignment.tags': 'The tags of clients by which a streams group spreads its standby tasks.',
    'streams.acceptable.recovery.lag':
      'How many records a member may lag behind and still count as ready to take over a task.',
    'streams.assignor.name':
      "Which assignor a streams group uses; not set, the first of the broker's group.streams.assignors.",
    'errors.deadletterqueue.topic.name':
      'The topic to which a share group writes records that it gave up on; empty is none.',
    'errors.deadletterqueue.copy.record.enable':
      'Whether what is written there holds the whole record, or only where it came from.',
  }
}
