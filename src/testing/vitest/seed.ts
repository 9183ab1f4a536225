import { crc32 } from 'node:zlib'
import type { ClusterOptions } from '../../broker/options.ts'
import { SEED_VARIABLE, wantedSeed } from '../exploring/seed-variable.ts'
import type { FixtureChoices } from './fixture-options.ts'

/** What of a suite in vitest is used here: the outermost is the file, which has a path. */
interface Suite {
  readonly name: string
  readonly filepath?: string | undefined
  readonly suite?: Suite | undefined
}

/** What of a test in vitest says which one it is. */
export interface Named {
  readonly name: string
  readonly suite?: Suite | undefined
  /** Its name is the path within the project. */
  readonly file?: { readonly name: string } | undefined
}

/** What the chance of a test's cluster follows from. */
export interface FixtureSeed {
  readonly seed: number
  /** How to have it again, in words. */
  readonly told: string
}

/**
 * The seed of a test's cluster: what `clusterOptions` say; if nothing, what MEMKAFKA_SEED says; if nothing, what follows from whose the cluster is.
 * @throws RangeError for a MEMKAFKA_SEED that is none
 */
export function seedOf(
  { seed: given }: ClusterOptions,
  { per }: Pick<FixtureChoices, 'per'>,
  task: Named,
): FixtureSeed {
  if (given !== undefined) return { seed: given, told: `seed ${given}, as clusterOptions say` }
  const seed = wantedSeed()?.seed ?? ownSeed(per, task)
  return { seed, told: `seed ${seed}: ${SEED_VARIABLE}=${seed} has it again` }
}

/** 32 bits. A test takes its seed along to another file, and one file's is its own. Which files a worker gets nobody knows before: all workers have the same. */
function ownSeed(per: FixtureChoices['per'], task: Named): number {
  if (per === 'worker') return 0
  return crc32(per === 'file' ? (task.file?.name ?? '') : fullNameOf(task))
}

/** With the names of the suites that it is in, as vitest has it: `orders > are announced`. */
function fullNameOf({ name, suite }: Named): string {
  const names = [name]
  for (let one = suite; one !== undefined && one.filepath === undefined; one = one.suite) names.unshift(one.name)
  return names.join(' > ')
}
