import { once } from 'node:events'
import { createServer } from 'node:net'
import { HOST } from './properties.ts'
import { KafkaStartError } from './release.ts'

/** From 32768 on the system lends ports out to whoever connects: one found free there may be taken a second later. */
const LOWEST = 20_000
const HIGHEST = 32_767
const TRIES = 100

/**
 * As many ports as asked for, side by side.
 * @param first the one to begin with; undefined: any that are free
 * @throws KafkaStartError when one is in use
 */
export async function portsFrom(first: number | undefined, count: number): Promise<number[]> {
  if (first !== undefined) {
    const ports = range(first, count)
    const taken = await inUse(ports)
    if (taken !== undefined) throw new KafkaStartError(`the port ${taken} is in use`)
    return ports
  }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const ports = range(LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count)), count)
    if ((await inUse(ports)) === undefined) return ports
  }
  throw new KafkaStartError(`no ${count} free ports side by side were found from ${LOWEST} to ${HIGHEST}`)
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i)
}

async function inUse(ports: readonly number[]): Promise<number | undefined> {
  for (const port of ports) if (!(await isFree(port))) return port
  return undefined
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, HOST)
  try {
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
