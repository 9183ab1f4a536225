/** What may be done to a cluster that is not ours alone. */
export class Permission {
  /** What all names of this run begin with. */
  readonly prefix: string
  private readonly mayWrite: boolean
  private readonly where: string
  /** Topics of other names that this run has made. */
  private readonly made = new Set<string>()

  /** @param where the cluster is */
  constructor(prefix: string, mayWrite: boolean, where: string) {
    this.prefix = prefix
    this.mayWrite = mayWrite
    this.where = where
  }

  /** Whether anything may be written at all. */
  get isGiven(): boolean {
    return this.mayWrite
  }

  /** Takes down that this run has made a topic. */
  hasMade(topic: string): void {
    this.made.add(topic)
  }

  /** Topics of other names that this run has made. */
  get others(): readonly string[] {
    return [...this.made].filter((topic) => !this.isNamedHere(topic))
  }

  /** Whether a name is one of this run's own. */
  isNamedHere(name: string): boolean {
    return name.startsWith(this.prefix)
  }

  /** @throws Error where nothing may be written */
  checkWrites(what: string): void {
    if (this.mayWrite) return
    throw new Error(
      `${what} writes, and nothing is written to the cluster at ${this.where} unless it is allowed: set MEMKAFKA_ALLOW_WRITES=1, or give connectCluster { allowWrites: true }`,
    )
  }

  /** @throws Error for what was there before this run, or is somebody else's */
  checkOwn(what: string, name: string): void {
    this.checkWrites(what)
    if (this.isNamedHere(name) || this.made.has(name)) return
    throw new Error(
      `${what}: ${name} is not this run's own, so nothing of it is deleted, overwritten or disturbed. Take the name from cluster.name('${name}'), which is ${this.prefix}${name} here`,
    )
  }
}
