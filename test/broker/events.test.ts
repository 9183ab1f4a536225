import { describe, expect, test } from 'vitest'
import { Events } from '../../src/broker/events.ts'

describe('the events of a cluster', () => {
  test('are heard by their names alone', () => {
    const events = new Events()
    const listen = (type: unknown) => () => events.on(type as 'topic:create', () => {})
    expect(listen('topic:created')).toThrow("a cluster has no event 'topic:created', topic:create is meant?")
    expect(listen('x')).toThrow("a cluster has no event 'x': there are connection:open, ")
    expect(listen('toString')).toThrow(TypeError)
    expect(listen(undefined)).toThrow('a cluster has no event undefined')
    expect(listen('topic:create')).not.toThrow()
  })
})
