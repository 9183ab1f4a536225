/** Tests that fail, or complain, each in a way of its own. */
import { Kafka, logLevel } from 'kafkajs'
import { KafkaCluster } from 'memkafka'
import { KafkaResponse, kafka } from 'memkafka/testing'
import { afterEach, beforeEach, describe, expect, test } from 'memkafka/vitest'

function clientOf(cluster: KafkaCluster, clientId: string): Kafka {
  return new Kafka({
    brokers: cluster.bootstrapServers,
    clientId,
    logLevel: logLevel.NOTHING,
    retry: { retries: 1000 },
  })
}

async function leave(cluster: KafkaCluster, clientId: string): Promise<void> {
  await clientOf(cluster, clientId).producer().connect()
}

test('an assertion fails', async ({ cluster }) => {
  const producer = clientOf(cluster, 'shop').producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
  await producer.disconnect()
  expect(cluster.partition('orders', 0).logEndOffset).toBe(2)
})

test('a wait is in vain', async ({ cluster }) => {
  await leave(cluster, 'waited-for')
  await cluster.topic('orders').waitFor(1, { timeout: 1 })
})

test('a client is left, and told of', async ({ cluster }) => {
  await leave(cluster, 'left-and-told-of')
})

describe('where leaks fail', () => {
  test.override({ clusterOptions: { leaks: 'fail' } })

  test('a client is left, and fails the test', async ({ cluster }) => {
    await leave(cluster, 'left-and-failing')
  })

  test('a client that comes back again and again fails the test', async ({ cluster }) => {
    await leave(cluster, 'coming-back')
    cluster.use(kafka.all({}, () => KafkaResponse.disconnect()))
    void clientOf(cluster, 'coming-back')
      .producer()
      .connect()
      .catch(() => {})
    await new Promise((resolve) => cluster.events.on('connection:close', resolve, { once: true }))
  })
})

describe('where leaks are nobody’s business', () => {
  test.override({ clusterOptions: { leaks: 'off' } })

  test('a client is left, and not told of', async ({ cluster }) => {
    await leave(cluster, 'left-in-peace')
  })
})

test('a handler throws', async ({ cluster }) => {
  cluster.use(
    kafka.metadata({}, () => {
      throw new Error('what a handler throws')
    }),
  )
  const producer = new Kafka({
    brokers: cluster.bootstrapServers,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).producer()
  await producer.connect()
  await producer.send({ topic: 'orders', messages: [{ value: 'v' }] }).catch(() => {})
  await producer.disconnect()
})

describe('where handlers have to act', () => {
  test.override({ clusterOptions: { unfired: 'fail' } })

  test('one that never did fails the test', ({ cluster }) => {
    cluster.use(kafka.produce({ topic: 'nowhere' }, () => KafkaResponse.drop()))
  })

  test('nothing is said of it after another failure', ({ cluster }) => {
    cluster.use(kafka.produce({ topic: 'nowhere' }, () => KafkaResponse.drop()))
    expect(1).toBe(2)
  })
})

test('a handler that waits is let go without a word', async ({ cluster }) => {
  cluster.use(
    kafka.metadata({}, async ({ delay, passthrough }) => {
      await delay(1e9)
      return passthrough()
    }),
  )
  const producer = clientOf(cluster, 'held').producer()
  const connected = producer.connect()
  await connected
  const sent = producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
  await new Promise((resolve) => cluster.events.on('request:match', resolve, { once: true }))
  void sent.catch(() => {}).finally(() => producer.disconnect())
})

test('requests held at a gate go on when the test ends', async ({ cluster }) => {
  const gate = cluster.gate(kafka.metadata())
  const producer = clientOf(cluster, 'gated').producer()
  await producer.connect()
  const sent = producer.send({ topic: 'orders', messages: [{ value: 'v' }] })
  await gate.reached
  void sent.finally(() => producer.disconnect())
})

describe('options', () => {
  describe('with a name that there is none of', () => {
    test.override({ clusterOptions: { broker: 3 } as never })
    test('name it', ({ cluster }) => cluster.brokers)
  })

  describe('with a scope', () => {
    test.override({ clusterOptions: { scope: 'file' } as never })
    test('are told what to say', ({ cluster }) => cluster.brokers)
  })

  describe('with a wrong value', () => {
    test.override({ clusterOptions: { per: 'suite' } as never })
    test('are told which there are', ({ cluster }) => cluster.brokers)
  })
})

describe('a shared cluster', () => {
  test.override({ clusterOptions: { per: 'file' } })
  test.concurrent('refuses a concurrent test', ({ cluster }) => cluster.brokers)
})

describe('after the test', () => {
  let kept: KafkaCluster

  test('the cluster is kept', ({ cluster }) => {
    kept = cluster
  })

  test('it says that it is stopped', async () => {
    await kept.addBroker({ nodeId: 9 })
  })
})

describe('a hook that fails', () => {
  describe('before the test', () => {
    beforeEach<{ cluster: KafkaCluster }>(async ({ cluster }) => {
      await cluster.topic('before').append({ value: 'v' })
      throw new Error('the hook fails')
    })
    test('fails before it begins', ({ cluster }) => cluster.brokers)
  })

  describe('after the test', () => {
    afterEach<{ cluster: KafkaCluster }>(async ({ cluster }) => {
      await expect(cluster.topic('after')).toHaveRecord({ value: 'never' }, { timeout: 1 })
    })
    test('fails after its end', ({ cluster }) => cluster.topic('after').append({ value: 'v' }))
  })

  describe('for it takes too long', () => {
    beforeEach<{ cluster: KafkaCluster }>(({ cluster }) => cluster.topic('late').waitFor(1), 100)
    test('is kept waiting', ({ cluster }) => cluster.brokers)
  })
})

test('is retried in vain', { retry: 2 }, async ({ cluster, task }) => {
  await cluster.topic(`try-${task.result?.retryCount ?? 0}`).append({ value: 'v' })
  expect(1).toBe(2)
})

describe('clusters that cannot be started', { concurrent: false }, () => {
  test.override({ clusterOptions: { per: 'file', brokers: 0 } })
  test('fail the first test', ({ cluster }) => cluster.brokers)
  test('fail the next test', ({ cluster }) => cluster.brokers)
})

test('is retried', { retry: 1 }, ({ cluster, task }) => {
  expect(cluster.brokers[0]?.isRunning).toBe(true)
  expect(task.result?.retryCount).toBe(1)
})

test('takes too long', { timeout: 100 }, async ({ cluster }) => {
  const wait = { what: 'what never comes', look: () => undefined, seen: () => 'nothing' }
  await KafkaCluster.viewOf(cluster).waits.until(wait)
})
