import { uuidFromBytes } from '../protocol/uuid.ts'

/** A cluster's only source of chance (law 2): the same seed gives the same sequence. */
export class Random {
  // sfc32 (Chris Doty-Humphrey, PractRand): small, quick and well distributed.
  private a = 0
  private b = 0
  private c: number
  private counter = 1

  /** @param seed any number; its low 32 bits count. */
  constructor(seed: number) {
    this.c = seed | 0
    for (let round = 0; round < 15; round++) this.next()
  }

  /** An integer from 0 to 2^32 - 1. */
  next(): number {
    const sum = (this.a + this.b + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum
    return sum >>> 0
  }

  /** An integer from 0 to `bound` - 1. */
  below(bound: number): number {
    return Math.floor((this.next() / 2 ** 32) * bound)
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let i = 0; i < length; i++) bytes[i] = this.next()
    return bytes
  }

  /**
   * A random id in Kafka's text form (22 characters of URL-safe base64). Like Kafka's `Uuid.randomUuid` never one that
   * starts with a dash, which command lines would take for a flag.
   */
  uuid(): string {
    for (;;) {
      const bytes = this.versionFour()
      const id = uuidFromBytes(bytes)
      if (!id.startsWith('-')) return id
    }
  }

  /** A random id in the form of `java.util.UUID.toString`, as member ids end with. */
  hexUuid(): string {
    const hex = this.versionFour().toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }

  /** A source of its own that does not disturb this one's sequence, for a part of the cluster named by `salt`. */
  fork(salt: number): Random {
    return new Random(this.next() ^ Math.imul(salt, 0x9e3779b1))
  }

  private versionFour(): Buffer {
    const bytes = this.bytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    return bytes
  }
}
