import { describe, expect, test } from 'vitest'
import { ControllerFixture, contents, newestFeatures } from './metadata-fixture.ts'

const withElr = [...newestFeatures, { name: 'eligible.leader.replicas.version', min: 0, max: 1, finalized: 1 }]

function error(name: string) {
  return expect.objectContaining({ error: name })
}

describe('a broker that is fenced', () => {
  test('leaves every ISR, and others lead what it led', () => {
    const fixture = new ControllerFixture(3)
    fixture.topic('a', [
      [1, 2, 3],
      [2, 1, 3],
    ])
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a', 0)).toMatchObject({ leader: 2, leaderEpoch: 1, partitionEpoch: 1, isr: [2, 3] })
    expect(fixture.partition('a', 1)).toMatchObject({ leader: 2, leaderEpoch: 0, partitionEpoch: 1, isr: [2, 3] })
    expect(fixture.controller.image.broker(1)).toMatchObject({ fenced: true })
    expect(contents(fixture.follower(2).image)).toEqual(contents(fixture.controller.image))
  })

  test('leaves what it alone had in sync without a leader, and leads it again when it is back', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [[1]])
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ leader: -1, leaderEpoch: 1, isr: [1] })
    fixture.controller.unfenceBroker(1, fixture.epoch(1))
    expect(fixture.partition('a')).toMatchObject({ leader: 1, leaderEpoch: 2, isr: [1], leaderRecoveryState: 0 })
  })

  test('is fenced once; one that nobody knows cannot be', () => {
    const fixture = new ControllerFixture(2)
    fixture.controller.fenceBroker(1)
    const { offset } = fixture.controller.image
    fixture.controller.fenceBroker(1)
    expect(fixture.controller.image.offset).toBe(offset)
    expect(() => fixture.controller.fenceBroker(9)).toThrow(error('BROKER_ID_NOT_REGISTERED'))
  })

  test('is unfenced in its own epoch alone', () => {
    const fixture = new ControllerFixture(2)
    fixture.controller.fenceBroker(1)
    expect(() => fixture.controller.unfenceBroker(1, 0)).toThrow(error('STALE_BROKER_EPOCH'))
    expect(() => fixture.controller.unfenceBroker(9, 0)).toThrow(error('STALE_BROKER_EPOCH'))
  })

  test('leads nothing of a topic that is made meanwhile, and is not in sync there', () => {
    const fixture = new ControllerFixture(2)
    fixture.controller.fenceBroker(1)
    fixture.topic('a', [[1, 2]])
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2], replicas: [1, 2] })
    expect(() => fixture.topic('b', [[1]])).toThrow('are fenced or in controlled shutdown')
  })
})

describe('a broker that registers', () => {
  test('is refused while the one of that id is not fenced', () => {
    const fixture = new ControllerFixture(1)
    expect(() => fixture.registerFenced(1)).toThrow(error('DUPLICATE_BROKER_REGISTRATION'))
  })

  test('has another epoch than before, and the log directories that it had', () => {
    const fixture = new ControllerFixture(2)
    const [before, { logDirs } = { logDirs: [] }] = [fixture.epoch(1), fixture.controller.image.broker(1)]
    fixture.controller.fenceBroker(1)
    expect(fixture.restart(1, true)).toBeGreaterThan(before)
    expect(fixture.controller.image.broker(1)).toMatchObject({ logDirs, fenced: false, inControlledShutdown: false })
  })

  test('cannot lead what lies in a log directory that it has no more, until it says where else that lies', () => {
    const fixture = new ControllerFixture(2)
    fixture.topic('a', [[1]])
    fixture.controller.fenceBroker(1)
    const epoch = fixture.registerFenced(1, { logDirs: ['BBBBBBBBBBBBBBBBBBBBBA'] })
    fixture.controller.unfenceBroker(1, epoch)
    expect(fixture.partition('a').leader).toBe(-1)
    const topicId = fixture.controller.image.topic('a')?.id ?? ''
    const directories = [{ id: 'BBBBBBBBBBBBBBBBBBBBBA', topics: [{ topicId, partitions: [{ partitionIndex: 0 }] }] }]
    fixture.controller.assignReplicasToDirs({ brokerId: 1, brokerEpoch: epoch, directories })
    expect(fixture.partition('a').directories).toEqual(['BBBBBBBBBBBBBBBBBBBBBA'])
    expect(fixture.partition('a').leader).toBe(-1)
    fixture.controller.fenceBroker(1)
    fixture.controller.unfenceBroker(1, epoch)
    expect(fixture.partition('a').leader).toBe(1)
  })
})

describe('a controlled shutdown', () => {
  test('moves leaderships first, and then fences the broker', () => {
    const fixture = new ControllerFixture(3)
    fixture.topic('a', [
      [1, 2],
      [2, 1],
    ])
    fixture.topic('alone', [[1]])
    let isOver = false
    const { controller, queue } = fixture
    const before = controller.image.offset
    queue.await(controller.controlledShutdown(1, fixture.epoch(1)), {
      done: () => {
        isOver = true
      },
      failed: (reason) => {
        throw reason
      },
    })
    expect(isOver).toBe(true)
    expect(fixture.partition('a', 0)).toMatchObject({ leader: 2, isr: [2] })
    expect(fixture.partition('a', 1)).toMatchObject({ leader: 2, isr: [2], leaderEpoch: 0 })
    expect(fixture.partition('alone')).toMatchObject({ leader: -1, isr: [1] })
    expect(controller.image.broker(1)).toMatchObject({ fenced: true, inControlledShutdown: true })
    const types = fixture
      .follower(2)
      .records.slice(before + 1)
      .map(({ type }) => type)
    expect(types[0]).toBe('BrokerRegistrationChangeRecord')
    expect(types.slice(1, 4)).toEqual(['PartitionChangeRecord', 'PartitionChangeRecord', 'PartitionChangeRecord'])
    expect(types.at(-1)).toBe('BrokerRegistrationChangeRecord')
    fixture.restart(1, true)
    expect(controller.image.broker(1)).toMatchObject({ fenced: false, inControlledShutdown: false })
    expect(fixture.partition('alone')).toMatchObject({ leader: 1, isr: [1] })
  })

  test('is asked for in the broker epoch alone', () => {
    const { controller } = new ControllerFixture(1)
    expect(() => controller.controlledShutdown(1, 0)).toThrow(error('STALE_BROKER_EPOCH'))
  })
})

describe('a broker that is unregistered', () => {
  test('is forgotten, and leaves the ISRs', () => {
    const fixture = new ControllerFixture(3)
    fixture.topic('a', [[1, 2, 3]])
    fixture.controller.unregisterBroker(1)
    expect(fixture.controller.image.broker(1)).toBeUndefined()
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2, 3], replicas: [1, 2, 3] })
    expect(() => fixture.controller.unregisterBroker(1)).toThrow('Broker ID 1 is not currently registered')
  })
})

describe('with eligible leader replicas, KIP-966', () => {
  function three(): ControllerFixture {
    const fixture = new ControllerFixture(3, {}, withElr)
    fixture.topic('a', [[1, 2, 3]], { 'min.insync.replicas': '2' })
    return fixture
  }

  test('the last ones that were in sync may lead, the ISR being empty', () => {
    const fixture = three()
    fixture.controller.fenceBroker(1)
    expect(fixture.partition('a')).toMatchObject({ leader: 2, isr: [2, 3], eligibleLeaderReplicas: [] })
    fixture.controller.fenceBroker(2)
    expect(fixture.partition('a')).toMatchObject({ leader: 3, isr: [3], eligibleLeaderReplicas: [2] })
    fixture.controller.fenceBroker(3)
    expect(fixture.partition('a')).toMatchObject({
      leader: -1,
      isr: [],
      eligibleLeaderReplicas: [2, 3],
      lastKnownElr: [3],
    })
    // Who left while enough were in sync may lack what was committed since.
    fixture.restart(1, true)
    expect(fixture.partition('a').leader).toBe(-1)
    fixture.restart(2, true)
    expect(fixture.partition('a')).toMatchObject({
      leader: 2,
      isr: [2],
      eligibleLeaderReplicas: [3],
      lastKnownElr: [],
      leaderRecoveryState: 0,
    })
  })

  test('one that did not stop in order is eligible no more', () => {
    const fixture = three()
    for (const id of [1, 2, 3]) fixture.controller.fenceBroker(id)
    fixture.restart(2, false)
    expect(fixture.partition('a')).toMatchObject({ leader: -1, isr: [], eligibleLeaderReplicas: [3] })
    fixture.restart(3, true)
    expect(fixture.partition('a')).toMatchObject({ leader: 3, isr: [3], eligibleLeaderReplicas: [] })
  })

  test('the last leader comes back by an unclean election when nobody is eligible', () => {
    const fixture = three()
    for (const id of [1, 2, 3]) fixture.controller.fenceBroker(id)
    fixture.restart(2, false)
    expect(fixture.partition('a').leader).toBe(-1)
    fixture.restart(3, false)
    expect(fixture.partition('a')).toMatchObject({ leader: 3, isr: [3], leaderRecoveryState: 1, lastKnownElr: [] })
  })

  test('another min.insync.replicas makes nobody eligible', () => {
    const fixture = three()
    fixture.topic('b', [[2, 3, 1]], { 'min.insync.replicas': '2' })
    for (const id of [1, 2]) fixture.controller.fenceBroker(id)
    expect(fixture.partition('a').eligibleLeaderReplicas).toEqual([2])
    const operations = [{ name: 'min.insync.replicas', configOperation: 0, value: '1' }]
    fixture.controller.changeConfigs([{ resource: { type: 2, name: 'a' }, operations }], false)
    expect(fixture.partition('a').eligibleLeaderReplicas).toEqual([])
    expect(fixture.partition('b').eligibleLeaderReplicas).toEqual([2])
    fixture.controller.changeConfigs([{ resource: { type: 4, name: '' }, operations }], false)
    expect(fixture.partition('b').eligibleLeaderReplicas).toEqual([])
    expect(contents(fixture.follower(3).image)).toEqual(contents(fixture.controller.image))
  })
})
