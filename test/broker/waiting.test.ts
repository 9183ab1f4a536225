import { describe, expect, test } from 'vitest'
import { Signal } from '../../src/broker/signal.ts'
import { WaitQueue } from '../../src/broker/wait-queue.ts'
import { chainReply, mapReply, type Reply, recoverReply, Waiting } from '../../src/broker/waiting.ts'
import { ManualClock } from './manual-clock.ts'

/** Starts a reply and keeps what becomes of it. */
function watch<T>(queue: WaitQueue, reply: Reply<T>) {
  const seen: { answers: T[]; errors: unknown[]; cancel: () => void } = { answers: [], errors: [], cancel: () => {} }
  seen.cancel = queue.await(reply, {
    done: (answer) => seen.answers.push(answer),
    failed: (error) => seen.errors.push(error),
  })
  return seen
}

describe('a wait', () => {
  test('ends at once when what it waits for is there already', () => {
    const queue = new WaitQueue(new ManualClock())
    const seen = watch(queue, Waiting.until({ on: [], ask: () => 'there' }))
    expect(seen.answers).toEqual(['there'])
  })

  test('is let go of by its signal once its queue is stopped: nobody will ever ask it', () => {
    let waiters = 0
    class Counted extends Signal {
      override add(waiter: Parameters<Signal['add']>[0]): void {
        waiters++
        super.add(waiter)
      }
      override remove(waiter: Parameters<Signal['add']>[0]): void {
        waiters--
        super.remove(waiter)
      }
    }
    const signal = new Counted()
    const cluster = new WaitQueue(new ManualClock())
    const broker = cluster.fork()
    watch(broker, Waiting.until({ on: [signal], ask: () => undefined }))
    broker.stop()
    cluster.turn(() => signal.mark())
    expect(waiters).toBe(0)
  })

  test('is asked again only when a change is over, in the order of the marks', () => {
    const queue = new WaitQueue(new ManualClock())
    const signal = new Signal()
    let value = 0
    const order: string[] = []
    const wait = (name: string) =>
      Waiting.until({
        on: [signal],
        ask: () => {
          order.push(`${name} sees ${value}`)
          return value === 2 ? name : undefined
        },
      })
    const first = watch(queue, wait('first'))
    const second = watch(queue, wait('second'))
    order.length = 0
    queue.turn(() => {
      value = 1
      signal.mark()
      value = 2
      signal.mark()
      expect(order).toEqual([])
    })
    expect(order).toEqual(['first sees 2', 'second sees 2'])
    expect(first.answers).toEqual(['first'])
    expect(second.answers).toEqual(['second'])
  })

  test('that ends may change what others wait for, within the same turn', () => {
    const queue = new WaitQueue(new ManualClock())
    const one = new Signal()
    const two = new Signal()
    let open = false
    const chained = watch(queue, Waiting.until({ on: [two], ask: () => (open ? 'late' : undefined) }))
    watch(
      queue,
      Waiting.until({ on: [one], ask: () => (open ? 'early' : undefined) }).map((answer) => {
        two.mark()
        return answer
      }),
    )
    queue.turn(() => {
      open = true
      one.mark()
    })
    expect(chained.answers).toEqual(['late'])
  })

  test('ends at its deadline with the answer for that', () => {
    const clock = new ManualClock()
    const queue = new WaitQueue(clock)
    const seen = watch(
      queue,
      Waiting.until({ on: [], ask: () => undefined, deadline: { afterMs: 500, answer: () => 'too late' } }),
    )
    clock.advance(499)
    expect(seen.answers).toEqual([])
    clock.advance(1)
    expect(seen.answers).toEqual(['too late'])
    expect(clock.pending).toBe(0)
  })

  test('that is answered leaves no timer behind', () => {
    const clock = new ManualClock()
    const queue = new WaitQueue(clock)
    const signal = new Signal()
    let open = false
    watch(
      queue,
      Waiting.until({ on: [signal], ask: () => (open ? 1 : undefined), deadline: { afterMs: 500, answer: () => 0 } }),
    )
    expect(clock.pending).toBe(1)
    queue.turn(() => {
      open = true
      signal.mark()
    })
    expect(clock.pending).toBe(0)
  })

  test('is given up after a time of its own, whatever it waits for', () => {
    const clock = new ManualClock()
    const queue = new WaitQueue(clock)
    const signal = new Signal()
    let value: string | undefined
    const within = (ms: number) => Waiting.until({ on: [signal], ask: () => value }).within(ms, () => 'too late')
    const patient = watch(queue, within(100))
    const brief = watch(queue, within(50))
    const refused = watch(
      queue,
      Waiting.until<string>({ on: [], ask: () => undefined }).within(50, () => {
        throw new Error('too late')
      }),
    )
    const givenUp = watch(queue, within(50))
    givenUp.cancel()
    clock.advance(50)
    value = 'in time'
    queue.turn(() => signal.mark())
    expect(patient.answers).toEqual(['in time'])
    expect(brief.answers).toEqual(['too late'])
    expect(refused.errors).toEqual([new Error('too late')])
    expect(givenUp.answers).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('that is given up hears nothing any more', () => {
    const clock = new ManualClock()
    const queue = new WaitQueue(clock)
    const signal = new Signal()
    let open = false
    const seen = watch(
      queue,
      Waiting.until({ on: [signal], ask: () => (open ? 1 : undefined), deadline: { afterMs: 5, answer: () => 0 } }),
    )
    seen.cancel()
    queue.turn(() => {
      open = true
      signal.mark()
    })
    expect(seen.answers).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('fails with what asking throws, and can be recovered', () => {
    const queue = new WaitQueue(new ManualClock())
    const failing = (): Waiting<string> =>
      Waiting.until<string>({
        on: [],
        ask: () => {
          throw new Error('broken')
        },
      })
    expect(watch(queue, failing()).errors).toEqual([new Error('broken')])
    expect(
      watch(
        queue,
        failing().recover((error) => (error as Error).message),
      ).answers,
    ).toEqual(['broken'])
  })
})

describe('whoever hears the end of a wait', () => {
  test('does not keep it from the others by throwing', () => {
    const queue = new WaitQueue(new ManualClock())
    const signal = new Signal()
    let there = false
    const wait = () => Waiting.until({ on: [signal], ask: () => (there ? 'there' : undefined) })
    const bug = new Error('a bug')
    queue.await(wait(), {
      done: () => {
        throw bug
      },
      failed: () => {},
    })
    const seen = watch(queue, wait())
    const change = (): void =>
      queue.turn(() => {
        there = true
        signal.mark()
      })
    expect(change).toThrow(bug)
    expect(seen.answers).toEqual(['there'])
  })
})

describe('replies', () => {
  test('that are there are mapped and chained at once', () => {
    expect(mapReply(2, (n) => n + 1)).toBe(3)
    expect(chainReply(2, (n) => n * 2)).toBe(4)
  })

  test('that fail are recovered, whether at once or after a wait', () => {
    const queue = new WaitQueue(new ManualClock())
    const signal = new Signal()
    let broken = false
    const fail = (): never => {
      throw new Error('broken')
    }
    const later = Waiting.until<string>({ on: [signal], ask: () => (broken ? fail() : undefined) })
    const explain = (error: unknown): string => `it is ${(error as Error).message}`
    expect(recoverReply(() => 'whole', explain)).toBe('whole')
    expect(recoverReply(fail, explain)).toBe('it is broken')
    const seen = watch(
      queue,
      recoverReply(() => later, explain),
    )
    queue.turn(() => {
      broken = true
      signal.mark()
    })
    expect(seen).toMatchObject({ answers: ['it is broken'], errors: [] })
  })

  test('together are answered in their own order, whichever comes first', () => {
    const queue = new WaitQueue(new ManualClock())
    const signals = [new Signal(), new Signal()] as const
    const values: (string | undefined)[] = [undefined, undefined]
    const wait = (i: 0 | 1) => Waiting.until({ on: [signals[i]], ask: () => values[i] })
    const seen = watch(
      queue,
      Waiting.all([wait(0), 'there', wait(1)], (answers) => answers.join(' ')),
    )
    for (const i of [1, 0] as const) {
      queue.turn(() => {
        values[i] = `answer ${i}`
        signals[i].mark()
      })
    }
    expect(seen.answers).toEqual(['answer 0 there answer 1'])
  })

  test('together fail once, with the first failure, and then wait for nothing any more', () => {
    const queue = new WaitQueue(new ManualClock())
    const signal = new Signal()
    let broken = false
    let asked = 0
    const wait = (name: string) =>
      Waiting.until<string>({
        on: [signal],
        ask: () => {
          asked++
          if (broken) throw new Error(name)
          return undefined
        },
      })
    const seen = watch(
      queue,
      Waiting.all([wait('one'), wait('other')], (names) => names),
    )
    asked = 0
    queue.turn(() => {
      broken = true
      signal.mark()
    })
    queue.turn(() => signal.mark())
    expect(seen.errors).toEqual([new Error('one')])
    expect(asked).toBe(1)
  })

  test('together and all there need no wait', () => {
    expect(Waiting.all([1, 2], (answers) => answers)).toEqual([1, 2])
  })

  test('chained wait for one after the other', () => {
    const queue = new WaitQueue(new ManualClock())
    const signal = new Signal()
    let step = 0
    const seen = watch(
      queue,
      Waiting.until({ on: [signal], ask: () => (step >= 1 ? 'one' : undefined) }).chain((first) =>
        Waiting.until({ on: [signal], ask: () => (step >= 2 ? `${first}, two` : undefined) }),
      ),
    )
    for (const next of [1, 2]) {
      expect(seen.answers).toEqual([])
      queue.turn(() => {
        step = next
        signal.mark()
      })
    }
    expect(seen.answers).toEqual(['one, two'])
  })
})

describe('a queue that is stopped', () => {
  test('holds no timer and asks nobody', () => {
    const clock = new ManualClock()
    const queue = new WaitQueue(clock)
    const signal = new Signal()
    let open = false
    const seen = watch(
      queue,
      Waiting.until({ on: [signal], ask: () => (open ? 1 : undefined), deadline: { afterMs: 5, answer: () => 0 } }),
    )
    queue.after(10, () => {})
    queue.stop()
    expect(clock.pending).toBe(0)
    open = true
    signal.mark()
    queue.after(10, () => {})
    expect(clock.pending).toBe(0)
    expect(seen.answers).toEqual([])
  })
})
