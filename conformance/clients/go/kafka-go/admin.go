package main

import (
	"time"

	"github.com/segmentio/kafka-go"
	"memkafka/conformance/clients/story"
)

func (c *client) CreateTopic(topic string, partitions, replicas int) {
	config := kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: replicas}
	answer := story.Must(c.kafka.CreateTopics(background, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}}))
	story.Check(answer.Errors[topic])
}

func (c *client) Replicas(topic string) (replicas []int) {
	for _, it := range story.Must(c.kafka.Metadata(background, &kafka.MetadataRequest{})).Topics {
		if it.Name != topic {
			continue
		}
		for _, partition := range it.Partitions {
			if partition.Error != nil {
				return nil
			}
			replicas = append(replicas, len(partition.Replicas))
		}
	}
	return replicas
}

func (c *client) AddPartitions(topic string, total int) {
	config := kafka.TopicPartitionsConfig{Name: topic, Count: int32(total)}
	request := &kafka.CreatePartitionsRequest{Topics: []kafka.TopicPartitionsConfig{config}}
	story.Check(story.Must(c.kafka.CreatePartitions(background, request)).Errors[topic])
}

func (c *client) SetConfig(topic, name, value string) {
	change := kafka.IncrementalAlterConfigsRequestConfig{Name: name, Value: value, ConfigOperation: kafka.ConfigOperationSet}
	answer := story.Must(c.kafka.IncrementalAlterConfigs(background, &kafka.IncrementalAlterConfigsRequest{
		Resources: []kafka.IncrementalAlterConfigsRequestResource{{
			ResourceType: kafka.ResourceTypeTopic,
			ResourceName: topic,
			Configs:      []kafka.IncrementalAlterConfigsRequestConfig{change},
		}},
	}))
	for _, resource := range answer.Resources {
		story.Check(resource.Error)
	}
}

func (c *client) Config(topic, name string) string {
	resource := kafka.DescribeConfigRequestResource{
		ResourceType: kafka.ResourceTypeTopic,
		ResourceName: topic,
		ConfigNames:  []string{name},
	}
	request := &kafka.DescribeConfigsRequest{Resources: []kafka.DescribeConfigRequestResource{resource}}
	for _, found := range story.Must(c.kafka.DescribeConfigs(background, request)).Resources {
		story.Check(found.Error)
		for _, entry := range found.ConfigEntries {
			if entry.ConfigName == name {
				return entry.ConfigValue
			}
		}
	}
	return ""
}

func (c *client) Committed(group, topic string, partitions int) map[int32]int64 {
	asked := make([]int, partitions)
	for i := range asked {
		asked[i] = i
	}
	request := &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: asked}}
	answer := story.Must(c.kafka.OffsetFetch(background, request))
	story.Check(answer.Error)
	offsets := map[int32]int64{}
	for _, it := range answer.Topics[topic] {
		story.Check(it.Error)
		offsets[int32(it.Partition)] = it.CommittedOffset
	}
	return offsets
}

func (c *client) OffsetAt(topic string, partition int32, at int64) int64 {
	asked := kafka.TimeOffsetOf(int(partition), time.UnixMilli(at))
	request := &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: {asked}}}
	for _, it := range story.Must(c.kafka.ListOffsets(background, request)).Topics[topic] {
		story.Check(it.Error)
		for offset, found := range it.Offsets {
			story.Expect("the time of the offset", found.UnixMilli(), at)
			return offset
		}
	}
	return -1
}

func (c *client) Groups() (names []string) {
	answer := story.Must(c.kafka.ListGroups(background, &kafka.ListGroupsRequest{}))
	story.Check(answer.Error)
	for _, group := range answer.Groups {
		names = append(names, group.GroupID)
	}
	return names
}

func (c *client) described(group string) kafka.DescribeGroupsResponseGroup {
	answer := story.Must(c.kafka.DescribeGroups(background, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}}))
	story.Check(answer.Groups[0].Error)
	return answer.Groups[0]
}

func (c *client) Describe(group string) (string, int) {
	found := c.described(group)
	return found.GroupState, len(found.Members)
}

func (c *client) DeleteGroup(group string) {
	answer := story.Must(c.kafka.DeleteGroups(background, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}}))
	story.Check(answer.Errors[group])
}

func (c *client) DeleteRecords(string, map[int32]int64) { panic("not offered") }

func (c *client) DeleteTopic(topic string) {
	answer := story.Must(c.kafka.DeleteTopics(background, &kafka.DeleteTopicsRequest{Topics: []string{topic}}))
	story.Check(answer.Errors[topic])
}
