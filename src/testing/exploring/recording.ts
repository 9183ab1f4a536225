import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { FaultsFoundError, type Recording } from './found.ts'

/** The file in the folder of `recordTo`, which has the smallest failure. */
const FILE = 'memkafka-recording.json'

/** @internal Keeps the last failure, which is the smallest, in a folder. @throws Node.js's system error when it cannot be written to */
export function recordTo(folder: string): (recording: Recording) => void {
  if (typeof folder !== 'string' || folder === '') {
    throw new TypeError(`recordTo: a folder is wanted, not ${inspect(folder, { depth: 0 })}`)
  }
  return (recording) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, FILE), `${JSON.stringify(recording, null, 1)}\n`)
  }
}

/**
 * The recording of a failure: of what `fc.assert` threw, which says in its `cause` what was found, or of a FaultsFoundError.
 * @throws TypeError for an error that exploring has not found
 */
export function record(error: unknown): Recording {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth++) {
    if (one instanceof FaultsFoundError) return one.recording
  }
  throw new TypeError(
    'record: this error is of no exploration: a FaultsFoundError is wanted, or what fc.assert threw with it',
    {
      cause: error,
    },
  )
}

/** @internal A recording, from the file of `recordTo` where it is a path. @throws TypeError for what is none; Node.js's system error */
export function readRecording(from: string | Recording): Recording {
  const recording: unknown = typeof from === 'string' ? parsed(from) : from
  const { memkafka, version, schedule, failure, timeline } = (recording ?? {}) as Partial<Recording>
  if (memkafka === 'recording' && version !== 1) {
    throw new TypeError(`replay: this recording is of version ${inspect(version)}, and this release reads version 1`)
  }
  const isWhole = typeof schedule === 'object' && schedule !== null && typeof failure === 'string'
  if (memkafka !== 'recording' || !isWhole || !Array.isArray(timeline)) {
    throw new TypeError(`replay: a recording is wanted, or the path of one, not ${inspect(from, { depth: 0 })}`)
  }
  return recording as Recording
}

function parsed(path: string): unknown {
  const text = readFileSync(path, 'utf8')
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new TypeError(`replay: ${path} is no JSON, and no recording`, { cause })
  }
}
