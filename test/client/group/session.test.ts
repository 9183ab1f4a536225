import { describe, expect, test } from 'vitest'
import { newClient } from '../../../src/client/client.ts'
import { newConfig } from '../../../src/client/config/config.ts'
import { OffsetOldest } from '../../../src/client/config/options.ts'
import { ConsumerError } from '../../../src/client/errors/client-errors.ts'
import { newConsumerGroup, newConsumerGroupFromClient } from '../../../src/client/group/consumer-group.ts'
import { ErrSessionConsumeClaimExited } from '../../../src/client/group/session-end.ts'
import { heldBy, TestMember } from './member.ts'
import { committed, fromTheStart, start } from './orders-group.ts'
import { produce } from './records.ts'

describe('a session', () => {
  test('begins with setup and ends with cleanup, after which what is marked is committed', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    const client = await newClient(cluster.bootstrapServers, newConfig({ ...cluster.clientConfig(), ...fromTheStart }))
    await produce(client, 'orders', 0, ['a', 'b', 'c'])
    const group = newConsumerGroupFromClient('billing', client)
    const log: string[] = []
    const stop = new AbortController()
    await group.consume(
      ['orders'],
      {
        setup: ({ claims }) => void log.push(`setup ${JSON.stringify(claims)}`),
        async consumeClaim(session, claim) {
          log.push(`claim ${claim.topic}/${claim.partition} from ${claim.initialOffset}`)
          for await (const message of claim.messages) {
            log.push(`message ${message.value}`)
            session.markMessage(message, 'so far')
            if (message.offset === 2) stop.abort()
          }
          log.push(`claim ends at ${claim.highWaterMarkOffset()}`)
        },
        cleanup: () => {
          log.push(`cleanup ${JSON.stringify(committed(cluster))}`)
        },
      },
      stop,
    )
    expect(log).toEqual([
      'setup {"orders":[0]}',
      'claim orders/0 from 0',
      'message a',
      'message b',
      'message c',
      'claim ends at 3',
      'cleanup {}',
    ])
    expect(cluster.group('billing').committed).toMatchObject([{ offset: 3, metadata: 'so far' }])
    await group.close()
    await client.close()
  })

  test('begins where the one before has left off', async () => {
    await using cluster = await start()
    const first = await TestMember.start(cluster, 'billing', fromTheStart)
    await produce(first.client, 'orders', 1, ['a', 'b'])
    await cluster.clock.runUntil(() => first.read.length === 2)
    await first.stop()
    await using second = await TestMember.start(cluster, 'billing', fromTheStart)
    await produce(second.client, 'orders', 1, ['c'])
    await cluster.clock.runUntil(() => second.read.length > 0)
    expect(second.read).toEqual(['orders/1@2'])
  })

  test('ends when a handler returns before its claim has ended', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(cluster, 'billing', {}, ['orders'], {
      async consumeClaim(session, claim) {
        if (member.sessions.length > 1 || claim.partition !== 2) for await (const _ of claim.messages) session.commit()
      },
    })
    await cluster.clock.runUntil(() => member.sessions.length === 2 && heldBy(member).length === 4)
    expect(member.sessions[0]?.session.signal.reason).toBeInstanceOf(ErrSessionConsumeClaimExited)
    expect(member.sessions[0]?.cleaned).toBe(true)
  })

  test('tells by its errors what a handler has thrown, with the partition', async () => {
    await using cluster = await start()
    await using member = await TestMember.start(
      cluster,
      'billing',
      { consumer: { return: { errors: true } } },
      ['orders'],
      {
        consumeClaim: async () => {
          throw new Error('no')
        },
      },
    )
    await cluster.clock.runUntil(() => member.group.errors.length > 0)
    expect(await member.group.errors.receive()).toMatchObject({ topic: 'orders', err: { message: 'no' } })
  })

  test('throws what a handler has thrown where its errors are not read, and has committed what was marked', async () => {
    await using cluster = await start()
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await using group = newConsumerGroupFromClient('billing', client)
    const consuming = group.consume(['orders'], {
      async consumeClaim(session, claim) {
        session.markOffset('orders', 3, 5)
        if (claim.partition === 2) throw new TypeError('no such field')
        for await (const message of claim.messages) session.markMessage(message)
      },
    })
    const error = await consuming.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConsumerError)
    expect(error).toMatchObject({ topic: 'orders', partition: 2, err: { message: 'no such field' } })
    expect(committed(cluster)).toEqual({ 'orders/3': 5 })
  })

  test('does not mind a handler that throws the reason for which its claim has ended', async () => {
    await using cluster = await start()
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await using group = newConsumerGroupFromClient('billing', client)
    const stop = new AbortController()
    let reading = 0
    const consuming = group.consume(
      ['orders'],
      {
        consumeClaim: (_session, { signal }) =>
          new Promise((_resolve, reject) => {
            reading++
            signal.addEventListener('abort', () => reject(signal.reason))
          }),
      },
      { signal: stop.signal },
    )
    await cluster.clock.runUntil(() => reading > 0)
    stop.abort()
    await consuming
  })

  test('is not made for a version that is too old for it, before any connection', async () => {
    const dial = (): never => expect.unreachable('nothing is to be dialed')
    await expect(newConsumerGroup(['kafka:9092'], 'billing', { version: '0.10.1.0', net: { dial } })).rejects.toThrow(
      'consumer groups need version 0.10.2.0 or later, and not 0.10.1.0',
    )
  })

  test('does not begin when setup throws, and consume tells why', async () => {
    await using cluster = await start()
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await using group = newConsumerGroupFromClient('billing', client)
    const log: string[] = []
    const consuming = group.consume(['orders'], {
      setup: () => {
        throw new Error('not today')
      },
      cleanup: () => void log.push('cleanup'),
      consumeClaim: () => void log.push('claim'),
    })
    await expect(consuming).rejects.toThrow('not today')
    expect(log).toEqual(['cleanup'])
  })

  test('throws what cleanup has thrown, and has committed all the same', async () => {
    await using cluster = await start()
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await using group = newConsumerGroupFromClient('billing', client)
    const consuming = group.consume(['orders'], {
      cleanup: async () => {
        throw new Error('untidy')
      },
      consumeClaim: (session) => session.markOffset('orders', 3, 5),
    })
    await expect(consuming).rejects.toThrow('untidy')
    expect(committed(cluster)).toEqual({ 'orders/3': 5 })
  })

  test('commits by hand alone without autoCommit', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    await using member = await TestMember.start(
      cluster,
      'billing',
      { consumer: { offsets: { initial: OffsetOldest, autoCommit: { enable: false } } } },
      ['orders'],
      {
        async consumeClaim(session, claim) {
          for await (const message of claim.messages) {
            session.markMessage(message)
            if (message.offset === 1) await session.commit()
            member.read.push(String(message.offset))
          }
        },
      },
    )
    await cluster.clock.runUntil(() => heldBy(member).length === 1)
    await produce(member.client, 'orders', 0, ['a', 'b', 'c'])
    await cluster.clock.runUntil(() => member.read.length === 3)
    await cluster.clock.advance(60_000)
    await member.stop()
    expect(committed(cluster)).toEqual({ 'orders/0': 2 })
  })

  test('goes back by resetOffset', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    await using client = await newClient(cluster.bootstrapServers, newConfig(cluster.clientConfig()))
    await using group = newConsumerGroupFromClient('billing', client)
    await group.consume(['orders'], {
      consumeClaim: async (session) => {
        session.markOffset('orders', 0, 9)
        await session.commit()
        expect(committed(cluster)).toEqual({ 'orders/0': 9 })
        session.resetOffset('orders', 0, 4, 'again')
        session.markOffset('elsewhere', 0, 1)
      },
    })
    expect(cluster.group('billing').committed).toMatchObject([{ offset: 4, metadata: 'again' }])
  })

  test('begins at consumer.offsets.initial where what was committed is gone', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    const first = await TestMember.start(cluster, 'billing', {}, ['orders'], {
      consumeClaim: (session) => session.markOffset('orders', 0, 1_000),
    })
    await cluster.clock.runUntil(() => 'orders/0' in committed(cluster))
    await first.stop()
    const starts: number[] = []
    await using second = await TestMember.start(cluster, 'billing', fromTheStart, ['orders'], {
      consumeClaim: async (_session, claim) => {
        starts.push(claim.initialOffset)
        for await (const _ of claim.messages);
      },
    })
    await cluster.clock.runUntil(() => starts.length > 0)
    expect(starts).toEqual([0])
    expect(second.errors).toEqual([])
  })

  test('tells that what was committed is gone, where consumer.group.resetInvalidOffsets is not set', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 1 } } })
    const first = await TestMember.start(cluster, 'billing', {}, ['orders'], {
      consumeClaim: (session) => session.markOffset('orders', 0, 1_000),
    })
    await cluster.clock.runUntil(() => 'orders/0' in committed(cluster))
    await first.stop()
    await using second = await TestMember.start(cluster, 'billing', {
      consumer: { return: { errors: true }, group: { resetInvalidOffsets: false } },
    })
    await cluster.clock.runUntil(() => second.group.errors.length > 0)
    expect(await second.group.errors.receive()).toMatchObject({ err: { error: 'OFFSET_OUT_OF_RANGE' }, partition: 0 })
  })

  test('reads nothing of partitions that are paused, in later sessions neither', async () => {
    await using cluster = await start({ topics: { orders: { partitions: 2 } } })
    await using member = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(member).length === 2)
    member.group.pause({ orders: [1] })
    await produce(member.client, 'orders', 0, ['a'])
    await produce(member.client, 'orders', 1, ['b'])
    await cluster.clock.advance(5_000)
    expect(member.read).toEqual(['orders/0@0'])
    const second = await TestMember.start(cluster, 'billing', fromTheStart)
    await cluster.clock.runUntil(() => heldBy(second).length === 1 && heldBy(member).length === 1)
    await second.stop()
    await cluster.clock.runUntil(() => heldBy(member).length === 2)
    member.group.resumeAll()
    await cluster.clock.runUntil(() => member.read.length + second.read.length >= 2)
    expect([...member.read, ...second.read].sort()).toEqual(['orders/0@0', 'orders/1@0'])
  })
})
