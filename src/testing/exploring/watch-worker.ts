/** Where things are in the memory that a watch shares with its worker: 32-bit words, and after them the run's schedule as JSON. */
export const MEMORY = {
  /** Counted up whenever the thread is let go of. */
  beats: 0,
  /** Of the run that goes on; 0 between two. */
  run: 1,
  /** How many bytes of text there are; 0 where there was no room for it. */
  length: 2,
  /** 1 when nothing is watched any more. */
  over: 3,
  /** Where the text begins, bytes. */
  text: 16,
} as const

/** What a worker is told at its start. */
export interface WatchData {
  readonly memory: SharedArrayBuffer
  readonly heldMs: number
  /** Whether the thread that is watched is the process's first: of another one nobody can ask where it is. */
  readonly isMainThread: boolean
  readonly at: typeof MEMORY
}

/**
 * What the worker does, as text: it has no file of its own, whatever bundles, transforms or tests this package.
 *
 * It looks so many times within the time that a run may hold the thread, and it counts its own looks: while the whole process is stopped, or the machine
 * asleep, nobody holds anything. It writes by itself: the thread that it watches would have to let go to write for it.
 *
 * Where the loop is it asks the thread's inspector, which answers in the midst of a loop, too. No port is opened for that.
 */
export const WATCH_WORKER: string = String.raw`
'use strict'
const { workerData: { memory, heldMs, isMainThread, at } } = require('node:worker_threads')
const { writeSync } = require('node:fs')

const LOOKS = 30
/** How long the stack of asynchronous calls is gathered, and the inspector waited for, ms. */
const GATHER_MS = 50
const PATIENCE_MS = 2000
const FRAMES = 10

const words = new Int32Array(memory, 0, at.text / 4)
const isOver = () => Atomics.load(words, at.over) === 1
const pause = (ms) => Atomics.wait(words, at.over, 0, ms)

async function watch() {
  let run = 0
  let beats = 0
  let looks = 0
  let told = 0
  for (;;) {
    pause(heldMs / LOOKS)
    if (isOver()) return
    const seen = { run: Atomics.load(words, at.run), beats: Atomics.load(words, at.beats) }
    if (seen.run === 0 || seen.run !== run || seen.beats !== beats) {
      run = seen.run
      beats = seen.beats
      looks = 0
      continue
    }
    looks++
    if (looks < LOOKS || told === run) continue
    const schedule = text()
    const where = await stack()
    // It has let go in the last moment.
    if (Atomics.load(words, at.run) !== run || Atomics.load(words, at.beats) !== beats) continue
    told = run
    write(message(schedule, where))
  }
}

function text() {
  return Buffer.from(new Uint8Array(memory, at.text, Atomics.load(words, at.length))).toString()
}

/** Where the thread is: a line for each call. Nothing where that cannot be known. */
function stack() {
  if (!isMainThread) return []
  return new Promise((resolve) => {
    let session
    let again
    const done = (lines) => {
      clearTimeout(late)
      clearTimeout(again)
      session?.disconnect()
      resolve(lines)
    }
    const late = setTimeout(done, PATIENCE_MS, [])
    try {
      const { Session } = require('node:inspector')
      session = new Session()
      session.connectToMainThread()
      const scripts = new Map()
      session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url))
      const ask = () => {
        clearTimeout(again)
        again = setTimeout(ask, GATHER_MS)
        session.post('Debugger.pause')
      }
      session.on('Debugger.paused', ({ params }) => {
        const found = lines(params, scripts)
        // In the midst of Node.js's own, between two promises: on to the code that they are of, or to another moment.
        if (found.length === 0) session.post('Debugger.stepInto')
        else session.post('Debugger.resume', () => done(found))
      })
      session.post('Debugger.enable')
      session.post('Debugger.setAsyncCallStackDepth', { maxDepth: FRAMES })
      again = setTimeout(ask, GATHER_MS)
    } catch {
      done([])
    }
  })
}

function lines({ callFrames, asyncStackTrace }, scripts) {
  const frames = callFrames.map(({ functionName, location }) => ({ functionName, url: scripts.get(location.scriptId) ?? '', ...location }))
  for (let one = asyncStackTrace; one !== undefined; one = one.parent) frames.push(...one.callFrames)
  return frames
    .filter(({ url }) => url !== '' && !url.startsWith('node:'))
    .slice(0, FRAMES)
    .map(({ functionName, url, lineNumber, columnNumber }) => {
      const place = url + ':' + (lineNumber + 1) + ':' + (columnNumber + 1)
      return functionName === '' ? place : functionName + ' (' + place + ')'
    })
}

function message(schedule, where) {
  const said = [
    '',
    'memkafka: a run has held the thread for ' + heldMs / 1000 + ' s: it loops, or waits without letting go. No limit can end it, and nothing else goes on in this thread.',
  ]
  if (where.length > 0) said.push('', 'Just now it is here:', ...where.map((line) => '  at ' + line))
  if (schedule !== '') said.push('', 'The same again:', '  await underFaults({ run, laws }, ' + schedule + ')')
  said.push(
    '',
    'A debugger shows more: "node inspect -p ' + process.pid + '" and then "pause", or the run again with node --inspect.',
    '',
    '',
  )
  return said.join('\n')
}

function write(text) {
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(2, rest))
    } catch (error) {
      // Whoever reads it has not come so far.
      if (error.code !== 'EAGAIN' || isOver()) return
      pause(10)
    }
  }
}

void watch()
`
