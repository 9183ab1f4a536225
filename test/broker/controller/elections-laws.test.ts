import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PartitionImage } from '../../../src/broker/controller/metadata-types.ts'
import { ControllerFixture, contents, newestFeatures } from './metadata-fixture.ts'

const BROKERS = [1, 2, 3, 4]
const ELR = { name: 'eligible.leader.replicas.version', min: 0, max: 1, finalized: 1 }

/** What can become of a cluster. Whatever is refused changes nothing. */
type Step = (fixture: ControllerFixture) => void

const broker = fc.constantFrom(...BROKERS)
const brokers = fc.uniqueArray(broker, { minLength: 1, maxLength: 3 })

const electionOf =
  (electionType: number): Step =>
  ({ controller }) => {
    controller.electLeaders({ electionType, topicPartitions: null })
  }

/** A leader asks for another ISR: the one way into it. */
const alteration = brokers.map(
  (isr): Step =>
    (fixture) => {
      const { leader, replicas } = fixture.partition('a')
      if (leader === -1) return
      fixture.alterIsr('a', [leader, ...isr.filter((id) => id !== leader && replicas.includes(id))])
    },
)

/** What may bring another leader, but none that is not in sync. */
const cleanStep: fc.Arbitrary<Step> = fc.oneof(
  broker.map(
    (id): Step =>
      ({ controller }) =>
        controller.fenceBroker(id),
  ),
  fc.tuple(broker, fc.boolean()).map(
    ([id, clean]): Step =>
      (fixture) => {
        if (fixture.controller.image.broker(id)?.fenced === true) fixture.restart(id, clean)
      },
  ),
  broker.map(
    (id): Step =>
      (fixture) => {
        const { controller, queue } = fixture
        if (controller.image.isAlive(id)) {
          queue.await(controller.controlledShutdown(id, fixture.epoch(id)), { done: () => {}, failed: () => {} })
        }
      },
  ),
  fc.option(brokers).map(
    (replicas): Step =>
      ({ controller }) => {
        const topics = [{ name: 'a', partitions: [{ partitionIndex: 0, replicas }] }]
        controller.alterPartitionReassignments({ topics, allowReplicationFactorChange: true })
      },
  ),
  fc.integer({ min: 1, max: 300_000 }).map(
    (ms): Step =>
      ({ clock }) =>
        clock.advance(ms),
  ),
  fc.constant(electionOf(0)),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: cleanStep },
  { weight: 3, arbitrary: alteration },
  { weight: 1, arbitrary: fc.constant(electionOf(1)) },
)

/** What holds of a partition whatever has happened. */
function check(fixture: ControllerFixture, elr: boolean): void {
  const partition = fixture.partition('a')
  const { leader, isr, replicas, eligibleLeaderReplicas, addingReplicas, removingReplicas, directories } = partition
  expect(new Set(replicas).size).toBe(replicas.length)
  expect(directories).toHaveLength(replicas.length)
  expect(replicas).toEqual(expect.arrayContaining([...isr, ...addingReplicas, ...removingReplicas]))
  if (leader === -1) {
    if (!elr) expect(isr.length).toBeGreaterThan(0)
  } else {
    expect(isr).toContain(leader)
    expect(fixture.controller.image.isActive(leader)).toBe(true)
    expect(isr.filter((id) => !fixture.controller.image.isActive(id))).toEqual([])
  }
  if (!elr) expect(eligibleLeaderReplicas).toEqual([])
  expect(eligibleLeaderReplicas.filter((id) => isr.includes(id))).toEqual([])
}

/** What holds of a partition before and after any change. */
function checkChange(before: PartitionImage, after: PartitionImage): void {
  if (before === after) return
  expect(after.partitionEpoch).toBeGreaterThan(before.partitionEpoch)
  expect(after.leaderEpoch).toBeGreaterThanOrEqual(before.leaderEpoch)
  if (after.leader !== before.leader) expect(after.leaderEpoch).toBeGreaterThan(before.leaderEpoch)
}

describe('whatever becomes of brokers and replicas', () => {
  test.each([false, true])('a leader is active and in sync, and epochs rise (eligible leaders: %s)', (elr) => {
    fc.assert(
      fc.property(brokers, fc.boolean(), fc.array(step, { maxLength: 25 }), (replicas, unclean, steps) => {
        const features = elr ? [...newestFeatures, ELR] : newestFeatures
        const fixture = new ControllerFixture(BROKERS.length, {}, features)
        const configs = { 'unclean.leader.election.enable': String(unclean), 'min.insync.replicas': '2' }
        fixture.topic('a', [replicas], configs)
        for (const take of steps) {
          const before = fixture.partition('a')
          take(fixture)
          checkChange(before, fixture.partition('a'))
          check(fixture, elr)
        }
        for (const { image } of fixture.followers.values()) {
          expect(contents(image)).toEqual(contents(fixture.controller.image))
        }
      }),
      { numRuns: 150 },
    )
  })

  test('no replica comes into the ISR, and none leads, but those that a leader took in', () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 2, arbitrary: cleanStep.map((take) => ({ take, takesIn: false })) },
        { weight: 1, arbitrary: alteration.map((take) => ({ take, takesIn: true })) },
      ),
      { maxLength: 25 },
    )
    fc.assert(
      fc.property(brokers, steps, (replicas, taken) => {
        const fixture = new ControllerFixture(BROKERS.length)
        fixture.topic('a', [replicas])
        for (const { take, takesIn } of taken) {
          const { isr } = fixture.partition('a')
          take(fixture)
          if (!takesIn) expect(isr).toEqual(expect.arrayContaining([...fixture.partition('a').isr]))
          expect(fixture.partition('a').leaderRecoveryState).toBe(0)
        }
      }),
      { numRuns: 150 },
    )
  })
})
