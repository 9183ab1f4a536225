import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const pathOf = (file: string): string => fileURLToPath(new URL(`../../examples/client/${file}`, import.meta.url))

/** Starts an example as npm does. */
function start(program: string, ...args: string[]) {
  const child = spawn(process.execPath, ['--import', pathOf('from-source.ts'), pathOf(program), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, errors: text(child.stderr), lines: createInterface(child.stdout) }
}

test('the consumer reads what the producer beside it sends, until Ctrl-C', async () => {
  const { child, ended, errors, lines } = start('consumer.ts')
  const printed: string[] = []
  for await (const line of lines) {
    printed.push(line)
    if (line.startsWith(' message:')) child.kill('SIGINT')
  }
  expect(await errors).toBe('')
  expect(await ended).toBe(0)
  expect(printed.slice(0, 6)).toEqual([
    'start consume',
    'consumer init success',
    "[ '0606_test' ]",
    '[ 0, 1, 2 ]',
    '-1',
    'start consume really',
  ])
  expect(printed[6]).toBe('Consumed message offset 0')
  expect(printed[7]).toMatch(/^ message:this is a message 0606 \d\d:\d\d:\d\d$/)
  expect(printed[8]).toBe('0 ... ')
})

test('an option that is not known is told in a line, with those that are', async () => {
  const { ended, errors } = start('producer.ts', '--brokers', '3')
  expect(await errors).toMatch(/^Unknown option '--brokers'[^\n]*\n\nOptions:\n/)
  expect(await ended).toBe(2)
})
