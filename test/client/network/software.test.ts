import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { software } from '../../../src/client/network/software.ts'

test('brokers are told the name and version of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(software).toEqual({ name: manifest.name, version: manifest.version })
})
