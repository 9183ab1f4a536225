package main

import (
	"github.com/twmb/franz-go/pkg/kadm"
	"memkafka/conformance/clients/story"
)

func (c *client) CreateTopic(topic string, partitions, replicas int) {
	story.Must(c.admin.CreateTopic(background, int32(partitions), int16(replicas), nil, topic))
}

func (c *client) Replicas(topic string) (replicas []int) {
	for _, partition := range story.Must(c.admin.ListTopics(background))[topic].Partitions.Sorted() {
		if partition.Err != nil || partition.Leader < 0 {
			return nil
		}
		replicas = append(replicas, len(partition.Replicas))
	}
	return replicas
}

func (c *client) Leadership(topic string, partition int32) (leader int32, inSync []int32) {
	found := story.Must(c.admin.ListTopics(background, topic))[topic].Partitions[partition]
	return found.Leader, found.ISR
}

func (c *client) AddPartitions(topic string, total int) {
	story.Check(story.Must(c.admin.UpdatePartitions(background, total, topic)).Error())
}

func (c *client) SetConfig(topic, name, value string) {
	change := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: name, Value: &value}}
	for _, answer := range story.Must(c.admin.AlterTopicConfigs(background, change, topic)) {
		story.Check(answer.Err)
	}
}

func (c *client) Config(topic, name string) string {
	configs := story.Must(story.Must(c.admin.DescribeTopicConfigs(background, topic)).On(topic, nil))
	story.Check(configs.Err)
	for _, config := range configs.Configs {
		if config.Key == name {
			return config.MaybeValue()
		}
	}
	return ""
}

func (c *client) Committed(group, topic string, _ int) map[int32]int64 {
	offsets := map[int32]int64{}
	for partition, it := range story.Must(c.admin.FetchOffsets(background, group))[topic] {
		story.Check(it.Err)
		offsets[partition] = it.At
	}
	return offsets
}

func (c *client) OffsetAt(topic string, partition int32, time int64) int64 {
	found, _ := story.Must(c.admin.ListOffsetsAfterMilli(background, time, topic)).Lookup(topic, partition)
	story.Check(found.Err)
	story.Expect("the time of the offset", found.Timestamp, time)
	return found.Offset
}

func (c *client) Groups() []string { return story.Must(c.admin.ListGroups(background)).Groups() }

func (c *client) Describe(group string) (string, int) {
	groups := story.Must(c.admin.DescribeGroups(background, group))
	story.Check(groups.Error())
	return groups[group].State, len(groups[group].Members)
}

func (c *client) DeleteGroup(group string) {
	story.Check(story.Must(c.admin.DeleteGroup(background, group)).Err)
}

func (c *client) DeleteRecords(topic string, before map[int32]int64) {
	var offsets kadm.Offsets
	for partition, offset := range before {
		offsets.AddOffset(topic, partition, offset, -1)
	}
	story.Check(story.Must(c.admin.DeleteRecords(background, offsets)).Error())
}

func (c *client) DeleteTopic(topic string) {
	story.Check(story.Must(c.admin.DeleteTopic(background, topic)).Err)
}
