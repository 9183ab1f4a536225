/** A coordinator whose log refuses what it writes: no batch of `__consumer_offsets` may be longer than a few bytes. */
import { ErrorCode, errorName } from '../../../src/protocol/errors.ts'
import { IncrementalAlterConfigs } from '../../../src/protocol/messages/incremental-alter-configs.ts'
import type { World } from '../world.ts'

const TOPIC_RESOURCE = 2
const SET = 0
const DELETE = 1

/** Does something while nothing can be written to `__consumer_offsets`, which is there already. */
export async function whileNothingCanBeWritten(world: World, doIt: () => Promise<void>): Promise<void> {
  await alter(world, SET, '70')
  try {
    await doIt()
  } finally {
    await alter(world, DELETE, null)
  }
}

async function alter(world: World, configOperation: number, value: string | null): Promise<void> {
  const configs = [{ name: 'max.message.bytes', configOperation, value }]
  const resources = [{ resourceType: TOPIC_RESOURCE, resourceName: '__consumer_offsets', configs }]
  const { responses } = await world.arrange(IncrementalAlterConfigs, { resources })
  const { errorCode, errorMessage } = responses[0] ?? { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR }
  if (errorCode !== ErrorCode.NONE) throw new Error(`${errorName(errorCode)}: ${errorMessage}`)
  await world.settled()
}
