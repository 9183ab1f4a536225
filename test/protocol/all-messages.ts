import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { apis } from '../../src/protocol/apis.ts'
import type { Message } from '../../src/protocol/message.ts'

const folder = join(import.meta.dirname, '../../src/protocol/messages')

function isMessage(value: unknown): value is Message<object> {
  return typeof value === 'object' && value !== null && 'decodePart' in value
}

async function load(): Promise<Map<string, Message<object>>> {
  const messages: Message<object>[] = [...apis.values()].flatMap(({ request, response }) => [request, response])
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const exports: object = await import(join(folder, file))
    messages.push(...Object.values(exports).filter(isMessage))
  }
  return new Map(messages.map((message) => [message.name, message]))
}

/** Every message of the protocol and of the logs, by name. */
export const allMessages: ReadonlyMap<string, Message<object>> = await load()

/** Every message in every version. */
export const allVersions: readonly (readonly [message: Message<object>, version: number])[] = [
  ...allMessages.values(),
].flatMap((message) => {
  const { min, max } = message.versions
  return Array.from({ length: max - min + 1 }, (_, index) => [message, min + index] as const)
})
