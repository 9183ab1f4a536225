import type { ConfigValue } from './config-def.ts'

/**
 * What a topic's configs come to, parsed once: its own overrides before the broker's before the defaults. Times are in ms,
 * sizes in bytes; a long that means for ever is `Number.MAX_SAFE_INTEGER`, and -1 where Kafka says so. Named as in
 * Kafka's topic configs.
 */
export interface LogConfig {
  /** The size at which a segment is rolled: `internal.segment.bytes`, which may be as small as you like, before `segment.bytes`. */
  readonly segmentBytes: number
  readonly segmentMs: number
  readonly segmentJitterMs: number
  readonly segmentIndexBytes: number
  readonly indexIntervalBytes: number
  /** -1: for ever. */
  readonly retentionMs: number
  /** -1: without limit. */
  readonly retentionBytes: number
  /** The largest batch that is taken, as it comes over the wire. */
  readonly maxMessageBytes: number
  readonly maxDecompressedMessageBytes: number
  readonly cleanupPolicy: ReadonlySet<'compact' | 'delete'>
  /** Whether `cleanup.policy` has compact. */
  readonly compact: boolean
  /** Whether `cleanup.policy` has delete. */
  readonly delete: boolean
  readonly minInSyncReplicas: number
  readonly uncleanLeaderElectionEnable: boolean
  readonly compressionType: 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionZstdLevel: number
  /** `message.timestamp.type`. */
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  /** `message.timestamp.before.max.ms`: how far behind the broker's time a record's may be. */
  readonly timestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms`: how far ahead of the broker's time a record's may be. */
  readonly timestampAfterMaxMs: number
  readonly deleteRetentionMs: number
  readonly fileDeleteDelayMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
  readonly flushMessages: number
  readonly flushMs: number
}

/** Makes a topic's config of the parsed values of its configs, by name. */
export function logConfigOf(value: (name: string) => ConfigValue): LogConfig {
  const number = (name: string): number => clamp(value(name))
  const cleanupPolicy = new Set(
    (value('cleanup.policy') as readonly string[]).map((policy) => policy as 'compact' | 'delete'),
  )
  return {
    segmentBytes: number(value('internal.segment.bytes') === null ? 'segment.bytes' : 'internal.segment.bytes'),
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    maxMessageBytes: number('max.message.bytes'),
    maxDecompressedMessageBytes: number('max.decompressed.message.bytes'),
    cleanupPolicy,
    compact: cleanupPolicy.has('compact'),
    delete: cleanupPolicy.has('delete'),
    minInSyncReplicas: number('min.insync.replicas'),
    uncleanLeaderElectionEnable: value('unclean.leader.election.enable') === true,
    compressionType: value('compression.type') as LogConfig['compressionType'],
    compressionGzipLevel: number('compression.gzip.level'),
    compressionLz4Level: number('compression.lz4.level'),
    compressionZstdLevel: number('compression.zstd.level'),
    timestampType: value('message.timestamp.type') as LogConfig['timestampType'],
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
  }
}

/** A parsed number as a `number`; a long outside the safe range becomes the nearest that is in it. */
export function clamp(value: ConfigValue): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)))
}
