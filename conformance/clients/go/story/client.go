package story

// Where a Reader begins, other than at an offset.
const (
	End       = -1
	Beginning = -2
)

// The halves of steps that a client may lack on its own.
const (
	CreatingTopics   = "topic: create"
	AddingPartitions = "configs: partitions"
	DeletingGroups   = "groups: delete"
	DeletingRecords  = "delete: records"
)

// Sending is how records are sent.
type Sending struct {
	Codec      string // "none", "gzip", …
	Idempotent bool
}

// A Client tells the story. What goes wrong ends the program.
type Client interface {
	// Lacks says of the steps, and halves of steps, that the client does not offer why.
	Lacks() map[string]string
	// CreateTopic makes it, or asks for it to be made when the client lacks CreatingTopics.
	CreateTopic(topic string, partitions, replicas int)
	// Replicas counts those of each partition that has a leader. It gives none when there is no such topic, and does not
	// have it created.
	Replicas(topic string) []int
	// Produce sends the records in their order, and tells where they lie.
	Produce(topic string, how Sending, records []Record) []Record
	// Read reads these partitions from there on, without a group, until it is stopped.
	Read(topic string, from map[int32]int64, to *Journal) (stop func())
	// Join adds what the member reads to the journal. It begins at the beginning, and commits only what it is told.
	Join(group, topic string, to *Journal) Member
	Committed(group, topic string, partitions int) map[int32]int64
	// OffsetAt gives the offset of the first record at this time or later.
	OffsetAt(topic string, partition int32, time int64) int64
	SetConfig(topic, name, value string)
	Config(topic, name string) string
	AddPartitions(topic string, total int)
	Groups() []string
	Describe(group string) (state string, members int)
	DeleteGroup(group string)
	DeleteRecords(topic string, before map[int32]int64)
	DeleteTopic(topic string)
}

// A Member of a group.
type Member interface {
	Owned() []int32
	Commit(offsets map[int32]int64)
	Leave()
}

// An OffsetManager is what those clients have who commit without being members.
type OffsetManager interface {
	// Manage commits what it is told, where nothing was committed before.
	Manage(group, topic string, offsets map[int32]int64)
	// Managed gives what Manage committed.
	Managed(group, topic string, partitions int) map[int32]int64
}
