import { KafkaError } from '../../protocol/errors.ts'
import { ConfigError, type ConfigTable, configRow } from '../config/config-def.ts'

/** `AlterConfigOp.OpType`: what IncrementalAlterConfigs does to a config, by its code. */
export const OperationType = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

/** One change to one config. */
export interface ConfigOperation {
  readonly name: string
  /** The code of an `OperationType`. */
  readonly configOperation: number
  /** Null where the operation needs none. */
  readonly value: string | null
}

/** The name of an operation's code; undefined: there is none of that code. */
export function operationName(code: number): keyof typeof OperationType | undefined {
  const names = Object.keys(OperationType) as (keyof typeof OperationType)[]
  return names.find((name) => OperationType[name] === code)
}

/**
 * The value after an operation, and null when there is none. APPEND adds what the list does not have, SUBTRACT takes away
 * the first of each; a list that is not set begins as its default.
 *
 * @param current undefined: it is not set.
 * @param table what is known of the types of configs
 * @throws ConfigError when only lists could be changed so; KafkaError UNKNOWN_SERVER_ERROR for an unknown operation, on
 * which Kafka's controller fails
 */
export function applyOperation(
  { name, configOperation, value }: ConfigOperation,
  current: string | undefined,
  table: ConfigTable,
): string | null {
  switch (configOperation) {
    case OperationType.SET:
      return value
    case OperationType.DELETE:
      return null
    case OperationType.APPEND:
    case OperationType.SUBTRACT: {
      const row = configRow(table, name)
      if (row?.[0] !== 'LIST') {
        throw new ConfigError(`Can't ${operationName(configOperation)} to key ${name} because its type is not LIST.`)
      }
      const list = elements(current ?? row[1] ?? '')
      const asked = (value ?? '').split(',')
      return (configOperation === OperationType.APPEND ? appended(list, asked) : subtracted(list, asked)).join(',')
    }
    default:
      throw new KafkaError('UNKNOWN_SERVER_ERROR')
  }
}

function elements(text: string): string[] {
  return text.split(',').filter((element) => element !== '')
}

function appended(list: readonly string[], more: readonly string[]): string[] {
  const next = [...list]
  for (const element of more) if (!next.includes(element)) next.push(element)
  return next
}

function subtracted(list: readonly string[], fewer: readonly string[]): string[] {
  const next = [...list]
  for (const element of fewer) {
    const at = next.indexOf(element)
    if (at !== -1) next.splice(at, 1)
  }
  return next
}
