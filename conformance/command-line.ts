import { type ParseArgsConfig, parseArgs } from 'node:util'

/** For what the user has to change. */
const USAGE_EXIT_CODE = 2

/** What stands on the command line. What is wrong with it is told in a line, which ends this process. */
export function readCommandLine<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config)
  } catch (error) {
    // What Node.js says of a wrong option goes on with how a positional may begin with a dash.
    const [what] = messageOf(error).split(/\. To specify |\n/)
    const options = Object.keys(config.options ?? {}).map((name) => `--${name}`)
    return wrongUsage(options.length === 0 ? `${what}` : `${what}; there are ${options.join(', ')}`)
  }
}

/** Tells in a line what the user has to change, and ends this process. */
export function wrongUsage(what: string): never {
  console.error(what)
  process.exit(USAGE_EXIT_CODE)
}

/**
 * Tells what is missing or went wrong outside of this program, and ends this process with all that it started. The first line
 * says what; a broker or a compiler that failed may have more to say.
 */
export function giveUp(error: unknown): never {
  console.error(messageOf(error))
  process.exit(1)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
