import { inspect } from 'node:util'
import { type ClusterOptions, OPTION_NAMES } from '../../broker/options.ts'
import { unknownName } from '../../intercept/nearest.ts'

/** What becomes of clients that are still connected at the end: their names are told, fail the test, or are nobody's business. */
export type Leaks = 'warn' | 'fail' | 'off'

/** For what the fixture starts a cluster: each test that asks for it, each file, or each worker of vitest. */
export type Per = 'test' | 'file' | 'worker'

/** What the fixture `clusterOptions` holds: all that `KafkaCluster.start` takes, and what the fixture itself does. */
export interface FixtureOptions extends ClusterOptions {
  /**
   * Whose the cluster is. A `file` or a `worker` shares one among its tests: between two of them handlers, network and brokers
   * are as at the start again, while topics, groups and time go on. Such a cluster refuses concurrent tests. Default: `test`.
   */
  readonly per?: Per
  /** What becomes of clients that are still connected when the cluster stops. Default: `warn`. */
  readonly leaks?: Leaks
  /** Whether a test fails when a handler that it put to use has never acted: it shows less than it seems to. Default: `off`. */
  readonly unfired?: 'fail' | 'off'
  /**
   * The seed of all that is random in the cluster. Default: what the environment variable MEMKAFKA_SEED says; without it a hash of the test's full name,
   * of the file's path where the cluster is a file's, and 0 where it is a worker's.
   */
  readonly seed?: number
}

/** The fixture's own part, with its defaults. */
export interface FixtureChoices {
  readonly per: Per
  readonly leaks: Leaks
  readonly unfired: 'fail' | 'off'
}

const CHOICES = {
  per: ['test', 'file', 'worker'],
  leaks: ['warn', 'fail', 'off'],
  unfired: ['fail', 'off'],
} as const

/**
 * Parts what the fixture does from what the cluster is started with.
 * @throws RangeError for a wrong value and for a name that there is none of; what the cluster itself says of its options comes when it is started
 */
export function readFixtureOptions(options: FixtureOptions): { choices: FixtureChoices; cluster: ClusterOptions } {
  if (typeof options !== 'object' || options === null) {
    throw new RangeError(`clusterOptions: an object such as { brokers: 3 } is wanted, not ${inspect(options)}`)
  }
  if ('scope' in options) {
    throw new RangeError("clusterOptions: there is no 'scope', which is a word of vitest's own; say { per: 'file' }")
  }
  const names = [...OPTION_NAMES, ...Object.keys(CHOICES)]
  const unknown = Object.keys(options).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new RangeError(`clusterOptions: ${unknownName(unknown, names)}`)
  const { per = 'test', leaks = 'warn', unfired = 'off', ...cluster } = options
  const choices = { per, leaks, unfired }
  for (const [name, allowed] of Object.entries(CHOICES)) {
    const value = choices[name as keyof FixtureChoices]
    if ((allowed as readonly unknown[]).includes(value)) continue
    const wanted = allowed.map((one) => `'${one}'`)
    throw new RangeError(
      `clusterOptions: ${name}: ${wanted.slice(0, -1).join(', ')} or ${wanted.at(-1)} is wanted, not ${inspect(value)}`,
    )
  }
  return { choices, cluster }
}
