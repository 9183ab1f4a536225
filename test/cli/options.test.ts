import { describe, expect, test } from 'vitest'
import { type CliOptions, parseCommandLine, UsageError } from '../../src/cli/options.ts'

function run(...args: string[]): CliOptions {
  const command = parseCommandLine(args)
  if (typeof command === 'string') throw new Error(`a run was wanted, not ${command}`)
  return command.run
}

describe('the command line', () => {
  test('without words means one broker on localhost:9092', () => {
    expect(run()).toMatchObject({ host: 'localhost', port: 9092, brokers: 1, topics: [], config: {}, json: false })
  })

  test('names topics with their partitions and replicas', () => {
    expect(run('--topic', 'a', '--topic=b:3', '--topic', 'c:6:2').topics).toEqual([
      { name: 'a', partitions: undefined, replicationFactor: undefined },
      { name: 'b', partitions: 3, replicationFactor: undefined },
      { name: 'c', partitions: 6, replicationFactor: 2 },
    ])
  })

  test('takes configs whose values hold an equals sign', () => {
    expect(run('--config', 'a.b=c=d', '--config', 'empty=').config).toEqual({ 'a.b': 'c=d', empty: '' })
  })

  test('knows help and version', () => {
    expect(parseCommandLine(['-h'])).toBe('help')
    expect(parseCommandLine(['--version'])).toBe('version')
  })

  test.each([
    [['--brokrs', '3'], /Unknown option '--brokrs'/],
    [['--brokers', '0'], /--brokers wants a whole number from 1 to 1000, not '0'/],
    [['--port', '70000'], /--port wants a whole number from 0 to 65535/],
    [['--port', '65535', '--brokers', '2'], /leaves no ports for 2 brokers/],
    [['--topic', 'a:b'], /PARTITIONS wants a whole number/],
    [['--topic', 'a:1:1:1'], /--topic wants NAME/],
    [['--config', 'novalue'], /--config wants KEY=VALUE, not 'novalue'/],
    [['--seed', '-1'], /--seed wants a value \(one that begins with a dash is written --seed=VALUE\)/],
    [['--seed=-1'], /--seed wants a whole number from 0/],
    [['--host'], /--host wants a value/],
    [['--topic', 'a:1', '--topic', 'a:3'], /--topic a is there twice/],
    [['--config', 'a=1', '--config', 'a=2'], /--config a is there twice/],
    [['stray'], /Unexpected argument 'stray'/],
  ])('refuses %j in one clear line', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError)
    expect(() => parseCommandLine(args)).toThrow(message)
    try {
      parseCommandLine(args)
    } catch (error) {
      expect((error as Error).message).not.toContain('\n')
    }
  })
})
