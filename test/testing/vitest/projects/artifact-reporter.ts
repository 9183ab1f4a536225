import type { Reporter, TestCase } from 'vitest/node'

/** Prints what artifacts tests have left, on a line each. */
export default class ArtifactReporter implements Reporter {
  onTestCaseResult(test: TestCase): void {
    for (const { type, attachments = [] } of test.artifacts()) {
      for (const { contentType, body } of attachments) {
        const text = typeof body === 'string' ? Buffer.from(body, 'base64').toString() : String(body)
        console.log(`artifact of '${test.name}': ${type}, ${contentType}, ${JSON.stringify(text)}`)
      }
    }
  }
}
