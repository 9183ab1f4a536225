import { describe, expect, test } from 'vitest'
import type { PartitionImage } from '../../../src/broker/controller/metadata-types.ts'
import {
  changePartition,
  type PartitionRules,
  type PartitionWish,
} from '../../../src/broker/controller/partition-change.ts'

const base: PartitionImage = {
  index: 0,
  leader: 1,
  leaderEpoch: 5,
  partitionEpoch: 7,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  addingReplicas: [],
  removingReplicas: [],
  leaderRecoveryState: 0,
  directories: ['a', 'b', 'c'],
  eligibleLeaderReplicas: [],
  lastKnownElr: [],
}

/** What is written of a partition, and only that. */
function written(
  partition: Partial<PartitionImage>,
  wish: PartitionWish,
  { dead = [], ...rules }: Partial<PartitionRules> & { dead?: number[] } = {},
): Record<string, unknown> | undefined {
  const record = changePartition('topic', { ...base, ...partition }, wish, {
    recordVersion: 2,
    directories: true,
    newEpochOnShrink: false,
    reassignmentsWaitForAll: false,
    elr: false,
    minIsr: 2,
    mayLead: (id) => !dead.includes(id),
    defaultDirectory: (id) => `new ${id}`,
    ...rules,
  })
  if (record?.type !== 'PartitionChangeRecord') return undefined
  const { partitionId, topicId, ...value } = record.value
  expect([partitionId, topicId]).toEqual([0, 'topic'])
  const silent: Record<string, unknown> = { leader: -2, leaderRecoveryState: -1 }
  return Object.fromEntries(
    Object.entries(value).filter(([name, item]) => item !== null && item !== (silent[name] ?? null)),
  )
}

describe('a partition that is to stay as it is', () => {
  test('gets no record', () => {
    expect(written({}, {})).toBeUndefined()
    expect(written({}, { isr: [1, 2, 3], replicas: [1, 2, 3] })).toBeUndefined()
    expect(written({}, { election: 'preferred' })).toBeUndefined()
  })
})

describe('an election', () => {
  test('keeps the leader while it may lead, and else takes the first replica in sync that may', () => {
    expect(written({ isr: [1, 3] }, {}, { dead: [1] })).toEqual({ leader: 3 })
    expect(written({ leader: 2 }, {})).toBeUndefined()
    expect(written({ leader: 2 }, { isr: [1, 3] })).toEqual({ leader: 1, isr: [1, 3] })
  })

  test('that prefers the first replica takes it when it is in sync', () => {
    expect(written({ leader: 2 }, { election: 'preferred' })).toEqual({ leader: 1 })
    expect(written({ leader: 2, isr: [2, 3] }, { election: 'preferred' })).toBeUndefined()
    expect(written({ leader: 2 }, { election: 'preferred' }, { dead: [1, 2] })).toEqual({ leader: 3 })
  })

  test('leaves a partition without a leader when nobody in sync is alive, and its ISR as it was', () => {
    expect(written({ isr: [1] }, { isr: [] }, { dead: [1] })).toEqual({ leader: -1 })
    expect(written({ isr: [1] }, { isr: [], election: 'preferred' }, { dead: [1] })).toEqual({ leader: -1 })
  })

  test('that may be unclean takes any replica that is alive, which has to recover', () => {
    const election = 'unclean'
    expect(written({ isr: [1] }, { isr: [], election }, { dead: [1] })).toEqual({
      leader: 2,
      isr: [2],
      leaderRecoveryState: 1,
    })
    expect(written({ isr: [1], leaderRecoveryState: 1 }, { isr: [], election }, { dead: [1] })).toEqual({
      leader: 2,
      isr: [2],
    })
    // Whoever is in sync is taken first.
    expect(written({ isr: [1, 3] }, { isr: [3], election }, { dead: [1] })).toEqual({ leader: 3, isr: [3] })
    expect(written({ isr: [1] }, { isr: [], election }, { dead: [1, 2, 3] })).toEqual({ leader: -1 })
  })
})

describe('leader epochs', () => {
  test('begin anew when replicas go, not when they come', () => {
    expect(written({}, { replicas: [1, 2] })).toMatchObject({ leader: 1, replicas: [1, 2] })
    expect(written({}, { replicas: [1, 2, 3, 4] })).toEqual({
      replicas: [1, 2, 3, 4],
      directories: ['a', 'b', 'c', 'new 4'],
    })
  })

  test('begin anew when an ISR shrinks, up to metadata.version 3.6-IV0', () => {
    expect(written({}, { isr: [1, 2] })).toEqual({ isr: [1, 2] })
    expect(written({}, { isr: [1, 2] }, { newEpochOnShrink: true })).toEqual({ isr: [1, 2], leader: 1 })
    expect(written({ isr: [1, 2] }, { isr: [1, 2, 3] }, { newEpochOnShrink: true })).toEqual({ isr: [1, 2, 3] })
  })
})

describe('a reassignment', () => {
  const adding = [4]
  const removing = [1]
  const replicas = [4, 2, 3, 1]

  test('begins with all replicas, the old ones last', () => {
    expect(written({}, { replicas, adding, removing })).toEqual({
      replicas,
      addingReplicas: adding,
      removingReplicas: removing,
      directories: ['new 4', 'b', 'c', 'a'],
    })
  })

  test('is over once all that stay are in sync, and has another leader when the old one goes', () => {
    const moving = { replicas, addingReplicas: adding, removingReplicas: removing, directories: ['d', 'b', 'c', 'a'] }
    expect(written(moving, { isr: [1, 2, 3] })).toBeUndefined()
    expect(written({ ...moving, isr: [1, 2, 4] }, { isr: [1, 2, 3, 4] })).toEqual({
      leader: 4,
      isr: [2, 3, 4],
      replicas: [4, 2, 3],
      addingReplicas: [],
      removingReplicas: [],
      directories: ['d', 'b', 'c'],
    })
  })

  test('is not held up by a replica that stays and is out of sync, from 4.3 on (KAFKA-19975)', () => {
    const moving = { replicas, addingReplicas: adding, removingReplicas: removing, directories: ['d', 'b', 'c', 'a'] }
    const isr = [1, 2, 4]
    expect(written({ ...moving, isr: [1, 2] }, { isr })).toMatchObject({ leader: 4, isr: [2, 4], replicas: [4, 2, 3] })
    expect(written({ ...moving, isr: [1, 2] }, { isr }, { reassignmentsWaitForAll: true })).toEqual({ isr })
    // Where there are to be fewer replicas all of them have to be in sync.
    const fewer = { replicas: [2, 3, 1], removingReplicas: [1], isr: [1, 2] }
    expect(written(fewer, { isr: [1, 2] })).toBeUndefined()
  })

  test('that only orders the replicas anew is over at once', () => {
    expect(written({}, { replicas: [3, 2, 1] })).toEqual({ replicas: [3, 2, 1], directories: ['c', 'b', 'a'] })
  })
})

describe('eligible leader replicas, KIP-966', () => {
  const elr = true

  test('are those that left since the ISR is smaller than it has to be', () => {
    expect(written({}, { isr: [1, 2] }, { elr })).toEqual({ isr: [1, 2] })
    expect(written({ isr: [1, 2] }, { isr: [1] }, { elr })).toEqual({ isr: [1], eligibleLeaderReplicas: [2] })
    expect(written({}, { isr: [1] }, { elr })).toEqual({ isr: [1], eligibleLeaderReplicas: [2, 3] })
    expect(written({ isr: [1], eligibleLeaderReplicas: [2, 3] }, { isr: [1, 3] }, { elr })).toEqual({
      isr: [1, 3],
      eligibleLeaderReplicas: [],
    })
  })

  test('do not number those that may have lost records', () => {
    expect(written({ isr: [1, 2] }, { isr: [1], uncleanShutdown: 2 }, { elr })).toEqual({ isr: [1] })
    expect(written({ isr: [1], eligibleLeaderReplicas: [2, 3] }, { isr: [1], uncleanShutdown: 2 }, { elr })).toEqual({
      eligibleLeaderReplicas: [3],
    })
  })

  test('leave the ISR empty when the last one in it goes, and note who led', () => {
    const alone = { isr: [1], eligibleLeaderReplicas: [2, 3] }
    expect(written(alone, { isr: [] }, { elr, dead: [1, 2, 3] })).toEqual({
      leader: -1,
      isr: [],
      eligibleLeaderReplicas: [1, 2, 3],
      lastKnownElr: [1],
    })
  })

  test('lead cleanly when nobody is in sync', () => {
    const leaderless = { leader: -1, isr: [], eligibleLeaderReplicas: [1, 2], lastKnownElr: [1] }
    expect(written(leaderless, {}, { elr, dead: [1] })).toEqual({
      leader: 2,
      isr: [2],
      eligibleLeaderReplicas: [1],
      lastKnownElr: [],
    })
    // While somebody is in sync they do not.
    expect(written({ isr: [1], eligibleLeaderReplicas: [2] }, { election: 'unclean' }, { elr, dead: [1] })).toEqual({
      leader: 2,
      isr: [2],
      leaderRecoveryState: 1,
      eligibleLeaderReplicas: [],
    })
  })

  test('having none, the last leader comes back, though it may have lost records', () => {
    const lost = { leader: -1, isr: [], lastKnownElr: [1] }
    expect(written(lost, {}, { elr })).toEqual({ leader: 1, isr: [1], leaderRecoveryState: 1, lastKnownElr: [] })
    expect(written(lost, {}, { elr, dead: [1] })).toBeUndefined()
    expect(written(lost, { election: 'unclean' }, { elr, dead: [1] })).toMatchObject({ leader: 2, isr: [2] })
  })

  test('are forgotten once the feature is off', () => {
    expect(written({ isr: [1], eligibleLeaderReplicas: [2] }, {}, {})).toEqual({ eligibleLeaderReplicas: [] })
  })
})

describe('log directories, KIP-858', () => {
  test('follow their replicas, and change when a broker says so', () => {
    expect(written({}, { directories: new Map([[2, 'other']]) })).toEqual({ directories: ['a', 'other', 'c'] })
    expect(written({}, { replicas: [3, 1, 2] }, { directories: false })).toEqual({ replicas: [3, 1, 2] })
  })

  test('are those of brokers that name none where the log says nothing of them', () => {
    const defaultDirectory = (): string => 'AAAAAAAAAAAAAAAAAAAAAA'
    expect(written({ directories: [] }, { isr: [1, 2] }, { defaultDirectory })).toEqual({ isr: [1, 2] })
  })
})
