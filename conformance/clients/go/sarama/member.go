package main

import (
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"memkafka/conformance/clients/story"
)

// A member of a group, and the handler that Sarama calls in each of its generations.
type member struct {
	topic   string
	group   sarama.ConsumerGroup
	to      *story.Journal
	ended   chan struct{}
	mutex   sync.Mutex
	session sarama.ConsumerGroupSession
}

func (c *client) Join(group, topic string, to *story.Journal) story.Member {
	consumer := story.Must(sarama.NewConsumerGroup(c.servers, group, c.config()))
	m := &member{topic: topic, group: consumer, to: to, ended: make(chan struct{})}
	go func() {
		defer close(m.ended)
		for {
			err := consumer.Consume(background, []string{topic}, m)
			if errors.Is(err, sarama.ErrClosedConsumerGroup) {
				return
			}
			if err != nil { // the topic is not known everywhere yet, or a broker is dying
				time.Sleep(10 * time.Millisecond)
			}
		}
	}()
	return m
}

func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.session = session
	return nil
}

func (m *member) Cleanup(sarama.ConsumerGroupSession) error { return m.Setup(nil) }

func (m *member) ConsumeClaim(_ sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		m.to.Add(found(message))
	}
	return nil
}

func (m *member) Owned() []int32 {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.session == nil {
		return nil
	}
	return m.session.Claims()[m.topic]
}

func (m *member) Commit(offsets map[int32]int64) {
	for partition, offset := range offsets {
		m.session.MarkOffset(m.topic, partition, offset, "")
	}
	m.session.Commit()
}

func (m *member) Leave() {
	story.Check(m.group.Close())
	<-m.ended
}
