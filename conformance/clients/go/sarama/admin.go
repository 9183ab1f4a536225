package main

import (
	"errors"
	"maps"
	"slices"

	"github.com/IBM/sarama"
	"memkafka/conformance/clients/story"
)

func (c *client) admin() sarama.ClusterAdmin {
	return story.Must(sarama.NewClusterAdminFromClient(c.sarama))
}

func (c *client) CreateTopic(topic string, partitions, replicas int) {
	if c.since(sarama.V0_10_1_0) {
		detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: int16(replicas)}
		story.Check(c.admin().CreateTopic(topic, detail, false))
	} else {
		known(func() (any, error) { return nil, c.sarama.RefreshMetadata(topic) })
	}
}

func (c *client) Replicas(topic string) (replicas []int) {
	story.Check(c.sarama.RefreshMetadata()) // of all that there are: asking for one creates it
	if !slices.Contains(story.Must(c.sarama.Topics()), topic) {
		return nil
	}
	partitions, err := c.sarama.Partitions(topic)
	if err != nil {
		return nil
	}
	for _, partition := range partitions {
		_, err := c.sarama.Leader(topic, partition)
		nodes, err2 := c.sarama.Replicas(topic, partition)
		if err != nil || err2 != nil {
			return nil
		}
		replicas = append(replicas, len(nodes))
	}
	return replicas
}

func (c *client) Leadership(topic string, partition int32) (leader int32, inSync []int32) {
	if err := c.sarama.RefreshMetadata(topic); err != nil {
		return -1, nil
	}
	broker, err := c.sarama.Leader(topic, partition)
	if err != nil {
		return -1, nil
	}
	inSync, err = c.sarama.InSyncReplicas(topic, partition)
	story.Check(err)
	return broker.ID(), inSync
}

// known asks again as long as the topic is being made, or not every broker of a real cluster has heard of it.
func known[T any](ask func() (T, error)) (answer T) {
	story.Until("the topic to be known everywhere", func() bool {
		var err error
		answer, err = ask()
		for _, passing := range []error{
			sarama.ErrUnknownTopicOrPartition,
			sarama.ErrLeaderNotAvailable,
			sarama.ErrNotLeaderForPartition,
		} {
			if errors.Is(err, passing) {
				return false
			}
		}
		story.Check(err)
		return true
	})
	return answer
}

func (c *client) AddPartitions(topic string, total int) {
	story.Check(c.admin().CreatePartitions(topic, int32(total), nil, false))
}

func (c *client) SetConfig(topic, name, value string) {
	if c.since(sarama.V2_3_0_0) {
		change := map[string]sarama.IncrementalAlterConfigsEntry{name: {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value}}
		story.Check(c.admin().IncrementalAlterConfig(sarama.TopicResource, topic, change, false))
	} else {
		story.Check(c.admin().AlterConfig(sarama.TopicResource, topic, map[string]*string{name: &value}, false))
	}
}

func (c *client) Config(topic, name string) string {
	asked := sarama.ConfigResource{Type: sarama.TopicResource, Name: topic, ConfigNames: []string{name}}
	for _, entry := range story.Must(c.admin().DescribeConfig(asked)) {
		if entry.Name == name {
			return entry.Value
		}
	}
	return ""
}

func (c *client) Committed(group, topic string, partitions int) map[int32]int64 {
	asked := map[string][]int32{topic: slices.Collect(maps.Keys(story.All(partitions, 0)))}
	offsets := map[int32]int64{}
	for partition, block := range story.Must(c.admin().ListConsumerGroupOffsets(group, asked)).Blocks[topic] {
		checkCode(block.Err)
		offsets[partition] = block.Offset
	}
	return offsets
}

func (c *client) OffsetAt(topic string, partition int32, time int64) int64 {
	return story.Must(c.sarama.GetOffset(topic, partition, time))
}

func (c *client) Groups() []string {
	return slices.Collect(maps.Keys(story.Must(c.admin().ListConsumerGroups())))
}

func (c *client) Describe(group string) (string, int) {
	groups := story.Must(c.admin().DescribeConsumerGroups([]string{group}))
	checkCode(groups[0].Err)
	return groups[0].State, len(groups[0].Members)
}

func (c *client) DeleteGroup(group string) { story.Check(c.admin().DeleteConsumerGroup(group)) }

func (c *client) DeleteRecords(topic string, before map[int32]int64) {
	story.Check(c.admin().DeleteRecords(topic, before))
}

func (c *client) DeleteTopic(topic string) { story.Check(c.admin().DeleteTopic(topic)) }

// checkCode checks a code in an answer, where the lack of an error has a code as well.
func checkCode(code sarama.KError) {
	if code != sarama.ErrNoError {
		story.Check(code)
	}
}
