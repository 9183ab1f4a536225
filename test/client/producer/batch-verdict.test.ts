import { describe, expect, test } from 'vitest'
import { kafkaError } from '../../../src/client/errors/kafka-error.ts'
import { mayBeAppended, type Standing, verdictOnBatch } from '../../../src/client/producer/batch-verdict.ts'
import { ErrorCode } from '../../../src/index.ts'

const plain: Standing = {
  count: 3,
  mayRetry: true,
  isSequenced: false,
  isTransactional: false,
  isFirst: true,
  lastAckedOffset: 10,
  logStartOffset: 0,
}
const sequenced = { ...plain, isSequenced: true }
const transactional = { ...sequenced, isTransactional: true }

function verdict(code: number, standing: Standing): string {
  return verdictOnBatch(kafkaError(code), standing)
}

describe('a batch that was refused', () => {
  test('goes out again for what passes, as long as it may', () => {
    expect(verdict(ErrorCode.NOT_LEADER_OR_FOLLOWER, plain)).toBe('retry')
    expect(verdict(ErrorCode.NOT_LEADER_OR_FOLLOWER, { ...plain, mayRetry: false })).toBe('fail')
    expect(verdict(ErrorCode.CORRUPT_MESSAGE, plain)).toBe('retry')
    expect(verdict(ErrorCode.TOPIC_AUTHORIZATION_FAILED, plain)).toBe('fail')
    expect(verdictOnBatch(new Error('whatever') as never, plain)).toBe('fail')
  })

  test('is split when it is too large, down to one message', () => {
    expect(verdict(ErrorCode.MESSAGE_TOO_LARGE, { ...plain, mayRetry: false })).toBe('split')
    expect(verdict(ErrorCode.MESSAGE_TOO_LARGE, { ...plain, count: 1 })).toBe('fail')
  })

  test('goes out again when one that was sent before it has failed, and takes the sequence with it', () => {
    const code = ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    expect(verdict(code, { ...sequenced, isFirst: false })).toBe('retry')
    expect(verdict(code, { ...transactional, isFirst: false })).toBe('retry')
    expect(verdict(code, sequenced)).toBe('restart')
    expect(verdict(code, transactional)).toBe('fail')
    expect(verdict(code, plain)).toBe('fail')
  })

  test('of a producer that the broker has forgotten starts again, in a transaction where nothing else was lost', () => {
    const code = ErrorCode.UNKNOWN_PRODUCER_ID
    expect(verdict(code, sequenced)).toBe('restart')
    expect(verdict(code, { ...sequenced, isFirst: false })).toBe('retry')
    expect(verdict(code, { ...sequenced, logStartOffset: -1 })).toBe('retry')
    expect(verdict(code, transactional)).toBe('fail')
    expect(verdict(code, { ...transactional, logStartOffset: 11 })).toBe('restart')
  })

  test('may be in the log all the same where the broker did not say that it is not', () => {
    expect(mayBeAppended(undefined)).toBe(true)
    expect(mayBeAppended(ErrorCode.NETWORK_EXCEPTION)).toBe(true)
    expect(mayBeAppended(ErrorCode.REQUEST_TIMED_OUT)).toBe(true)
    expect(mayBeAppended(ErrorCode.NOT_ENOUGH_REPLICAS)).toBe(false)
    expect(mayBeAppended(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)).toBe(false)
  })
})
