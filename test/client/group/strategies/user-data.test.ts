import { describe, expect, it } from 'vitest'
import {
  newBalanceStrategyCooperativeSticky,
  newBalanceStrategySticky,
} from '../../../../src/client/group/strategies/index.ts'
import { decodeStickyUserData } from '../../../../src/client/group/strategies/sticky-user-data.ts'

const hex = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('hex')

describe('the user data of sticky strategies', () => {
  const assigned = new Map([['t', [0, 258]]])
  // One topic, 't', two partitions, 0 and 258.
  const topics = '00000001' + '0001' + '74' + '00000002' + '00000000' + '00000102'

  it("is topics, partitions and the generation, as in Kafka's StickyAssignor", () => {
    expect(hex(newBalanceStrategySticky().userData?.(assigned, 3))).toBe(`${topics}00000003`)
    expect(hex(newBalanceStrategySticky().assignmentData?.('m', assigned, 3))).toBe(`${topics}00000003`)
  })

  it('is the generation alone where the protocol tells the partitions', () => {
    expect(hex(newBalanceStrategyCooperativeSticky().userData?.(assigned, 3))).toBe('00000003')
    expect(hex(newBalanceStrategyCooperativeSticky().userData?.(assigned, -1))).toBe('ffffffff')
  })

  it('is read with a generation and without one', () => {
    expect(decodeStickyUserData(Buffer.from(`${topics}00000003`, 'hex'))).toEqual({
      topics: [{ topic: 't', partitions: [0, 258] }],
      generation: 3,
    })
    expect(decodeStickyUserData(Buffer.from(topics, 'hex'))).toEqual({
      topics: [{ topic: 't', partitions: [0, 258] }],
      generation: null,
    })
  })
})
