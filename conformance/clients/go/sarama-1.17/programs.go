package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/Shopify/sarama"
	"memkafka/conformance/clients/sarama-1.17/client"
	"memkafka/conformance/clients/story"
)

const (
	partitions = 3
	// The one that is consumed.
	partition = 2
	metadata  = "modified metadata"
)

// The programs of 2018, on a topic of their own.
type programs struct {
	servers      []string
	client       *client.Client
	topic, group string
	sent         []string // to the one partition, in the order of its offsets
}

func (p *programs) produce() string {
	p.topic, p.group = story.Named("0606_test"), story.Named("group111")
	p.client.CreateTopic(p.topic, partitions, min(len(p.servers), 3))
	story.Until("the topic to have its partitions", func() bool { return len(p.client.Replicas(p.topic)) == partitions })
	return fmt.Sprintf("an async producer with a random partitioner is told of %d successes", p.send())
}

func (p *programs) consume() string {
	before := len(p.sent)
	story.Expect("what the partition consumer reads", p.read(0), p.sent)
	p.send()
	story.Expect("what the next one reads", p.read(before), p.sent[before:])
	return "an offset manager resumes a partition consumer, with the metadata of its commit"
}

// send is the async producer. It sends until some more messages have come to the one partition.
func (p *programs) send() (successes int) {
	config := sarama.NewConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewRandomPartitioner
	config.Producer.Return.Successes = true
	config.Producer.Return.Errors = true
	config.Version = sarama.V0_10_0_1
	producer := story.Must(sarama.NewAsyncProducer(p.servers, config))
	defer producer.AsyncClose()

	acknowledged := make(chan *sarama.ProducerMessage)
	go func() {
		for {
			select {
			case success, open := <-producer.Successes():
				if !open {
					return
				}
				acknowledged <- success
			case failure, open := <-producer.Errors():
				if open {
					story.Check(failure)
				}
			}
		}
	}()

	for enough := len(p.sent) + 5; len(p.sent) < enough; successes++ {
		value := "this is a message 0606 " + time.Now().Format("15:04:05.000000")
		producer.Input() <- &sarama.ProducerMessage{Topic: p.topic, Value: sarama.ByteEncoder(value)}
		if success := <-acknowledged; success.Partition == partition {
			story.Expect("the offset of the message", success.Offset, len(p.sent))
			p.sent = append(p.sent, value)
		}
	}
	return successes
}

// read is the consumer. It begins after the last offset that an offset manager committed, which it expects to be before this
// one, and ends once it has read all that was sent.
func (p *programs) read(begin int) (values []string) {
	config := sarama.NewConfig()
	config.Consumer.Offsets.CommitInterval = 1 * time.Second
	config.Version = sarama.V0_10_0_1
	consumer := story.Must(sarama.NewConsumer(p.servers, config))
	ownClient := story.Must(sarama.NewClient(p.servers, config))
	defer func() { story.Check(ownClient.Close()) }()
	offsetManager := story.Must(sarama.NewOffsetManagerFromClient(p.group, ownClient))
	defer func() { story.Check(offsetManager.Close()) }()
	partitionOffsetManager := client.Known(func() (sarama.PartitionOffsetManager, error) {
		return offsetManager.ManagePartition(p.topic, partition)
	})
	defer func() { story.Check(partitionOffsetManager.Close()) }() // once it is committed
	defer func() { story.Check(consumer.Close()) }()

	if !slices.Contains(story.Must(consumer.Topics()), p.topic) {
		story.Fail("the consumer does not know of the topic")
	}
	story.Expect("the partitions", story.Must(consumer.Partitions(p.topic)), []int32{0, 1, 2})

	// It marks the offset of the last message, not of the next; -1 is the newest, which nobody committed.
	nextOffset, found := partitionOffsetManager.NextOffset()
	story.Expect("the last offset that was committed", nextOffset, begin-1)
	if begin > 0 {
		story.Expect("the metadata of the commit", found, metadata)
	}
	partitionConsumer := story.Must(consumer.ConsumePartition(p.topic, partition, nextOffset+1))
	defer func() { story.Check(partitionConsumer.Close()) }()

	for begin+len(values) < len(p.sent) {
		select {
		case message := <-partitionConsumer.Messages():
			values = append(values, string(message.Value))
			nextOffset, _ := partitionOffsetManager.NextOffset()
			partitionOffsetManager.MarkOffset(nextOffset+1, metadata)
		case <-time.After(10 * time.Second):
			story.Fail("no message in ten seconds after %d of %d", begin+len(values), len(p.sent))
		}
	}
	return values
}
