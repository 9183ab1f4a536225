import type { Broker } from '../broker.ts'
import type { CallOptions } from '../channel.ts'
import { ErrIncompleteResponse } from '../errors/client-errors.ts'
import {
  ErrFencedLeaderEpoch,
  ErrLeaderNotAvailable,
  ErrNetworkException,
  ErrNotLeaderForPartition,
  ErrOffsetNotAvailable,
  ErrUnknownLeaderEpoch,
} from '../errors/kafka-errors.ts'
import { put } from '../maps.ts'
import type { Calls } from './calls.ts'

/** A partition that its leader is asked about, and what is asked. */
export interface Asked<Question> {
  readonly topic: string
  readonly partition: number
  readonly question: Question
  /** The leader's, as far as it is known; -1 where it is not. */
  readonly epoch: number
}

/** What a leader says of one partition. */
export interface Told<Answer> {
  readonly topic: string
  readonly partition: number
  readonly answer: Answer | Error
}

type Question<T> = Pick<Asked<T>, 'topic' | 'partition' | 'question'>

/**
 * Asks the leaders of partitions, one request for each, and asks again about those whose leader has moved, up to `admin.retry.max` times.
 * @returns by topic and partition the answer, or what went wrong in the end
 */
export async function askLeaders<Q, Answer>(
  calls: Calls,
  questions: readonly Question<Q>[],
  options: CallOptions,
  ask: (leader: Broker, asked: Asked<Q>[]) => Promise<Told<Answer>[]>,
): Promise<Map<string, Map<number, Answer | Error>>> {
  const results = new Map<string, Map<number, Answer | Error>>()
  for (const { topic, partition } of questions) {
    put(results, topic, partition, new ErrIncompleteResponse(`${topic}/${partition}`))
  }
  let open = questions
  const round = async (): Promise<void> => {
    for (const { topic, partition, answer } of await askEach(calls, open, options, ask)) {
      put(results, topic, partition, answer)
    }
    open = open.filter(({ topic, partition }) => hasMoved(results.get(topic)?.get(partition)))
    const [first] = open
    if (first !== undefined) throw new Moved(results.get(first.topic)?.get(first.partition) as Error)
  }
  const again = (): Promise<void> => {
    return calls.client.refreshMetadata([...new Set(open.map(({ topic }) => topic))], options)
  }
  try {
    await calls.retrying(options, (error) => error instanceof Moved, again, round)
  } catch (error) {
    if (!(error instanceof Moved)) throw error
  }
  return results
}

/** Some partitions have no answer yet; which ones, the results say. */
class Moved extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause })
  }
}

async function askEach<Q, Answer>(
  { client }: Calls,
  questions: readonly Question<Q>[],
  options: CallOptions,
  ask: (leader: Broker, asked: Asked<Q>[]) => Promise<Told<Answer>[]>,
): Promise<Told<Answer>[]> {
  const told: Told<Answer>[] = []
  const leaders = new Map<Broker, Asked<Q>[]>()
  const seek = async (question: Question<Q>): Promise<void> => {
    try {
      const { leader, epoch } = await client.leaderAndEpoch(question.topic, question.partition, options)
      leaders.set(leader, [...(leaders.get(leader) ?? []), { ...question, epoch }])
    } catch (error) {
      options.signal?.throwIfAborted()
      if (client.closed) throw error
      told.push({ ...question, answer: error as Error })
    }
  }
  await Promise.all(questions.map(seek))
  const answers = [...leaders].map(async ([leader, asked]) => {
    try {
      return await ask(leader, asked)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (client.closed) throw error
      return asked.map(({ topic, partition }) => ({ topic, partition, answer: error as Error }))
    }
  })
  return [...told, ...(await Promise.all(answers)).flat()]
}

function hasMoved(answer: unknown): boolean {
  return [
    ErrNotLeaderForPartition,
    ErrLeaderNotAvailable,
    ErrFencedLeaderEpoch,
    ErrUnknownLeaderEpoch,
    ErrOffsetNotAvailable,
    ErrNetworkException,
  ].some((error) => answer instanceof error)
}
