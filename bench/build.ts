import { existsSync, globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Memkafka from '../src/index.ts'

/** One build of memkafka that is measured: a checkout, and what of it is run. */
export interface Build {
  /** The folder of the checkout, absolute. */
  readonly folder: string
  /** `dist` is what users install, `src` are the sources as they are. */
  readonly from: 'dist' | 'src'
  /** URL of the module that exports KafkaCluster. */
  readonly entry: string
  /** Path of the command line program. */
  readonly cli: string
}

/**
 * Finds what to run of a checkout: `dist`, unless there is none or the sources are newer.
 * @param from which of them, where that is not to be guessed
 */
export function buildOf(folder: string, from?: Build['from']): Build {
  const root = resolve(folder)
  const built = join(root, 'dist/index.js')
  const chosen = from ?? (existsSync(built) && statSync(built).mtimeMs >= newestSource(root) ? 'dist' : 'src')
  const extension = chosen === 'dist' ? 'js' : 'ts'
  const entry = join(root, chosen, `index.${extension}`)
  if (!existsSync(entry)) throw new Error(`there is no ${entry}: npm run build makes dist/`)
  return {
    folder: root,
    from: chosen,
    entry: pathToFileURL(entry).href,
    cli: join(root, chosen, `cli/main.${extension}`),
  }
}

function newestSource(root: string): number {
  return Math.max(0, ...globSync('src/**/*.ts', { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs))
}

/** A broker of someone else's that listens already: it is measured over TCP, and in nothing else. */
export interface Peer {
  /** `host:port` */
  readonly address: string
}

/** Loads a build in this process. */
export function load(entry: string): Promise<typeof Memkafka> {
  return import(entry) as Promise<typeof Memkafka>
}
