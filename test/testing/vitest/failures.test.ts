import { resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Run, runVitest } from './run-vitest.ts'

describe('at the end of a test', () => {
  let run: Run
  beforeAll(async () => {
    run = await runVitest('failing', `--reporter=${resolve(import.meta.dirname, 'projects/artifact-reporter.ts')}`)
    // A vitest of its own: on a busy machine it takes a while to begin.
  }, 120_000)

  /** What the errors of a test say; the empty string where it passed. */
  function saidOf(name: string): string {
    const outcome = run.tests.get(name)
    if (outcome === undefined) throw new Error(`there is no test '${name}':\n${run.printed}`)
    return outcome.status === 'passed' ? '' : outcome.said
  }

  test('clients that are still connected are told of, fail the test, or are nobody’s business', () => {
    expect(saidOf('a client is left, and told of')).toBe('')
    expect(run.printed).toMatch(/a client is left, and told of\n.*these clients were not closed/)
    expect(saidOf('a client is left, and fails the test')).toMatch(
      /these clients were not closed:\n- left-and-failing to broker 1, which last asked for ApiVersions v\d/,
    )
    expect(saidOf('a client is left, and not told of')).toBe('')
    expect(run.printed.match(/stderr.*left/g)).toHaveLength(1)
  })

  test('a client that the cluster cuts off, and that comes back again and again, is one that was left', () => {
    expect(saidOf('a client that comes back again and again fails the test')).toMatch(
      /- coming-back(, which was cut off, and connects again)? to broker 1/,
    )
  })

  test('what a handler threw fails the test, with the place where the handler was made', () => {
    expect(saidOf('a handler throws')).toMatch(
      /the handler kafka\.metadata.*, made at .*tests\.test\.ts:\d+:\d+, threw: Error: what a handler throws/,
    )
  })

  test('a handler that has never acted fails the test, where that is asked for and nothing else has', () => {
    expect(saidOf('one that never did fails the test')).toMatch(
      /no request was ever handled by:\n- kafka\.produce\({ topic: 'nowhere' }\), made at .*tests\.test\.ts:\d+:\d+/,
    )
    expect(saidOf('one that never did fails the test')).toMatch(/\n +at .*tests\.test\.ts:\d+:\d+/)
    expect(saidOf('nothing is said of it after another failure')).not.toMatch(/no request/)
  })

  test('requests that a handler or a gate holds are let go', () => {
    expect(saidOf('a handler that waits is let go without a word')).toBe('')
    expect(saidOf('requests held at a gate go on when the test ends')).toBe('')
  })

  test('the story of a failure stands in its message, and the whole timeline is an artifact', () => {
    const story = /what happened in the cluster:\n(.*\n)*.*shop → 1 .*Produce orders\/0/
    expect(saidOf('an assertion fails')).toMatch(/expected 1 to be 2/)
    expect(saidOf('an assertion fails')).toMatch(story)
    expect(saidOf('a client is left, and fails the test')).toMatch(
      /were not closed:\n(.*\n)*what happened in the cluster:/,
    )
    expect(saidOf('takes too long')).toMatch(/what happened in the cluster/)
    expect(run.printed).toMatch(/artifact of 'an assertion fails': memkafka:timeline, text\/plain, .*Produce/)
    expect(run.printed).not.toMatch(/artifact of 'a client is left, and not told of'/)
  })

  test('a wait that was in vain tells where the test waits, and the story is told once', () => {
    const said = saidOf('a wait is in vain')
    expect(said).toMatch(/waited 1 ms for 1 record in orders, in vain\.\n(.*\n)*Connected is: waited-for to broker 1/)
    expect(said.match(/happened/g)).toHaveLength(1)
    expect(said).toMatch(/ at .*tests\.test\.ts:\d+:\d+/)
  })

  test('a test that failed is not blamed for what it did not come to', () => {
    expect(saidOf('an assertion fails')).not.toMatch(/were not closed/)
  })

  test('a second try has a cluster of its own', () => {
    expect(saidOf('is retried')).toBe('')
  })

  test('a hook that fails is told the story, too', () => {
    expect(saidOf('fails before it begins')).toMatch(/the hook fails\n\nwhat happened in the cluster:\n.*topic before/)
    expect(saidOf('fails after its end')).toMatch(/"never"(.*\n)*what happened in the cluster:\n.*topic after/)
    expect(saidOf('is kept waiting')).toMatch(/Hook timed out in 100\s?ms(.*\n)*what happened in the cluster/)
  })

  test('each try is told its own story, once', () => {
    const stories = saidOf('is retried in vain').match(/what happened in the cluster:\n.*topic try-\d/g)
    expect(stories?.map((story) => story.slice(-1))).toEqual(['0', '1', '2'])
  })

  test('what a cluster is that cannot be started each test is told that asks for it, and nobody else', () => {
    expect(saidOf('fail the first test')).toMatch(/brokers: a whole number from 1 on is wanted, not 0/)
    expect(saidOf('fail the next test')).toMatch(/brokers: a whole number from 1 on is wanted, not 0/)
    expect([...run.files.values()].join('\n')).not.toMatch(/a whole number from 1 on/)
  })

  test('options are told what they can be', () => {
    expect(saidOf('name it')).toMatch(
      /clusterOptions: there is no 'broker', brokers is meant\?; there are brokers, .*leaks, unfired/,
    )
    expect(saidOf('are told what to say')).toMatch(/there is no 'scope', .*say { per: 'file' }/)
    expect(saidOf('are told which there are')).toMatch(/per: 'test', 'file' or 'worker' is wanted, not 'suite'/)
  })

  test('a shared cluster refuses concurrent tests', () => {
    expect(saidOf('refuses a concurrent test')).toMatch(/'refuses a concurrent test' runs concurrently .* shared/)
  })

  test('a cluster that is kept says that it is stopped', () => {
    expect(saidOf('it says that it is stopped')).toMatch(/the cluster is stopped/)
  })

  test('a wait ends with the test, not with its own limit', () => {
    expect(saidOf('takes too long')).toMatch(/timed out in 100\s?ms/)
    expect(saidOf('takes too long')).not.toMatch(/waited 2000 ms/)
  })
})
