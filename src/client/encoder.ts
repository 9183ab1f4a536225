/**
 * What becomes bytes when a record is written (Sarama's Encoder). Strings are written as UTF-8 and byte arrays as they are (Sarama's
 * StringEncoder and ByteEncoder), so that only values of other kinds need one.
 */
export interface Encoder {
  /** @throws anything; the message then comes back by the producer's errors */
  encode(): Uint8Array
}

/** A key or a value as an application gives it. */
export type Encodable = string | Uint8Array | Encoder
