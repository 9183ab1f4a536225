/**
 * What the users of a client do with it, each a column of the table in docs/conformance.md.
 *
 * A program takes the bootstrap servers, separated by commas, as its last argument, does the steps in this order, and prints a
 * line for each on its standard output:
 *
 *   ok <step>: what came true       it was done, and its outcome looked at
 *   no <step>: why                  the client does not offer it, or not in the version that it speaks
 *   failed <step>: why              it did not come true, and the program goes on
 *
 * What else it prints is not looked at. A step that is printed more than once counts as passed when each was. A program can as
 * well end at the first failure, saying why on its standard error, with another exit code than 0: the first step that has no
 * line yet is the one that failed, and those after it were not reached, which is no better. A program that hangs is ended, and
 * fails in the same way. So a step is never forgotten: one that has no line has failed.
 *
 * The environment has KILLS where brokers can be killed, and the steps that take that are to be done. Then two more lines are heard:
 *
 *   kill <node id>     ends that broker as a power cut would
 *   start <node id>    starts it again, with its disk
 *
 * They are not answered: whoever prints them sees in the metadata when it has happened.
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
  transaction: 'what a transaction wrote is read once it is committed, all of it; read_uncommitted waits for nothing',
  abort: 'what an aborted transaction wrote is never read, but by read_uncommitted',
  transform:
    'records are read, and others written, in a transaction with the offsets: it counts when it is committed, not when aborted',
  fenced: 'the second producer with a transactional id aborts the transaction of the first, which can do no more',
  timeout: 'a transaction that is not ended in its time is aborted',
  failover:
    'a leader is killed and comes back while an idempotent producer and a group go on: nothing is lost or doubled',
} as const

export type Step = keyof typeof steps

/** Every step, in the order in which programs do them. */
export const names: readonly Step[] = Object.keys(steps) as Step[]

/** Those that are to be done on a cluster. @param kills whether its brokers can be killed */
export function namesOn({ kills }: { readonly kills: boolean }): readonly Step[] {
  return kills ? names : names.filter((name) => name !== 'failover')
}

/** What a program wants done to a broker. */
export interface Wish {
  readonly what: 'kill' | 'start'
  readonly nodeId: number
}

const WISH = /^(kill|start) (\d+)$/

/** What a line of a program's output wants; nothing for any other line. */
export function wished(line: string): Wish | undefined {
  const [, what, nodeId] = WISH.exec(line) ?? []
  return what === undefined ? undefined : { what: what as Wish['what'], nodeId: Number(nodeId) }
}

/** What a program says of a step. */
export interface Said {
  readonly step: Step
  readonly what: 'ok' | 'no' | 'failed'
  readonly text: string
}

const LINE = /^(ok|no|failed) ([a-z0-9]+): (.*)$/

/**
 * What a line of a program's output says; nothing for any other line.
 * @throws Error when it names a step that there is not
 */
export function said(line: string): Said | undefined {
  const [, what, step, text] = LINE.exec(line) ?? []
  if (what === undefined || step === undefined || text === undefined) return undefined
  if (!(step in steps)) throw new Error(`there is no step ${step}; there are ${names.join(', ')}`)
  return { what: what as Said['what'], step: step as Step, text }
}
