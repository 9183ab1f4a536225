package main

import (
	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"memkafka/conformance/clients/story"
)

// checkError checks an error in an answer, where the lack of one is an error with a code as well.
func checkError(err kafka.Error) {
	if err.Code() != kafka.ErrNoError {
		story.Check(err)
	}
}

func checkTopics(answers []kafka.TopicResult, err error) {
	story.Check(err)
	for _, answer := range answers {
		checkError(answer.Error)
	}
}

func (c *client) CreateTopic(topic string, partitions, replicas int) {
	topics := []kafka.TopicSpecification{{Topic: topic, NumPartitions: partitions, ReplicationFactor: replicas}}
	checkTopics(c.admin.CreateTopics(background, topics))
}

func (c *client) DeleteTopic(topic string) {
	checkTopics(c.admin.DeleteTopics(background, []string{topic}))
}

func (c *client) AddPartitions(topic string, total int) {
	topics := []kafka.PartitionsSpecification{{Topic: topic, IncreaseTo: total}}
	checkTopics(c.admin.CreatePartitions(background, topics))
}

func (c *client) Replicas(topic string) (replicas []int) {
	asked := kafka.NewTopicCollectionOfTopicNames([]string{topic})
	found := story.Must(c.admin.DescribeTopics(background, asked)).TopicDescriptions[0]
	if found.Error.Code() == kafka.ErrUnknownTopicOrPart {
		return nil
	}
	checkError(found.Error)
	for _, partition := range found.Partitions {
		if partition.Leader == nil {
			return nil
		}
		replicas = append(replicas, len(partition.Replicas))
	}
	return replicas
}

func (c *client) Leadership(topic string, partition int32) (leader int32, inSync []int32) {
	found, err := c.admin.GetMetadata(&topic, false, 1000)
	if err != nil { // the broker that was asked is dead
		return -1, nil
	}
	for _, it := range found.Topics[topic].Partitions {
		if it.ID == partition {
			return it.Leader, it.Isrs
		}
	}
	return -1, nil
}

func (c *client) SetConfig(topic, name, value string) {
	change := kafka.ConfigEntry{Name: name, Value: value, IncrementalOperation: kafka.AlterConfigOpTypeSet}
	resource := kafka.ConfigResource{Type: kafka.ResourceTopic, Name: topic, Config: []kafka.ConfigEntry{change}}
	for _, answer := range story.Must(c.admin.IncrementalAlterConfigs(background, []kafka.ConfigResource{resource})) {
		checkError(answer.Error)
	}
}

func (c *client) Config(topic, name string) string {
	resource := kafka.ConfigResource{Type: kafka.ResourceTopic, Name: topic}
	found := story.Must(c.admin.DescribeConfigs(background, []kafka.ConfigResource{resource}))[0]
	checkError(found.Error)
	return found.Config[name].Value
}

func (c *client) Committed(group, topic string, _ int) map[int32]int64 {
	asked := []kafka.ConsumerGroupTopicPartitions{{Group: group}}
	answer := story.Must(c.admin.ListConsumerGroupOffsets(background, asked))
	offsets := map[int32]int64{}
	for _, it := range answer.ConsumerGroupsTopicPartitions[0].Partitions {
		story.Check(it.Error)
		story.Expect("the topic of a committed offset", *it.Topic, topic)
		offsets[it.Partition] = int64(it.Offset)
	}
	return offsets
}

func (c *client) OffsetAt(topic string, partition int32, time int64) int64 {
	at := kafka.TopicPartition{Topic: &topic, Partition: partition}
	asked := map[kafka.TopicPartition]kafka.OffsetSpec{at: kafka.NewOffsetSpecForTimestamp(time)}
	for _, found := range story.Must(c.admin.ListOffsets(background, asked)).ResultInfos {
		checkError(found.Error)
		story.Expect("the time of the offset", found.Timestamp, time)
		return int64(found.Offset)
	}
	return -1
}

func (c *client) Groups() (names []string) {
	answer := story.Must(c.admin.ListConsumerGroups(background))
	for _, err := range answer.Errors {
		story.Check(err)
	}
	for _, group := range answer.Valid {
		names = append(names, group.GroupID)
	}
	return names
}

func (c *client) Describe(group string) (string, int) {
	answer := story.Must(c.admin.DescribeConsumerGroups(background, []string{group}))
	found := answer.ConsumerGroupDescriptions[0]
	checkError(found.Error)
	return found.State.String(), len(found.Members)
}

func (c *client) DeleteGroup(group string) {
	for _, answer := range story.Must(c.admin.DeleteConsumerGroups(background, []string{group})).ConsumerGroupResults {
		checkError(answer.Error)
	}
}

func (c *client) DeleteRecords(topic string, before map[int32]int64) {
	var asked []kafka.TopicPartition
	for partition, offset := range before {
		asked = append(asked, kafka.TopicPartition{Topic: &topic, Partition: partition, Offset: kafka.Offset(offset)})
	}
	for _, answer := range story.Must(c.admin.DeleteRecords(background, asked)).DeleteRecordsResults {
		story.Check(answer.TopicPartition.Error)
	}
}
