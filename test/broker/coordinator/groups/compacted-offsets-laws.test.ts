import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deleteGroups } from '../../../../src/broker/apis/delete-groups.ts'
import { offsetCommit } from '../../../../src/broker/apis/offset-commit.ts'
import { offsetDelete } from '../../../../src/broker/apis/offset-delete.ts'
import { offsetFetch } from '../../../../src/broker/apis/offset-fetch.ts'
import { txnOffsetCommit } from '../../../../src/broker/apis/txn-offset-commit.ts'
import { ErrorCode } from '../../../../src/protocol/errors.ts'
import { TestCluster } from '../test-cluster.ts'
import { GroupDriver } from './group-driver.ts'
import type { Told } from './offsets-driver.ts'
import { GROUPS, OffsetsModel, type Step, step, TOPICS } from './offsets-model.ts'
import { restart } from './restart.ts'

const HOUR = 60 * 60 * 1000

type LawStep = Step | { readonly do: 'compact' } | { readonly do: 'wait'; readonly hours: number }

/** Topics stay: their ids are not the model's business. */
const offsetsStep = step.filter((one) => one.do !== 'delete topic')
const lawStep: fc.Arbitrary<LawStep> = fc.oneof(
  { weight: 16, arbitrary: offsetsStep },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  // Tombstones and markers stay for a day.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.nat(30) }) },
)

/** A group's offsets in a log that is compacted now and then; after each time they are loaded from it. */
class Run {
  private readonly cluster = new TestCluster({
    topics: Object.fromEntries(TOPICS.map((topic) => [topic, 1])),
    config: {
      'offsets.topic.num.partitions': '1',
      // Nothing expires: the coordinators of before would still look.
      'offsets.retention.check.interval.ms': String(Number.MAX_SAFE_INTEGER),
      'transaction.partition.verification.enable': 'false',
    },
  })
  private readonly model = new OffsetsModel()
  private clock = 0

  constructor() {
    for (const group of GROUPS) new GroupDriver(this.cluster, group)
  }

  step(one: LawStep): void {
    if (one.do === 'compact') this.compact()
    else if (one.do === 'wait') this.cluster.clock.advance(one.hours * HOUR)
    else {
      this.act(one)
      this.model.run(one, this.clock++)
    }
    for (const group of GROUPS) expect(this.stable(group)).toEqual(this.model.toldStable(group))
  }

  private compact(): void {
    const broker = this.cluster.broker()
    this.cluster.queue.turn(() => broker.replicas.partition('__consumer_offsets', 0).compact())
    restart(this.cluster)
  }

  private act(one: Step): void {
    const { cluster } = this
    switch (one.do) {
      case 'commit':
        cluster.ask(offsetCommit, 8, { groupId: one.group, topics: [committing(one.topic, one.offset)] })
        return
      case 'write': {
        const producer = { transactionalId: 'tx', producerId: one.producer, producerEpoch: 0 }
        const topics = [committing(one.topic, one.offset)]
        cluster.ask(txnOffsetCommit, 3, { ...producer, groupId: one.group, topics })
        return
      }
      case 'end': {
        const { committed, producer: producerId } = one
        const marker = { producerId, producerEpoch: 0, coordinatorEpoch: 0, committed, transactionVersion: 1 }
        cluster.queue.turn(() => cluster.broker().groups.completeTransaction(0, marker))
        return
      }
      case 'delete offsets': {
        const topics = one.topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }))
        cluster.ask(offsetDelete, 0, { groupId: one.group, topics })
        return
      }
      case 'delete group':
        cluster.ask(deleteGroups, 2, { groupsNames: [one.group] })
    }
  }

  private stable(groupId: string): Told[] {
    const topics = TOPICS.map((name) => ({ name, partitionIndexes: [0] }))
    const answer = this.cluster.ask(offsetFetch, 7, { groupId, topics, requireStable: true })
    return answer.topics.map(({ partitions: [partition] }) =>
      partition?.errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT ? 'UNSTABLE' : (partition?.committedOffset ?? -1),
    )
  }
}

function committing(name: string, committedOffset: number) {
  return { name, partitions: [{ partitionIndex: 0, committedOffset, committedMetadata: '' }] }
}

test('however often __consumer_offsets is compacted, a coordinator loads from it what was committed and what is pending', () => {
  fc.assert(
    fc.property(fc.array(lawStep, { minLength: 1, maxLength: 60, size: 'max' }), (steps) => {
      const run = new Run()
      for (const one of steps) run.step(one)
    }),
    { numRuns: 20 },
  )
})
