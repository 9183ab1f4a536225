// Package story is what the clients of Go do, step by step: see ../../steps.ts.
package story

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	partitions = 4
	// Not a multiple of the partitions, so that batches differ in size.
	recordsAtOnce = 23
)

// A tale is how far the story came.
type tale struct {
	Client
	lacks    map[string]string
	replicas int

	// The topic of the steps without groups: what was sent to it, and what a reader that goes along found.
	orders      string
	ordersSplit int // how many partitions it has
	sent        []Record
	read        Journal
	stopReading func()

	// The topic of the steps with groups.
	payments, group string
	paid            []Record
	members         Journal
	first, second   Member
	early           map[int32]int64
}

// Servers are the bootstrap servers, the last argument of every program.
func Servers() []string { return strings.Split(os.Args[len(os.Args)-1], ",") }

// Tell does every step that the client offers, and after some of them what else there is to do in them.
func Tell(client Client, brokers int, more map[string]func() string) {
	t := &tale{Client: client, lacks: maps.Clone(client.Lacks()), replicas: min(brokers, 3)}
	steps := map[string]func() string{
		"topic":      t.topic,
		"produce":    t.produce,
		"headers":    t.headers,
		"idempotent": t.idempotent,
		"partition":  t.partition,
		"group":      t.share,
		"rebalance":  t.rebalance,
		"commit":     t.commit,
		"time":       t.time,
		"configs":    t.configs,
		"groups":     t.groups,
		"delete":     t.delete,
	}
	for _, codec := range []string{"gzip", "snappy", "lz4", "zstd"} {
		steps[codec] = func() string { return t.sendAndRead(Sending{Codec: codec}, nil) }
	}
	if t.lacks == nil {
		t.lacks = map[string]string{}
	}
	t.withTransactions(steps)
	t.withFailover(steps)
	for step, do := range more {
		first := steps[step]
		steps[step] = func() string {
			Ok(first())
			return do()
		}
	}
	Run(t.lacks, steps)
}

func (t *tale) topic() string {
	t.orders, t.ordersSplit = t.create("orders")
	if why, lacking := t.lacks[CreatingTopics]; lacking {
		return "made by asking for it, and described; it is not created: " + why
	}
	return fmt.Sprintf("made and described, with %d partitions of %d replicas", partitions, t.replicas)
}

// create makes a topic, and gives its name and how many partitions it has. Not every broker of a real cluster knows it at once.
func (t *tale) create(what string) (topic string, split int) {
	topic = Named(what)
	t.CreateTopic(topic, partitions, t.replicas)
	Until("the topic to have its partitions", func() bool {
		replicas := t.Replicas(topic)
		split = len(replicas)
		if _, lacking := t.lacks[CreatingTopics]; lacking {
			return split > 0
		}
		return slices.Equal(replicas, slices.Repeat([]int{t.replicas}, partitions))
	})
	return topic, split
}

func (t *tale) produce() string {
	t.stopReading = t.Read(t.orders, All(t.ordersSplit, Beginning), &t.read)
	return t.sendAndRead(Sending{Codec: "none"}, nil)
}

func (t *tale) headers() string {
	return t.sendAndRead(Sending{Codec: "none"}, func(it *Record) {
		it.Headers = []Header{{"trace", "trace of " + it.Key}, {"empty", ""}, {"trace", "once more"}}
	})
}

func (t *tale) idempotent() string {
	return t.sendAndRead(Sending{Codec: "none", Idempotent: true}, nil)
}

func (t *tale) sendAndRead(how Sending, change func(*Record)) string {
	t.sent = t.send(t.orders, how, t.sent, change)
	t.read.Expect(t.sent)
	return fmt.Sprintf("%d records", recordsAtOnce)
}

// send sends more records after those that were sent before, and gives back all of them.
func (t *tale) send(topic string, how Sending, before []Record, change func(*Record)) []Record {
	return append(before, t.Produce(topic, how, Wave(how.Codec, len(before), change))...)
}

// Wave makes records to send: a null, an empty value, longer and longer ones, each later than all that were made before.
func Wave(name string, before int, change func(*Record)) []Record {
	start := time.Now().UnixMilli() - 60_000
	records := make([]Record, recordsAtOnce)
	for i := range records {
		number := before + i
		key := fmt.Sprintf("%s-%d", name, number)
		value := strings.Repeat(key+" was ordered, packed and sent. ", max(0, i-1))
		records[i] = Record{Time: start + int64(number), Key: key, Value: value, Null: i == 0}
		if change != nil {
			change(&records[i])
		}
	}
	return records
}

func (t *tale) partition() string {
	t.stopReading()
	middle := HalfWay(nil, Ends(t.sent))
	var later Journal
	stop := t.Read(t.orders, middle, &later)
	later.Expect(Since(middle, t.sent))
	stop()

	t.readFromTheEnd()
	return "from the beginning, an offset and the end"
}

// readFromTheEnd sends until a reader at the end reads something: nothing else tells that it has come there.
func (t *tale) readFromTheEnd() {
	ends := Ends(t.sent)
	var next Journal
	stop := t.Read(t.orders, All(t.ordersSplit, End), &next)
	defer stop()
	begun := map[int32]int64{}
	Until("each partition to be read from its end", func() bool {
		t.sent = t.send(t.orders, Sending{Codec: "none"}, t.sent, nil)
		time.Sleep(20 * time.Millisecond)
		for _, it := range slices.Backward(next.Read()) {
			begun[it.Partition] = it.Offset
		}
		return len(begun) == len(ends)
	})
	for partition, end := range ends {
		if begun[partition] < end {
			Fail("the end of partition %d was %d, and %d was read from there on", partition, end, begun[partition])
		}
	}
	next.Expect(Since(begun, t.sent))
}

func (t *tale) share() string {
	t.payments, _ = t.create("payments")
	t.group = Named("billing")
	t.first, t.second = t.join(), t.join()
	t.untilShared()
	t.pay()
	return fmt.Sprintf("two members read %d records", len(t.paid))
}

func (t *tale) join() Member { return t.Join(t.group, t.payments, &t.members) }

func (t *tale) untilShared() {
	Until("two members to share the topic", func() bool {
		return len(t.first.Owned()) == partitions/2 && len(t.second.Owned()) == partitions/2
	})
	shared := slices.Sorted(slices.Values(slices.Concat(t.first.Owned(), t.second.Owned())))
	Expect("the partitions that both own", shared, []int32{0, 1, 2, 3})
}

// pay has the members read what is sent now, each record once.
func (t *tale) pay() {
	t.paid = t.send(t.payments, Sending{Codec: "none"}, t.paid, nil)
	t.members.Expect(t.paid)
}

func (t *tale) rebalance() string {
	t.commitBoth(Ends(t.paid))
	t.second.Leave()
	Until("the other member to take over", func() bool { return len(t.first.Owned()) == partitions })
	t.pay()
	t.early = Ends(t.paid)
	t.first.Commit(t.early)
	t.second = t.join()
	t.untilShared()
	t.pay()
	return "one member leaves, and one comes"
}

func (t *tale) commitBoth(offsets map[int32]int64) {
	for _, member := range []Member{t.first, t.second} {
		member.Commit(Only(offsets, member.Owned()))
	}
}

func (t *tale) commit() string {
	manager, managing := t.Client.(OffsetManager)
	if managing {
		t.manage(manager)
	}
	if _, lacking := t.lacks["group"]; lacking {
		return "a reader resumes where an offset manager committed"
	}
	if managing {
		Ok("a reader resumes where an offset manager committed")
	}
	middle := HalfWay(t.early, Ends(t.paid))
	t.commitBoth(middle)
	t.first.Leave()
	t.second.Leave()
	t.members.Forget(middle)
	t.first = t.join()
	t.members.Expect(t.paid)
	Expect("the committed offsets", t.Committed(t.group, t.payments, partitions), middle)
	return "a new member resumes where others committed"
}

func (t *tale) manage(manager OffsetManager) {
	group, middle := Named("ledger"), HalfWay(nil, Ends(t.sent))
	manager.Manage(group, t.orders, middle)
	Expect("the committed offsets", manager.Managed(group, t.orders, len(middle)), middle)
	var later Journal
	stop := t.Read(t.orders, middle, &later)
	later.Expect(Since(middle, t.sent))
	stop()
}

func (t *tale) time() string {
	it := t.sent[len(t.sent)/2]
	Expect("the offset at the time of a record", t.OffsetAt(t.orders, it.Partition, it.Time), it.Offset)
	return "the offset at the time of a record"
}

func (t *tale) configs() string {
	const name, value, more = "retention.ms", "7654321", partitions + 2
	t.SetConfig(t.orders, name, value)
	Until("the config to be changed", func() bool { return t.Config(t.orders, name) == value })
	if why, lacking := t.lacks[AddingPartitions]; lacking {
		return fmt.Sprintf("%s is changed; partitions are not added: %s", name, why)
	}
	t.AddPartitions(t.orders, more)
	Until("the partitions to be added", func() bool { return len(t.Replicas(t.orders)) == more })
	return fmt.Sprintf("%s is changed, %d partitions become %d", name, partitions, more)
}

func (t *tale) groups() string {
	Until("the group to be listed", func() bool { return slices.Contains(t.Groups(), t.group) })
	t.untilDescribed("Stable", 1)
	t.first.Leave()
	t.untilDescribed("Empty", 0)
	if why, lacking := t.lacks[DeletingGroups]; lacking {
		return "listed and described; it is not deleted: " + why
	}
	t.DeleteGroup(t.group)
	Until("the group to be gone", func() bool { return !slices.Contains(t.Groups(), t.group) })
	return "listed, described and deleted"
}

func (t *tale) untilDescribed(state string, members int) {
	Until("the group to be "+state, func() bool {
		foundState, foundMembers := t.Describe(t.group)
		return foundState == state && foundMembers == members
	})
}

func (t *tale) delete() string {
	why, lacking := t.lacks[DeletingRecords]
	if !lacking {
		before := HalfWay(nil, Ends(t.sent))
		t.DeleteRecords(t.orders, before)
		var left Journal
		stop := t.Read(t.orders, All(len(before), Beginning), &left)
		left.Expect(Since(before, t.sent))
		stop()
	}
	t.DeleteTopic(t.orders)
	Until("the topic to be gone", func() bool { return len(t.Replicas(t.orders)) == 0 })
	if lacking {
		return "the topic; records are not: " + why
	}
	return "records, and the topic"
}

// Named gives a name that nothing else has.
func Named(what string) string { return fmt.Sprintf("%s-%x", what, rand.Uint64()) }
