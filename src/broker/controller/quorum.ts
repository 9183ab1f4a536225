/** The id by which the controller is known. It is a node of its own, beside the brokers, and the only one of its quorum. */
export const CONTROLLER_NODE_ID = 3000

/** How far a node is with the metadata log. */
export interface QuorumMember {
  readonly nodeId: number
  /** The directory that holds its copy of the log. */
  readonly directoryId: string
  readonly endOffset: number
}

/** Who keeps the metadata log, and the brokers that it reaches. */
export interface Quorum {
  readonly leader: QuorumMember
  readonly observers: readonly QuorumMember[]
}
