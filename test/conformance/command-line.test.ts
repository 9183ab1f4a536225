import { execFile } from 'node:child_process'
import { describe, expect, test } from 'vitest'

const commandLine = new URL('../../conformance/command-line.ts', import.meta.url).href

/** How a program that reads its command line ends, and the lines that it writes on its standard error. */
function ending(program: string, args: readonly string[]): Promise<{ code: unknown; lines: readonly string[] }> {
  const source = `
    import { giveUp, readCommandLine, wrongUsage } from ${JSON.stringify(commandLine)}
    setInterval(() => {}, 1000)
    ${program}`
  const node = ['--no-warnings', '--input-type=module-typescript', '-e', source, '--', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, node, (error, _, errors) =>
      resolve({ code: error?.code ?? 0, lines: errors.trimEnd().split('\n') }),
    )
  })
}

describe('a command that cannot do what it is told ends at once, and says why', () => {
  test.concurrent.each([
    ['--no-such', "Unknown option '--no-such'; there are --short, --only"],
    [
      'positional',
      "Unexpected argument 'positional'. This command does not take positional arguments; there are --short, --only",
    ],
    ['--only', "Option '--only <value>' argument missing; there are --short, --only"],
  ])('%s', async (argument, line) => {
    const program = `readCommandLine({ options: { short: { type: 'boolean' }, only: { type: 'string' } } })`
    expect(await ending(program, [argument])).toEqual({ code: 2, lines: [line] })
  })

  test.concurrent('what the user has to change', async () => {
    expect(await ending(`wrongUsage('there is no part x')`, [])).toEqual({ code: 2, lines: ['there is no part x'] })
  })

  test.concurrent('what is not there, with what there is to say of it', async () => {
    const found = await ending(`await Promise.reject(new Error('no broker\\nat all')).catch(giveUp)`, [])
    expect(found).toEqual({ code: 1, lines: ['no broker', 'at all'] })
  })
})
