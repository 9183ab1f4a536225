import { describe, expect, test } from 'vitest'
import { errorName } from '../../../src/protocol/errors.ts'
import { ControllerFixture } from './metadata-fixture.ts'

function three(replicas = [1, 2, 3]): ControllerFixture {
  const fixture = new ControllerFixture(3)
  fixture.topic('a', [replicas])
  return fixture
}

describe('AlterPartition', () => {
  test('shrinks and grows an ISR, and tells what the partition is then', () => {
    const fixture = three()
    expect(fixture.alterIsr('a', [1, 2])).toBe('NONE')
    expect(fixture.partition('a')).toMatchObject({ isr: [1, 2], leader: 1, leaderEpoch: 0, partitionEpoch: 1 })
    const topicId = fixture.controller.image.topic('a')?.id ?? ''
    const newIsrWithEpochs = [1, 2, 3].map((brokerId) => ({ brokerId, brokerEpoch: fixture.epoch(brokerId) }))
    const asked = { partitionIndex: 0, leaderEpoch: 0, partitionEpoch: 1, leaderRecoveryState: 0, newIsr: [] }
    const topics = [{ topicName: '', topicId, partitions: [{ ...asked, newIsrWithEpochs }] }]
    const answer = fixture.controller.alterPartition({ brokerId: 1, brokerEpoch: fixture.epoch(1), topics })
    expect(answer.topics[0]?.partitions[0]).toEqual({
      partitionIndex: 0,
      errorCode: 0,
      leaderId: 1,
      leaderEpoch: 0,
      isr: [1, 2, 3],
      leaderRecoveryState: 0,
      partitionEpoch: 2,
    })
  })

  test('is refused to whoever does not lead in this epoch', () => {
    const fixture = three()
    fixture.controller.electLeader('a', 0, 2)
    expect(fixture.alterIsr('a', [2], { leaderEpoch: 0 })).toBe('FENCED_LEADER_EPOCH')
    // KIP-841 and what came after: a leader that is ahead has heard of a newer controller.
    expect(fixture.alterIsr('a', [2], { leaderEpoch: 2 })).toBe('NOT_CONTROLLER')
    expect(fixture.alterIsr('a', [2], { partitionEpoch: 2 })).toBe('NOT_CONTROLLER')
    expect(fixture.alterIsr('a', [2], { partitionEpoch: 0 })).toBe('INVALID_UPDATE_VERSION')
    expect(fixture.partition('a').isr).toEqual([1, 2, 3])
  })

  test('is refused to a broker in another broker epoch, for unknown partitions and for followers', () => {
    const fixture = three()
    const ask = (brokerId: number, brokerEpoch: number, topicId: string, partitionIndex = 0): string => {
      const newIsrWithEpochs = [{ brokerId: 1, brokerEpoch: -1 }]
      const partition = { partitionIndex, leaderEpoch: 0, partitionEpoch: 0, leaderRecoveryState: 0, newIsr: [] }
      const topics = [{ topicName: '', topicId, partitions: [{ ...partition, newIsrWithEpochs }] }]
      const answer = fixture.controller.alterPartition({ brokerId, brokerEpoch, topics })
      return errorName(answer.topics[0]?.partitions[0]?.errorCode ?? -1)
    }
    const topicId = fixture.controller.image.topic('a')?.id ?? ''
    expect(() => ask(1, 0, topicId)).toThrow(expect.objectContaining({ error: 'STALE_BROKER_EPOCH' }))
    expect(ask(1, fixture.epoch(1), 'AAAAAAAAAAAAAAAAAAAAAA')).toBe('UNKNOWN_TOPIC_ID')
    expect(ask(1, fixture.epoch(1), topicId, 1)).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(ask(2, fixture.epoch(2), topicId)).toBe('INVALID_REQUEST')
    expect(ask(1, fixture.epoch(1), topicId)).toBe('NONE')
  })

  test('is refused for an ISR that cannot be', () => {
    const fixture = three([1, 2])
    for (const isr of [[], [2], [1, 1], [1, 3]]) expect(fixture.alterIsr('a', isr)).toBe('INVALID_REQUEST')
    expect(fixture.alterIsr('a', [1], { leaderRecoveryState: 1 })).toBe('INVALID_REQUEST')
  })

  test('takes nobody in who is fenced (KIP-841), or has started anew since it fetched (KIP-903)', () => {
    const fixture = three()
    const before = fixture.epoch(3)
    fixture.controller.fenceBroker(3)
    expect(fixture.alterIsr('a', [1, 2, 3])).toBe('INELIGIBLE_REPLICA')
    fixture.restart(3, true)
    const newIsrWithEpochs = [
      { brokerId: 1, brokerEpoch: fixture.epoch(1) },
      { brokerId: 2, brokerEpoch: -1 },
      { brokerId: 3, brokerEpoch: before },
    ]
    expect(fixture.alterIsr('a', [], { newIsrWithEpochs })).toBe('INELIGIBLE_REPLICA')
    expect(fixture.alterIsr('a', [1, 2, 3])).toBe('NONE')
    fixture.controller.unregisterBroker(3)
    expect(fixture.alterIsr('a', [1, 2, 3])).toBe('INELIGIBLE_REPLICA')
  })

  test('takes the brokers alone before version 3', () => {
    const fixture = three()
    expect(fixture.alterIsr('a', [], { newIsr: [1, 2] })).toBe('NONE')
    expect(fixture.partition('a').isr).toEqual([1, 2])
  })

  test('ends the recovery from an unclean election', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [[1, 2]], { 'unclean.leader.election.enable': 'true' })
    expect(fixture.alterIsr('a', [1])).toBe('NONE')
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ leader: 2, leaderRecoveryState: 1 })
    fixture.restart(1, true)
    expect(fixture.alterIsr('a', [2, 1], { leaderRecoveryState: 1 })).toBe('INVALID_REQUEST')
    expect(fixture.alterIsr('a', [2], { leaderRecoveryState: 1 })).toBe('NONE')
    expect(fixture.alterIsr('a', [2, 1])).toBe('NONE')
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2, 1], leaderRecoveryState: 0 })
  })
})
