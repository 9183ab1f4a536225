package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const (
	partitions = 4
	// Of each wave and codec. Not a multiple of the partitions, so that batches differ in size.
	recordsPerCodec = 23
)

// What the story asks of a client.
type client interface {
	codecs() []string
	createTopic(topic string, partitions int32, replicas int16)
	topics() []string
	// produce sends the records in their order, and tells where they lie.
	produce(topic, codec string, records []record) []record
	// join adds what the member reads to the journal.
	join(group, topic string, to *journal) member
	committed(group, topic string) map[int32]int64
	// offsetAt gives the offset of the first record at this time or later.
	offsetAt(topic string, partition int32, time int64) int64
	groups() []string
	describe(group string) (state string, members int)
	canDeleteGroups() bool
	deleteGroup(group string)
	deleteTopic(topic string)
}

type member interface {
	owned() []int32
	commit(offsets map[int32]int64)
	leave()
}

func tell(client client, brokers int) {
	topic, group := named("orders"), named("billing")
	client.createTopic(topic, partitions, int16(brokers))
	until("the topic to be listed", func() bool { return slices.Contains(client.topics(), topic) })
	chapter("creates a topic")

	var read journal
	first, second := client.join(group, topic, &read), client.join(group, topic, &read)
	until("two members to share the topic", func() bool { return len(first.owned()) == 2 && len(second.owned()) == 2 })
	shared := slices.Sorted(slices.Values(slices.Concat(first.owned(), second.owned())))
	expect("partitions owned", shared, []int32{0, 1, 2, 3})
	chapter("joins a group of two")

	sent := produceWithEveryCodec(client, topic, nil)
	read.expectAll(sent)
	chapter("writes with %s, and reads all of it", strings.Join(client.codecs(), ", "))

	early := read.ends()
	first.commit(only(early, first.owned()))
	second.commit(only(early, second.owned()))
	second.leave()
	until("the other member to take over", func() bool { return len(first.owned()) == partitions })
	sent = produceWithEveryCodec(client, topic, sent)
	read.expectAll(sent)
	chapter("goes on when a member leaves")

	committed := halfWay(early, read.ends())
	first.commit(committed)
	first.leave()
	read.forget(committed)
	restarted := client.join(group, topic, &read)
	read.expectAll(sent)
	expect("committed offsets", client.committed(group, topic), committed)
	chapter("resumes where it committed")

	if middle := sent[len(sent)/2]; middle.time > 0 {
		expect("the offset at the time of a record", client.offsetAt(topic, middle.partition, middle.time), middle.offset)
		chapter("finds an offset by its time")
	}

	until("the group to be listed", func() bool { return slices.Contains(client.groups(), group) })
	state, members := client.describe(group)
	expect("the group", fmt.Sprint(state, members), fmt.Sprint("Stable", 1))
	restarted.leave()
	until("the group to be empty", func() bool { state, members := client.describe(group); return state == "Empty" && members == 0 })
	if client.canDeleteGroups() {
		client.deleteGroup(group)
		until("the group to be gone", func() bool { return !slices.Contains(client.groups(), group) })
		chapter("lists, describes and deletes the group")
	} else {
		chapter("lists and describes the group")
	}

	client.deleteTopic(topic)
	until("the topic to be gone", func() bool { return !slices.Contains(client.topics(), topic) })
	chapter("deletes the topic")
}

// produceWithEveryCodec sends one more wave, and gives back all that was sent so far.
func produceWithEveryCodec(client client, topic string, sent []record) []record {
	for _, codec := range client.codecs() {
		start := time.Now().UnixMilli() - 60_000
		records := make([]record, recordsPerCodec)
		for i := range records {
			number := len(sent) + i
			key := fmt.Sprintf("%s-%d", codec, number)
			value := strings.Repeat(key+" was ordered, packed and sent. ", max(0, i-1))
			// Later than all that was sent before.
			time := start + int64(number)
			records[i] = record{time: time, key: key, value: value, tombstone: i == 0, trace: "trace of " + key}
		}
		sent = append(sent, client.produce(topic, codec, records)...)
	}
	return sent
}

func named(what string) string {
	return fmt.Sprintf("%s-%x", what, rand.Uint64())
}
