import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'

/** What came of a run of tests, as {@link default} leaves it in the file that `MEMKAFKA_REPORT` names. */
export interface Report {
  readonly passed: number
  /** Each with the first line of why. */
  readonly failed: readonly string[]
  readonly skipped: readonly Skipped[]
}

/** A test that was skipped, and why. */
export interface Skipped {
  readonly file: string
  readonly name: string
  readonly reason: string
}

/** Tells of each test what vitest's own reporter of JSON leaves out: why it was skipped. */
export default class SkipReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const failed = unhandled.map(({ message }) => `outside of a test: ${firstLine(message)}`)
    const skipped: Skipped[] = []
    let passed = 0
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId)
      failed.push(...module.errors().map(({ message }) => `${file}: ${firstLine(message)}`))
      for (const test of module.children.allTests()) {
        const result = test.result()
        if (result.state === 'passed') passed++
        else if (result.state === 'skipped')
          skipped.push({ file, name: test.fullName, reason: result.note ?? 'skipped' })
        else failed.push(`${file}: ${test.fullName}: ${why(test)}`)
      }
    }
    const report: Report = { passed, failed, skipped }
    writeFileSync(process.env.MEMKAFKA_REPORT ?? '', JSON.stringify(report))
  }
}

function why(test: TestCase): string {
  return firstLine(test.result().errors?.[0]?.message ?? 'it did not come to its end')
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}
