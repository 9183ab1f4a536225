/**
 * What the users of a client do with it, each a column of the table in docs/conformance.md. A program prints a line a step:
 *
 *   ok <step>: what came true      it was done, and its outcome looked at
 *   no <step>: why                 the client does not offer it
 *
 * A step that is printed more than once counts as passed when each was. A program that fails says why on its standard error and
 * ends with another exit code than 0: the first of its steps that has no line yet is the one that failed.
 */
export const steps = {
  topic: 'a topic is made, and described with its partitions',
  produce: 'keys, values, nulls and times come back as they were sent, from where the producer was told they lie',
  headers: 'headers come back as they were sent, in their order',
  gzip: 'records are compressed with gzip, and read again',
  snappy: 'records are compressed with snappy, and read again',
  lz4: 'records are compressed with lz4, and read again',
  zstd: 'records are compressed with zstd, and read again',
  idempotent: 'the idempotent producer writes, and every record is there once',
  partition: 'a partition is read from its beginning, from an offset and from its end, without a group',
  group: 'two members share a topic, and read each record once',
  rebalance: 'one member leaves, the other takes over; one comes, and gets its share',
  commit: 'offsets are committed, and a new member resumes there',
  time: 'the offset at the time of a record is found',
  configs: 'a config of a topic is changed and read, partitions are added',
  groups: 'groups are listed and described, and deleted when they are empty',
  delete: 'records before an offset are deleted, and the topic is',
} as const

export type Step = keyof typeof steps
