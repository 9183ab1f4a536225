/** Something that a client does with a broker, told to it in a line of JSON; the programs' own code says what its figures are. */
export interface Task {
  readonly task: 'first' | 'produce' | 'consume' | 'delete' | 'latency' | 'assign' | 'late' | 'topics' | 'transactions'
  /** `host:port` */
  readonly address: string
  /** New in each task that makes it: no broker remembers anything of it. */
  readonly topic: string
  readonly recordBytes?: number
  readonly records?: number
  readonly assignor?: string
  readonly members?: number
  readonly topics?: number
}

/** What a client says of a task, in a line of JSON. */
export interface TaskAnswer {
  readonly values?: readonly number[]
  readonly failure?: string
}
