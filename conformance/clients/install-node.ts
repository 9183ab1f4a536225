import { existsSync } from 'node:fs'
import { copyFile, readFile } from 'node:fs/promises'
import { basename, delimiter, dirname, join } from 'node:path'
import { type Command, run } from '../children.ts'
import { once } from '../tools.ts'
import { cache, digest, files, had } from './install.ts'

const here = import.meta.dirname

/** The folder with the clients of Node.js, and with the programs, which find them there. */
async function nodeClients(): Promise<string> {
  const folder = join(cache, 'node')
  const wanted = ['package.json', 'package-lock.json'].map((name) => join(here, 'node', name))
  await once(folder, await digest(wanted), async () => {
    for (const file of wanted) await copyFile(file, join(folder, basename(file)))
    // Nothing is compiled here: few need it, and each of those may fail alone.
    await had('packages of npm', run({ file: 'npm', args: ['ci', '--ignore-scripts'], cwd: folder }))
  })
  for (const file of await files('node', '.js')) await copyFile(file, join(folder, basename(file)))
  return folder
}

export async function nodeProgram(name: string): Promise<Command> {
  return { file: process.execPath, args: [join(await nodeClients(), name)] }
}

/**
 * A program whose client is compiled: for a Node.js that has its headers here, or else for this one, if binaries or headers can be
 * fetched.
 * @param env what the building is told
 */
export async function compiledNodeProgram(
  name: string,
  client: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Command> {
  const folder = await nodeClients()
  const [node = process.execPath] = await nodesWithHeaders()
  const nodedir = existsSync(join(dirname(node), '../include/node')) ? join(dirname(node), '..') : undefined
  const PATH = [dirname(node), process.env.PATH].join(delimiter)
  // Two makefiles of node-rdkafka write the same file: one job at a time.
  const building = { PATH, JOBS: '1', ...(nodedir === undefined ? {} : { npm_config_nodedir: nodedir }), ...env }
  const what = `${await digest([join(here, 'node/package-lock.json')])} ${node}`
  await once(join(cache, 'node-compiled', client), what, async () => {
    const build = run(
      { file: 'npm', args: ['rebuild', client, '--foreground-scripts'], cwd: folder, env: building },
      1_800_000,
    )
    await had(`a build of ${client}`, build)
    const load = run({ file: node, args: ['-e', `require('${client}')`], cwd: folder })
    await had(`a build of ${client} that loads`, load)
  })
  return { file: node, args: [join(folder, name)] }
}

/** Every Node.js here that something can be compiled for without the network, this one first. */
async function nodesWithHeaders(): Promise<string[]> {
  const here = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)].map((folder) =>
    join(folder, 'node'),
  )
  const nodes: string[] = []
  for (const node of here) {
    const header = join(dirname(node), '../include/node/node_version.h')
    if (!existsSync(node) || !existsSync(header)) continue
    const version = await run({ file: node, args: ['-p', 'process.versions.node.split(".").join(" ")'] }).catch(
      () => '',
    )
    const text = await readFile(header, 'utf8')
    const told = ['MAJOR', 'MINOR', 'PATCH'].map((part) => new RegExp(`NODE_${part}_VERSION (\\d+)`).exec(text)?.[1])
    if (version.trim() === told.join(' ')) nodes.push(node)
  }
  return nodes
}
