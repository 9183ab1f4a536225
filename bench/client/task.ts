/** Something that a client does with a broker, told to its program in a line of JSON. It answers with records a second, for `endure` with MiB after each tenth. */
export interface Task {
  /**
   * - produce: so many records, 500 of one partition at a time, five such batches in flight, acks=all
   * - send: the same, record by record: how they are put together is the client's affair
   * - consume: all that the topic holds
   * - endure: records produced and consumed by one producer and one consumer, a tenth of them at a time
   */
  readonly task: 'produce' | 'send' | 'consume' | 'endure'
  /** `host:port` */
  readonly address: string
  readonly topic: string
  readonly partitions: number
  readonly recordBytes: number
  readonly records: number
}

/** How many records of one partition go into a batch. */
export const BATCH_RECORDS = 500
/** How many batches are under way at once. */
export const IN_FLIGHT = 5
