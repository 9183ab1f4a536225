import { describe, expect, test } from 'vitest'
import {
  brokerConfigTable,
  brokerQuotaTable,
  clientMetricsConfigTable,
  groupConfigTable,
  topicConfigTable,
} from '../../../src/broker/config/config-table.ts'
import { configTablesOf } from '../../../src/broker/config/config-tables.ts'
import { ownConfigTable } from '../../../src/broker/config/differences.ts'
import { configDocumentation } from '../../../src/broker/config/documentation.ts'
import { releaseOf } from '../../../src/protocol/release.ts'

const before4 = configTablesOf(releaseOf('3.9'))

describe('the documentation of configs', () => {
  test.each([
    ['topic', 2, [topicConfigTable, before4.topic]],
    ['broker', 4, [brokerConfigTable, before4.broker, brokerQuotaTable, ownConfigTable]],
    ['subscription to metrics', 16, [clientMetricsConfigTable]],
    ['group', 32, [groupConfigTable]],
  ])('has a sentence for each of a %s', (_, type, tables) => {
    for (const name of tables.flatMap((table) => Object.keys(table))) {
      expect(configDocumentation(type, name), name).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('has none for what nobody knows', () => {
    for (const type of [2, 4, 16, 32, 99]) {
      expect(configDocumentation(type, 'no.such')).toBeNull()
      expect(configDocumentation(type, 'constructor')).toBeNull()
    }
  })
})
