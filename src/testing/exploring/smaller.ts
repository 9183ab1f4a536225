import type { FaultSchedule, FaultStep } from './schedule.ts'

/**
 * Schedules that are a little smaller than one, the smallest first: without steps, many at once and then each alone; in order; with the plain seed;
 * with steps that do less. Where none of them fails as it does, there is no step that could be left out.
 */
export function* smaller(schedule: FaultSchedule): Generator<FaultSchedule> {
  const { steps, order, seed, rest } = schedule
  for (let size = steps.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from + size <= steps.length; from += size) yield* without(schedule, from, size)
    // What a step of this size has not met.
    if (size > 1 && steps.length % size !== 0) yield* without(schedule, steps.length - size, size)
  }
  if (order !== 0) yield { ...schedule, order: 0 }
  if (seed !== 0) yield { ...schedule, seed: 0 }
  for (const [i, step] of steps.entries()) {
    for (const one of lesser(step)) yield { ...schedule, steps: steps.with(i, one) }
  }
  for (const less of lessThan(rest)) yield { ...schedule, rest: less }
}

/** Without some steps: the others when they were, and, other than that, right after each other. */
function* without(schedule: FaultSchedule, from: number, size: number): Generator<FaultSchedule> {
  const { steps } = schedule
  const before = steps.slice(0, from)
  const waited = steps.slice(from, from + size).reduce((sum, { after }) => sum + after, 0)
  const [next, ...others] = steps.slice(from + size)
  if (next === undefined) {
    if (waited > 0) yield { ...schedule, steps: before, rest: schedule.rest + waited }
    yield { ...schedule, steps: before }
    return
  }
  if (waited > 0) yield { ...schedule, steps: [...before, { ...next, after: next.after + waited }, ...others] }
  yield { ...schedule, steps: [...before, next, ...others] }
}

function* lesser(step: FaultStep): Generator<FaultStep> {
  for (const after of lessThan(step.after)) yield { ...step, after }
  switch (step.do) {
    case 'split':
      for (const broker of step.brokers) {
        if (step.brokers.length > 1) yield { ...step, brokers: step.brokers.filter((one) => one !== broker) }
      }
      if (step.clients !== undefined) {
        const { clients: _, ...rest } = step
        yield rest
      }
      return
    case 'link':
      for (const delay of lessThan(step.delay ?? 0)) if (delay > 0) yield { ...step, delay }
      return
    case 'evict':
      if (step.member > 0) yield { ...step, member: 0 }
      return
    case 'use': {
      const { handler } = step
      const { answer, times = 1, skip = 0 } = handler
      const late = 'delay' in answer ? answer.delay : 0
      for (const delay of lessThan(late)) if (delay > 0) yield { ...step, handler: { ...handler, answer: { delay } } }
      if (times > 1) yield { ...step, handler: { ...handler, times: 1 } }
      if (times > 2) yield { ...step, handler: { ...handler, times: times - 1 } }
      if (skip > 0) yield { ...step, handler: { ...handler, skip: 0 } }
      if (skip > 1) yield { ...step, handler: { ...handler, skip: skip - 1 } }
    }
  }
}

/** 0, and numbers that are rounder than it. */
function* lessThan(ms: number): Generator<number> {
  if (ms === 0) return
  yield 0
  for (let unit = 1000; unit >= 1; unit /= 10) {
    const round = Math.floor(ms / unit) * unit
    if (round > 0 && round < ms) yield round
  }
  if (ms > 1) yield Math.floor(ms / 2)
}
