import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { Events } from '../../src/broker/events.ts'
import { logEvents } from '../../src/cli/log.ts'

/** The lines that are written for what `tell` emits, without their times. */
function linesOf(tell: (events: Events) => void): string[] {
  const events = new Events()
  const out = new PassThrough()
  logEvents(events, { requests: false, out })
  tell(events)
  return String(out.read())
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\S+ /, ''))
}

describe('the log', () => {
  test('says in one line who was disconnected, and why', () => {
    const event = { nodeId: 1, connectionId: 'a', remote: '127.0.0.1:5000' }
    const reason = 'what it sent looks like HTTP (GET /)'
    expect(linesOf((events) => events.emit('connection:close', () => ({ ...event, reason })))).toEqual([
      'broker 1: 127.0.0.1:5000 was disconnected: what it sent looks like HTTP (GET /)',
    ])
  })

  test('shows a bug with its stack, and the request that met it', () => {
    const error = new TypeError('a bug')
    const request = { nodeId: 1, connectionId: 'a', api: 'Fetch', version: 11, clientId: null }
    const [first, second] = linesOf((events) => events.emit('unhandledException', () => ({ error, request })))
    expect(first).toBe('Fetch v11 from a nameless client met a bug in memkafka: TypeError: a bug')
    expect(second).toMatch(/log\.test\.ts/)
  })
})
