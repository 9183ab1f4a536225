/** A partition by its topic and its number. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}
