package main

import (
	"strings"

	"github.com/IBM/sarama"
)

// tellByPartition is the story of those who knew no groups: a topic that is there when it is asked for, a consumer for each
// partition, and an offset manager that remembers how far they came.
func tellByPartition(s *saramaClient) {
	topic, group := named("payments"), named("ledger")
	var partitions []int32
	until("the topic to be created", func() bool {
		// A refresh is what creates it; a real cluster says LEADER_NOT_AVAILABLE at first.
		err := s.client.RefreshMetadata(topic)
		partitions, _ = s.client.Partitions(topic)
		return err == nil && len(partitions) > 0
	})
	chapter("has a topic created by asking for it")

	sent := produceWithEveryCodec(s, topic, nil)
	var read journal
	s.readUntil(len(sent), topic, nil, &read)
	read.expectAll(sent)
	chapter("writes with %s, and reads each partition", strings.Join(s.codecs(), ", "))

	for _, partition := range partitions {
		oldest, err := s.client.GetOffset(topic, partition, sarama.OffsetOldest)
		check(err)
		newest, err := s.client.GetOffset(topic, partition, sarama.OffsetNewest)
		check(err)
		expect("the first offset and the next", []int64{oldest, newest}, []int64{0, read.ends()[partition]})
	}
	chapter("knows where partitions begin and end")

	middle := halfWay(nil, read.ends())
	s.manage(group, topic, partitions, func(partition int32, manager sarama.PartitionOffsetManager) {
		next, _ := manager.NextOffset()
		expect("the next offset when none is committed", next, sarama.OffsetOldest)
		manager.MarkOffset(middle[partition], "half of it")
	})
	committed := map[int32]int64{}
	s.manage(group, topic, partitions, func(partition int32, manager sarama.PartitionOffsetManager) {
		next, metadata := manager.NextOffset()
		committed[partition] = next
		expect("the metadata of the commit", metadata, "half of it")
	})
	expect("committed offsets", committed, middle)
	read.forget(committed)
	s.readUntil(len(sent), topic, committed, &read)
	read.expectAll(sent)
	chapter("resumes where an offset manager committed")
}

// readUntil consumes every partition, from its beginning where no offset is given, until the journal has as many records.
func (s *saramaClient) readUntil(records int, topic string, from map[int32]int64, to *journal) {
	consumer, err := sarama.NewConsumerFromClient(s.client)
	check(err)
	defer consumer.Close()
	partitions, err := consumer.Partitions(topic)
	check(err)
	for _, partition := range partitions {
		start, given := from[partition]
		if !given {
			start = sarama.OffsetOldest
		}
		one, err := consumer.ConsumePartition(topic, partition, start)
		check(err)
		defer one.Close()
		go func() {
			for message := range one.Messages() {
				to.add(found(message))
			}
		}()
	}
	until("the partitions to be read", func() bool { return len(to.read()) >= records })
}

// manage asks about every partition, with an offset manager that commits what was marked when it is over.
func (s *saramaClient) manage(group, topic string, partitions []int32, ask func(int32, sarama.PartitionOffsetManager)) {
	manager, err := sarama.NewOffsetManagerFromClient(group, s.client)
	check(err)
	for _, partition := range partitions {
		one, err := manager.ManagePartition(topic, partition)
		check(err)
		ask(partition, one)
	}
	manager.Commit()
	check(manager.Close())
}
