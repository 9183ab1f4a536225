import type { Schema, Type } from 'avsc'

type Avsc = typeof import('avsc')

/**
 * Has avsc read and write longs by way of bigints: its own are wrong already below -(2^52), and fail beyond the safe integers. Those are read as the nearest number that
 * JavaScript has, as whoever reads their digits from JSON would.
 */
export function exactLongs({ types }: Avsc): (schema: Schema) => Type | undefined {
  const long = types.LongType.__with({
    fromBuffer: (bytes: Buffer) => Number(bytes.readBigInt64LE()),
    toBuffer(value: number) {
      const bytes = Buffer.alloc(8)
      bytes.writeBigInt64LE(BigInt(value))
      return bytes
    },
    fromJSON: Number,
    toJSON: (value: number) => value,
    isValid: (value: unknown) => Number.isSafeInteger(value),
    compare: (one: number, other: number) => Math.sign(one - other),
  })
  return (schema) => {
    const isLong = schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long')
    return isLong ? long : undefined
  }
}
