/** What a script may say of a question, and what it gets. */
import type { VersionRange } from '../../src/protocol/message.ts'
import type { Client, Sending } from './clients.ts'

export interface AskOptions {
  /** What the transcript calls it, where a script asks the same more than once. */
  readonly as?: string
  /** The client that asks. Default: one to broker 1, the same for the whole script. */
  readonly from?: Client
}

/** An answer that may be under way. */
export interface Pending<Response> {
  /** The answer, once it is there. Virtual time runs on only for what is waited for: from when this is read. */
  readonly answer: Promise<Response | undefined>
  readonly sending: Sending
}

/** A question that is compared. */
export interface ComparedOptions<Response> extends AskOptions {
  /** Default: the case's of its API, the highest that both sides serve of another. */
  readonly version?: number
  /** Makes of the answer what is compared: for what lists the doings of others as well. */
  readonly telling?: (answer: Response) => Response
}

/** The same question in several versions. */
export interface EachOptions<Response> extends Omit<ComparedOptions<Response>, 'version'> {
  readonly as: string
  /** Default: all. */
  readonly versions?: VersionRange
}
