import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Config, newConfig } from '../../src/client/config/config.ts'
import { exportsOf, membersOf } from './declared-names.ts'
import sarama from './fixtures/sarama-names.json' with { type: 'json' }

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const page = readFileSync(pathOf('docs/client-names.md'), 'utf8')
const exported = exportsOf(pathOf('src/client/index.ts'))

/** What a row says: names in Go, and what they are called here. */
interface Row {
  readonly go: readonly string[]
  readonly ours: string
}

const rows: Row[] = [...page.matchAll(/^\| (`.*`) \|(.*)\|$/gm)].map(([, go = '', ours = '']) => ({
  go: quoted(go),
  ours: ours.trim(),
}))

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
}

function isThere(name: string, config: Config): boolean {
  if (name.startsWith('config.')) {
    const [, ...keys] = name.split('.')
    return (
      keys.reduce<unknown>((section, key) => (section as Record<string, unknown> | undefined)?.[key], config) !==
      undefined
    )
  }
  const [type = '', member] = name.split('.')
  const file = exported.get(type)
  return file !== undefined && (member === undefined || membersOf(file, type).has(member))
}

/** What stands in backticks and is no name of the client: values and types of the language. */
const LANGUAGE = new Set([
  'cause',
  'message',
  'Ctx',
  'code',
  'error',
  'errors',
  'retriable',
  'null',
  'string',
  'Uint8Array',
  'Map',
  'auth',
  '0',
  '1',
])

describe('the page of names', () => {
  test('has a row for every name that Sarama gives its users, and for none that it does not', () => {
    const inGo = rows.flatMap(({ go }) => go).filter((name) => !name.startsWith('cluster.'))
    expect(inGo.sort()).toEqual(Object.values(sarama).flat().sort())
  })

  test('has no empty row', () => {
    expect(rows.length).toBeGreaterThan(100)
    expect(rows.filter(({ ours }) => ours === '')).toEqual([])
  })

  test('says "the same" of names that there are', () => {
    const same = rows.filter(({ ours }) => ours === 'the same').flatMap(({ go }) => go)
    expect(same.filter((name) => !exported.has(name.split('.')[0] ?? '') || !isThere(name, newConfig()))).toEqual([])
  })

  test('names nothing that is not there', () => {
    const config = newConfig()
    const named = rows
      .flatMap(({ ours }) => quoted(ours))
      .filter((name) => !LANGUAGE.has(name) && !name.startsWith('{'))
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter((name) => !isThere(name, config))).toEqual([])
  })
})
