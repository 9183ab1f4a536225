package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"memkafka/conformance/clients/story"
)

type member struct {
	client   *kgo.Client
	topic    string
	mutex    sync.Mutex
	assigned map[int32]bool
}

func (c *client) Join(group, topic string, to *story.Journal) story.Member {
	m := &member{topic: topic, assigned: map[int32]bool{}}
	m.client = connect(c.servers, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(20*time.Millisecond), kgo.FetchMaxWait(20*time.Millisecond),
		kgo.OnPartitionsAssigned(m.changed(true)), kgo.OnPartitionsRevoked(m.changed(false)), kgo.OnPartitionsLost(m.changed(false)))
	go poll(m.client, to)
	return m
}

func (m *member) changed(owned bool) func(context.Context, *kgo.Client, map[string][]int32) {
	return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		for _, partition := range changed[m.topic] {
			if owned {
				m.assigned[partition] = true
			} else {
				delete(m.assigned, partition)
			}
		}
	}
}

func (m *member) Owned() []int32 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Collect(maps.Keys(m.assigned))
}

func (m *member) Commit(offsets map[int32]int64) {
	all := map[int32]kgo.EpochOffset{}
	for partition, offset := range offsets {
		all[partition] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	answered := func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
		story.Check(err)
		for _, topic := range answer.Topics {
			for _, partition := range topic.Partitions {
				story.Check(kerr.ErrorForCode(partition.ErrorCode))
			}
		}
	}
	m.client.CommitOffsetsSync(background, map[string]map[int32]kgo.EpochOffset{m.topic: all}, answered)
}

func (m *member) Leave() { m.client.Close() }
