/** The one place that knows of vitest's artifacts, which are experimental: where they are not there, or are otherwise, nothing is recorded. */
import * as vitest from 'vitest'

/** What of a vitest is used here, if it is there. */
interface Recorder {
  readonly recordArtifact?: (task: unknown, artifact: TimelineArtifact) => Promise<unknown>
}

/** A cluster's whole timeline, as text, beside the test that failed. */
interface TimelineArtifact {
  readonly type: 'memkafka:timeline'
  readonly attachments: readonly [{ readonly contentType: 'text/plain'; readonly body: Uint8Array }]
}

/** Keeps a timeline with the result of a test, for reporters that show artifacts. Resolves in any case. */
export async function recordTimeline(
  task: unknown,
  timeline: string,
  { recordArtifact }: Recorder = vitest as unknown as Recorder,
): Promise<void> {
  if (typeof recordArtifact !== 'function') return
  const body = new TextEncoder().encode(timeline)
  try {
    await recordArtifact(task, { type: 'memkafka:timeline', attachments: [{ contentType: 'text/plain', body }] })
  } catch {
    // A runner without artifacts, or with others: the story in the error's message has to do.
  }
}
