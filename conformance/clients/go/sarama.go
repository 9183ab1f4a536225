package main

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// Sarama, speaking as it does to the release that its Config.Version names.
type saramaClient struct {
	servers []string
	version sarama.KafkaVersion
	client  sarama.Client
}

func newSarama(servers []string, version sarama.KafkaVersion) *saramaClient {
	s := &saramaClient{servers: servers, version: version}
	client, err := sarama.NewClient(servers, s.config())
	check(err)
	s.client = client
	return s
}

func (s *saramaClient) config() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = s.version
	config.ApiVersionsRequest = s.since(sarama.V0_10_0_0) // older brokers close the connection on it
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Return.Successes = true
	config.Producer.Flush.Messages = recordsPerCodec
	config.Producer.Flush.Frequency = 50 * time.Millisecond
	if s.since(sarama.V0_11_0_0) {
		config.Producer.Idempotent = true
		config.Net.MaxOpenRequests = 1
	}
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.AutoCommit.Enable = false
	config.Consumer.Group.Heartbeat.Interval = 200 * time.Millisecond
	config.Metadata.Retry.Backoff = 100 * time.Millisecond
	return config
}

func (s *saramaClient) since(version sarama.KafkaVersion) bool { return s.version.IsAtLeast(version) }

var saramaCodecs = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func (s *saramaClient) codecs() []string {
	codecs := []string{"none", "gzip", "snappy"}
	if s.since(sarama.V0_10_0_0) {
		codecs = append(codecs, "lz4")
	}
	if s.since(sarama.V2_1_0_0) {
		codecs = append(codecs, "zstd")
	}
	return codecs
}

func (s *saramaClient) admin() sarama.ClusterAdmin {
	admin, err := sarama.NewClusterAdminFromClient(s.client)
	check(err)
	return admin
}

func (s *saramaClient) createTopic(topic string, partitions int32, replicas int16) {
	check(s.admin().CreateTopic(topic, &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: replicas}, false))
}

func (s *saramaClient) topics() []string {
	check(s.client.RefreshMetadata())
	topics, err := s.client.Topics()
	check(err)
	return topics
}

func (s *saramaClient) produce(topic, codec string, records []record) (sent []record) {
	config := s.config()
	config.Producer.Compression = saramaCodecs[codec]
	producer, err := sarama.NewAsyncProducer(s.servers, config)
	check(err)
	for i, it := range records {
		message := &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(it.key), Metadata: i}
		if !it.tombstone {
			message.Value = sarama.StringEncoder(it.value)
		}
		if s.since(sarama.V0_10_0_0) {
			message.Timestamp = time.UnixMilli(it.time)
		}
		if s.since(sarama.V0_11_0_0) {
			message.Headers = []sarama.RecordHeader{{Key: []byte("trace"), Value: []byte(it.trace)}}
		}
		producer.Input() <- message
	}
	sent = slices.Clone(records)
	for range records {
		select {
		case message := <-producer.Successes():
			it := &sent[message.Metadata.(int)]
			it.partition, it.offset = message.Partition, message.Offset
			if message.Headers == nil {
				it.trace = ""
			}
			if !s.since(sarama.V0_10_0_0) {
				it.time = 0
			}
		case err := <-producer.Errors():
			check(err)
		}
	}
	check(producer.Close())
	return sent
}

func found(it *sarama.ConsumerMessage) record {
	read := record{partition: it.Partition, offset: it.Offset, key: string(it.Key), value: string(it.Value), tombstone: it.Value == nil}
	if !it.Timestamp.IsZero() {
		read.time = it.Timestamp.UnixMilli()
	}
	if len(it.Headers) > 0 {
		read.trace = string(it.Headers[0].Value)
	}
	return read
}

// A member of a group, and the handler that Sarama calls in each of its generations.
type saramaMember struct {
	topic   string
	group   sarama.ConsumerGroup
	to      *journal
	ended   chan struct{}
	mutex   sync.Mutex
	session sarama.ConsumerGroupSession
}

func (s *saramaClient) join(group, topic string, to *journal) member {
	consumer, err := sarama.NewConsumerGroup(s.servers, group, s.config())
	check(err)
	m := &saramaMember{topic: topic, group: consumer, to: to, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		for {
			err := consumer.Consume(background, []string{topic}, m)
			if errors.Is(err, sarama.ErrClosedConsumerGroup) {
				return
			}
			if !errors.Is(err, sarama.ErrUnknownTopicOrPartition) { // not every broker of a real cluster has heard of it yet
				check(err)
			}
		}
	}()
	return m
}

func (m *saramaMember) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session = session
	return nil
}

func (m *saramaMember) Cleanup(sarama.ConsumerGroupSession) error { return m.Setup(nil) }

func (m *saramaMember) ConsumeClaim(_ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.to.add(found(message))
	}
	return nil
}

func (m *saramaMember) owned() []int32 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.session == nil {
		return nil
	}
	return m.session.Claims()[m.topic]
}

func (m *saramaMember) commit(offsets map[int32]int64) {
	for partition, offset := range offsets {
		m.session.MarkOffset(m.topic, partition, offset, "")
	}
	m.session.Commit()
}

func (m *saramaMember) leave() {
	check(m.group.Close())
	<-m.ended
}

func (s *saramaClient) committed(group, topic string) map[int32]int64 {
	answer, err := s.admin().ListConsumerGroupOffsets(group, map[string][]int32{topic: {0, 1, 2, 3}})
	check(err)
	offsets := map[int32]int64{}
	for partition, block := range answer.Blocks[topic] {
		if block.Err != sarama.ErrNoError {
			check(block.Err)
		}
		offsets[partition] = block.Offset
	}
	return offsets
}

func (s *saramaClient) offsetAt(topic string, partition int32, time int64) int64 {
	offset, err := s.client.GetOffset(topic, partition, time)
	check(err)
	return offset
}

func (s *saramaClient) groups() (names []string) {
	groups, err := s.admin().ListConsumerGroups()
	check(err)
	for name := range groups {
		names = append(names, name)
	}
	return names
}

func (s *saramaClient) describe(group string) (string, int) {
	groups, err := s.admin().DescribeConsumerGroups([]string{group})
	check(err)
	if groups[0].Err != sarama.ErrNoError {
		check(groups[0].Err)
	}
	return groups[0].State, len(groups[0].Members)
}

func (s *saramaClient) canDeleteGroups() bool { return s.since(sarama.V1_1_0_0) }

func (s *saramaClient) deleteGroup(group string) { check(s.admin().DeleteConsumerGroup(group)) }

func (s *saramaClient) deleteTopic(topic string) { check(s.admin().DeleteTopic(topic)) }
