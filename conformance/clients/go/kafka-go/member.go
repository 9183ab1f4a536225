package main

import (
	"errors"
	"time"

	"github.com/segmentio/kafka-go"
	"memkafka/conformance/clients/story"
)

type member struct {
	client       *client
	group, topic string
	name         string
	reader       *kafka.Reader
}

func (c *client) Join(group, topic string, to *story.Journal) story.Member {
	c.untilKnown(topic)
	name := story.Named("member")
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers:           c.servers,
		GroupID:           group,
		Topic:             topic,
		StartOffset:       kafka.FirstOffset,
		Dialer:            &kafka.Dialer{ClientID: name, Timeout: 10 * time.Second},
		MaxWait:           maxWait,
		HeartbeatInterval: 20 * time.Millisecond,
		JoinGroupBackoff:  20 * time.Millisecond,
	})
	go read(reader, to)
	return &member{c, group, topic, name, reader}
}

// untilKnown waits until every broker of a real cluster has heard of the topic: a member that asks one that has not takes it for
// empty, and stays with that.
func (c *client) untilKnown(topic string) {
	for _, server := range c.servers {
		connection := story.Must(kafka.DialContext(background, "tcp", server))
		story.Until("the topic to be known to "+server, func() bool {
			partitions, err := connection.ReadPartitions(topic)
			return err == nil && len(partitions) > 0
		})
		story.Check(connection.Close())
	}
}

// Owned asks the group, as a Reader does not tell.
func (m *member) Owned() (partitions []int32) {
	group := m.client.described(m.group)
	if group.GroupState != "Stable" {
		return nil
	}
	for _, it := range group.Members {
		if it.ClientID != m.name {
			continue
		}
		for _, topic := range it.MemberAssignments.Topics {
			for _, partition := range topic.Partitions {
				partitions = append(partitions, int32(partition))
			}
		}
	}
	return partitions
}

// Commit tells what was read last: kafka-go commits what is to be read next.
func (m *member) Commit(offsets map[int32]int64) {
	var messages []kafka.Message
	for partition, offset := range offsets {
		messages = append(messages, kafka.Message{Topic: m.topic, Partition: int(partition), Offset: offset - 1})
	}
	story.Until("the member to be in the generation of its group", func() bool {
		err := m.reader.CommitMessages(background, messages...)
		if errors.Is(err, kafka.IllegalGeneration) || errors.Is(err, kafka.RebalanceInProgress) {
			return false
		}
		story.Check(err)
		return true
	})
}

func (m *member) Leave() { story.Check(m.reader.Close()) }
