import type { AnyApi } from '../../../src/protocol/message.ts'
import { Metadata } from '../../../src/protocol/messages/metadata.ts'
import { groupNamed } from '../cases/groups.ts'
import type { Served } from '../run-case.ts'
import type { Transcript } from '../transcript.ts'
import { World } from '../world.ts'
import type { Action, ActionName, Doers } from './actions.ts'
import { groupActions } from './groups.ts'
import type { Paced } from './pace.ts'
import { recordActions } from './records.ts'
import { SmallWorld } from './small-world.ts'
import { topicActions } from './topics.ts'

/** Not the version of any request: every request of the model tells its own. */
const NO_VERSION = -1

/** Plays a history on one side, from nothing. Each exchange is told with the action that it came from. */
export async function play(
  { side, keepPace }: Paced,
  history: readonly Action[],
  run: number,
  served: Served,
): Promise<Transcript> {
  const world = new World(side, NO_VERSION, { api: Metadata as unknown as AnyApi, run, served })
  const small = new SmallWorld(world)
  const { finish, ...groups } = groupActions(small)
  const doers: Doers<ActionName> = { ...topicActions(small), ...recordActions(small), ...groups }
  try {
    const { name, topicId } = await world.topic('t0', { partitions: 2 })
    small.learnTopicId(0, topicId)
    world.note('at first', name)
    // Their coordinators are there before anything is compared.
    for (const group of ['g0', 'g1']) await groupNamed(world, group)
    for (const action of history) {
      await keepPace()
      await done(doers, action)
    }
    await finish()
    // What is held is looked for after each action; how long the rest takes says how busy the machine is.
    return world.transcript.map(({ request, outcome }) => ({ request, outcome }))
  } finally {
    world.close()
  }
}

function done(doers: Doers<ActionName>, action: Action): Promise<void> {
  // An action is about what the doer of its name takes; that they belong together the types cannot follow.
  return (doers[action.do] as (about: unknown) => Promise<void>)(action.about)
}
