/** What happens in a cluster, by name. */
export interface ClusterEvents {
  'connection:open': { nodeId: number; connectionId: string; remote: string }
  'connection:close': { nodeId: number; connectionId: string; remote: string; reason?: string }
  'request:end': {
    nodeId: number
    connectionId: string
    api: string
    version: number
    clientId: string | null
    /** From the frame's arrival to its answer, ms. */
    durationMs: number
  }
  'topic:create': { name: string; topicId: string; partitions: number }
  'topic:delete': { name: string; topicId: string }
  'group:state': { groupId: string; state: string; generationId: number; members: number }
}

type Listener<E> = (event: E) => void

/** Hears what happens in a cluster. When nobody listens to a type, its events are not even made. */
export class Events {
  private readonly listeners = new Map<keyof ClusterEvents, Set<Listener<never>>>()

  /** Has `listener` called for each event of that type; the function returned ends it. */
  on<T extends keyof ClusterEvents>(type: T, listener: (event: ClusterEvents[T]) => void): () => void {
    const listeners = this.listeners.get(type) ?? new Set()
    this.listeners.set(type, listeners.add(listener))
    return () => {
      listeners.delete(listener)
    }
  }

  /** @internal Tells the event that `make` makes, if someone listens. */
  emit<T extends keyof ClusterEvents>(type: T, make: () => ClusterEvents[T]): void {
    const listeners = this.listeners.get(type)
    if (listeners === undefined || listeners.size === 0) return
    const event = make()
    for (const listener of [...listeners]) (listener as Listener<ClusterEvents[T]>)(event)
  }
}
