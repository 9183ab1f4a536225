import { expect, onTestFinished, test } from 'vitest'
import { KafkaCluster } from '../../../src/index.ts'
import { TestWatch } from '../../../src/testing/vitest/test-watch.ts'

async function watched(signal: AbortSignal) {
  const cluster = await KafkaCluster.start()
  onTestFinished(() => cluster.stop())
  const watch = new TestWatch(cluster, { name: 'a test' }, signal, 'seed 1')
  onTestFinished(() => watch.end([]))
  return cluster.topic('orders')
}

test('waits end when the test does', async () => {
  const test = new AbortController()
  const orders = await watched(test.signal)
  const waiting = expect(orders.waitFor(1)).rejects.toThrow('timed out')
  test.abort(new Error('timed out'))
  await waiting
})

test('time that is run until something comes runs no longer than the test', async () => {
  const cluster = await KafkaCluster.start({ clock: 'virtual' })
  onTestFinished(() => cluster.stop())
  const test = new AbortController()
  const watch = new TestWatch(cluster, { name: 'a test' }, test.signal, 'seed 1')
  onTestFinished(() => watch.end([]))
  const waiting = expect(cluster.clock.runUntil(() => new Promise(() => {}))).rejects.toThrow('timed out')
  test.abort(new Error('timed out'))
  await waiting
})

test('waits of a second try go on though the first has timed out, where a runner gives both the same signal', async () => {
  const orders = await watched(AbortSignal.abort(new Error('timed out')))
  const waiting = orders.waitFor(1)
  await orders.append({ value: 'v' })
  expect(await waiting).toHaveLength(1)
})

test('waits of a run that was cancelled end', async () => {
  const cancelled = Object.assign(new Error('cancelled'), { name: 'TestRunAbortError' })
  const orders = await watched(AbortSignal.abort(cancelled))
  await expect(orders.waitFor(1)).rejects.toThrow('cancelled')
})
