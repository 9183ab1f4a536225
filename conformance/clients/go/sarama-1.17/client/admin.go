package client

import (
	"maps"
	"slices"

	"github.com/Shopify/sarama"
	"memkafka/conformance/clients/story"
)

// CreateTopic asks the controller by a request of its own, as there is no admin client.
func (c *Client) CreateTopic(topic string, partitions, replicas int) {
	detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: int16(replicas)}
	request := &sarama.CreateTopicsRequest{TopicDetails: map[string]*sarama.TopicDetail{topic: detail}, Timeout: requestTimeout}
	checkCode(story.Must(c.controller().CreateTopics(request)).TopicErrors[topic].Err)
}

func (c *Client) DeleteTopic(topic string) {
	request := &sarama.DeleteTopicsRequest{Topics: []string{topic}, Timeout: requestTimeout}
	checkCode(story.Must(c.controller().DeleteTopics(request)).TopicErrorCodes[topic])
}

func (c *Client) controller() *sarama.Broker { return story.Must(c.newer.Controller()) }

func (c *Client) Replicas(topic string) (replicas []int) {
	story.Check(c.Sarama.RefreshMetadata()) // of all that there are: asking for one creates it
	if !slices.Contains(story.Must(c.Sarama.Topics()), topic) {
		return nil
	}
	partitions, err := c.Sarama.Partitions(topic)
	if err != nil {
		return nil
	}
	for _, partition := range partitions {
		_, err := c.Sarama.Leader(topic, partition)
		nodes, err2 := c.Sarama.Replicas(topic, partition)
		if err != nil || err2 != nil {
			return nil
		}
		replicas = append(replicas, len(nodes))
	}
	return replicas
}

// Groups asks every broker for those that it coordinates.
func (c *Client) Groups() (names []string) {
	for _, broker := range c.Sarama.Brokers() {
		if err := broker.Open(c.Sarama.Config()); err != sarama.ErrAlreadyConnected {
			story.Check(err)
		}
		answer := story.Must(broker.ListGroups(&sarama.ListGroupsRequest{}))
		checkCode(answer.Err)
		names = append(names, slices.Collect(maps.Keys(answer.Groups))...)
	}
	return names
}

func (c *Client) Describe(group string) (string, int) {
	coordinator := story.Must(c.Sarama.Coordinator(group))
	found := story.Must(coordinator.DescribeGroups(&sarama.DescribeGroupsRequest{Groups: []string{group}})).Groups[0]
	checkCode(found.Err)
	return found.State, len(found.Members)
}

func (c *Client) Committed(group, topic string, partitions int) map[int32]int64 {
	request := &sarama.OffsetFetchRequest{Version: 1, ConsumerGroup: group}
	offsets := story.All(partitions, 0)
	for partition := range offsets {
		request.AddPartition(topic, partition)
	}
	answer := story.Must(story.Must(c.Sarama.Coordinator(group)).FetchOffset(request))
	for partition := range offsets {
		block := answer.GetBlock(topic, partition)
		checkCode(block.Err)
		offsets[partition] = block.Offset
	}
	return offsets
}

// What Sarama of then does not offer, or not with V0_10_0_1: see Lacks.

func (c *Client) OffsetAt(string, int32, int64) int64             { panic("not offered") }
func (c *Client) SetConfig(string, string, string)                { panic("not offered") }
func (c *Client) Config(string, string) string                    { panic("not offered") }
func (c *Client) AddPartitions(string, int)                       { panic("not offered") }
func (c *Client) DeleteGroup(string)                              { panic("not offered") }
func (c *Client) DeleteRecords(string, map[int32]int64)           { panic("not offered") }
func (c *Client) Join(_, _ string, _ *story.Journal) story.Member { panic("not offered") }

// Known asks again as long as not every broker of a real cluster has heard of the topic, or of the group's coordinator.
func Known[T any](ask func() (T, error)) (answer T) {
	story.Until("all brokers to know it", func() bool {
		var err error
		answer, err = ask()
		switch err {
		case sarama.ErrUnknownTopicOrPartition, sarama.ErrLeaderNotAvailable, sarama.ErrNotLeaderForPartition,
			sarama.ErrNotCoordinatorForConsumer:
			return false
		}
		story.Check(err)
		return true
	})
	return answer
}

// checkCode checks a code in an answer, where the lack of an error has a code as well.
func checkCode(code sarama.KError) {
	if code != sarama.ErrNoError {
		story.Check(code)
	}
}
