import { expect, test } from 'vitest'
import { recordTimeline } from '../../../src/testing/vitest/artifact.ts'

test('a timeline is handed to vitest as text', async () => {
  const recorded: unknown[] = []
  await recordTimeline('the task', 'what happened', { recordArtifact: async (...given) => recorded.push(...given) })
  const body = new TextEncoder().encode('what happened')
  expect(recorded).toEqual([
    'the task',
    { type: 'memkafka:timeline', attachments: [{ contentType: 'text/plain', body }] },
  ])
})

test('where artifacts are not there, or are otherwise, a test ends as it did', async () => {
  await recordTimeline('the task', 'what happened', {})
  const refuse = async (): Promise<never> => {
    throw new Error("Test runner doesn't support test artifacts.")
  }
  await recordTimeline('the task', 'what happened', { recordArtifact: refuse })
})
