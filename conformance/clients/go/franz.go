package main

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

var background = context.Background()

// franz-go, as it is out of the box: an idempotent producer, cooperative-sticky members.
type franz struct {
	servers []string
	admin   *kadm.Client
}

func newFranz(servers []string) client {
	return &franz{servers, kadm.NewClient(connect(servers))}
}

func connect(servers []string, options ...kgo.Opt) *kgo.Client {
	client, err := kgo.NewClient(append(options, kgo.SeedBrokers(servers...))...)
	check(err)
	return client
}

var franzCodecs = map[string]kgo.CompressionCodec{
	"none":   kgo.NoCompression(),
	"gzip":   kgo.GzipCompression(),
	"snappy": kgo.SnappyCompression(),
	"lz4":    kgo.Lz4Compression(),
	"zstd":   kgo.ZstdCompression(),
}

func (f *franz) codecs() []string { return []string{"none", "gzip", "snappy", "lz4", "zstd"} }

func (f *franz) createTopic(topic string, partitions int32, replicas int16) {
	_, err := f.admin.CreateTopic(background, partitions, replicas, nil, topic)
	check(err)
}

func (f *franz) topics() []string {
	topics, err := f.admin.ListTopics(background)
	check(err)
	return topics.Names()
}

func (f *franz) produce(topic, codec string, records []record) (sent []record) {
	client := connect(f.servers, kgo.ProducerBatchCompression(franzCodecs[codec]))
	defer client.Close()
	outgoing := make([]*kgo.Record, len(records))
	for i, it := range records {
		value := []byte(it.value)
		if it.tombstone {
			value = nil
		}
		headers := []kgo.RecordHeader{{Key: "trace", Value: []byte(it.trace)}}
		outgoing[i] = &kgo.Record{Topic: topic, Key: []byte(it.key), Value: value, Headers: headers, Timestamp: time.UnixMilli(it.time)}
	}
	check(client.ProduceSync(background, outgoing...).FirstErr())
	for i, it := range records {
		it.partition, it.offset = outgoing[i].Partition, outgoing[i].Offset
		sent = append(sent, it)
	}
	return sent
}

type franzMember struct {
	client   *kgo.Client
	topic    string
	mutex    sync.Mutex
	assigned map[int32]bool
}

func (f *franz) join(group, topic string, to *journal) member {
	m := &franzMember{topic: topic, assigned: map[int32]bool{}}
	changed := func(owned bool) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
			m.mutex.Lock()
			defer m.mutex.Unlock()
			for _, partition := range changed[topic] {
				if owned {
					m.assigned[partition] = true
				} else {
					delete(m.assigned, partition)
				}
			}
		}
	}
	m.client = connect(f.servers, kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
		kgo.HeartbeatInterval(200*time.Millisecond), kgo.FetchMaxWait(100*time.Millisecond),
		kgo.OnPartitionsAssigned(changed(true)), kgo.OnPartitionsRevoked(changed(false)), kgo.OnPartitionsLost(changed(false)))
	go m.poll(to)
	return m
}

func (m *franzMember) poll(to *journal) {
	for {
		fetches := m.client.PollFetches(background)
		if fetches.IsClientClosed() {
			return
		}
		check(fetches.Err())
		fetches.EachRecord(func(it *kgo.Record) {
			to.add(record{it.Partition, it.Offset, it.Timestamp.UnixMilli(), string(it.Key), string(it.Value), it.Value == nil, string(it.Headers[0].Value)})
		})
	}
}

func (m *franzMember) owned() []int32 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return slices.Collect(maps.Keys(m.assigned))
}

func (m *franzMember) commit(offsets map[int32]int64) {
	all := map[int32]kgo.EpochOffset{}
	for partition, offset := range offsets {
		all[partition] = kgo.EpochOffset{Epoch: -1, Offset: offset}
	}
	answered := func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, err error) {
		check(err)
		for _, topic := range answer.Topics {
			for _, partition := range topic.Partitions {
				check(kerr.ErrorForCode(partition.ErrorCode))
			}
		}
	}
	m.client.CommitOffsetsSync(background, map[string]map[int32]kgo.EpochOffset{m.topic: all}, answered)
}

func (m *franzMember) leave() { m.client.Close() }

func (f *franz) committed(group, topic string) map[int32]int64 {
	answer, err := f.admin.FetchOffsets(background, group)
	check(err)
	offsets := map[int32]int64{}
	answer.Offsets().Each(func(it kadm.Offset) { offsets[it.Partition] = it.At })
	return offsets
}

func (f *franz) offsetAt(topic string, partition int32, time int64) int64 {
	offsets, err := f.admin.ListOffsetsAfterMilli(background, time, topic)
	check(err)
	found, _ := offsets.Lookup(topic, partition)
	check(found.Err)
	expect("the time of the offset", found.Timestamp, time)
	return found.Offset
}

func (f *franz) groups() []string {
	groups, err := f.admin.ListGroups(background)
	check(err)
	return groups.Groups()
}

func (f *franz) describe(group string) (string, int) {
	groups, err := f.admin.DescribeGroups(background, group)
	check(err)
	check(groups.Error())
	return groups[group].State, len(groups[group].Members)
}

func (f *franz) canDeleteGroups() bool { return true }

func (f *franz) deleteGroup(group string) {
	answer, err := f.admin.DeleteGroup(background, group)
	check(err)
	check(answer.Err)
}

func (f *franz) deleteTopic(topic string) {
	answer, err := f.admin.DeleteTopic(background, topic)
	check(err)
	check(answer.Err)
}
