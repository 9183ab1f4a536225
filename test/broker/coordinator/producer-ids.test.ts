import { describe, expect, test } from 'vitest'
import { ProducerIds } from '../../../src/broker/coordinator/producer-ids.ts'
import { Link } from '../../../src/broker/link.ts'
import type { Reply } from '../../../src/broker/waiting.ts'
import { ControllerFixture } from '../controller/metadata-fixture.ts'

function ids(fixture: ControllerFixture, nodeId: number): ProducerIds {
  return new ProducerIds({
    nodeId,
    controller: new Link(fixture.queue, () => fixture.controller),
    image: fixture.follower(nodeId).image,
  })
}

/** What a reply comes to; an error is told by its name. */
function outcome<T>(fixture: ControllerFixture, reply: Reply<T>): T | string | undefined {
  let result: T | string | undefined
  fixture.queue.await(reply, {
    done: (answer) => {
      result = answer
    },
    failed: (error) => {
      result = (error as { error: string }).error
    },
  })
  return result
}

describe('producer ids', () => {
  test('are handed out once in the whole cluster, block by block', () => {
    const fixture = new ControllerFixture(2)
    const brokers = [ids(fixture, 1), ids(fixture, 2)]
    const given = Array.from({ length: 5000 }, (_, i) =>
      outcome(fixture, (brokers[i % 3 === 0 ? 0 : 1] as ProducerIds).generate()),
    )
    expect(new Set(given).size).toBe(5000)
    expect(given.every((id) => typeof id === 'number' && id >= 0 && id < 7000)).toBe(true)
  })

  test('begin with the first of the first block', () => {
    const fixture = new ControllerFixture(1)
    const broker = ids(fixture, 1)
    expect([broker.generate(), broker.generate(), broker.generate()].map((id) => outcome(fixture, id))).toEqual([
      0, 1, 2,
    ])
    expect(fixture.image.nextProducerId).toBe(1000)
  })

  test('are asked for again before the last is gone', () => {
    const fixture = new ControllerFixture(1)
    const broker = ids(fixture, 1)
    for (let i = 0; i < 899; i++) outcome(fixture, broker.generate())
    expect(fixture.image.nextProducerId).toBe(1000)
    outcome(fixture, broker.generate())
    expect(fixture.image.nextProducerId).toBe(2000)
  })

  test('are none where the controller gives none, and the client is to try again', () => {
    const fixture = new ControllerFixture(1)
    const stranger = new ProducerIds({
      nodeId: 9,
      controller: new Link(fixture.queue, () => fixture.controller),
      image: fixture.image,
    })
    expect(outcome(fixture, stranger.generate())).toBe('COORDINATOR_LOAD_IN_PROGRESS')
  })
})
