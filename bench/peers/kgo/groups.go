package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

var assignors = map[string]func() kgo.GroupBalancer{
	"range":              kgo.RangeBalancer,
	"cooperative-sticky": kgo.CooperativeStickyBalancer,
}

// A topic with as many partitions as there are to be members, and the group that shares it.
type group struct {
	it       task
	balancer kgo.GroupBalancer
	clients  []*kgo.Client

	mutex sync.Mutex
	// How many partitions each member holds.
	held []int
	// Told whenever that changes.
	changed chan struct{}
}

func newGroup(ctx context.Context, it task) (*group, error) {
	balancer, known := assignors[it.Assignor]
	if !known {
		return nil, fmt.Errorf("kgo knows no assignor %q", it.Assignor)
	}
	if err := createTopic(ctx, it.Address, it.Topic, int32(it.Members)); err != nil {
		return nil, err
	}
	return &group{it: it, balancer: balancer(), held: make([]int, it.Members), changed: make(chan struct{}, 1)}, nil
}

func (g *group) join() error {
	member := len(g.clients)
	moved := func(by int) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			g.mutex.Lock()
			g.held[member] += by * len(partitions[g.it.Topic])
			g.mutex.Unlock()
			select {
			case g.changed <- struct{}{}:
			default:
			}
		}
	}
	client, err := connect(g.it.Address, kgo.ConsumerGroup(g.it.Topic), kgo.ConsumeTopics(g.it.Topic), kgo.Balancers(g.balancer),
		kgo.DisableAutoCommit(), kgo.OnPartitionsAssigned(moved(1)), kgo.OnPartitionsRevoked(moved(-1)), kgo.OnPartitionsLost(moved(-1)))
	g.clients = append(g.clients, client)
	return err
}

// Waits until every member that joined holds its share: partitions are dealt out evenly.
func (g *group) shared() {
	for {
		g.mutex.Lock()
		all, even := 0, true
		for member := range g.clients {
			all += g.held[member]
			even = even && g.held[member] >= g.it.Members/len(g.clients)
		}
		g.mutex.Unlock()
		if even && all == g.it.Members {
			return
		}
		<-g.changed
	}
}

// Has all members leave at once, and deletes what is left of them.
func (g *group) close(ctx context.Context) error {
	var left sync.WaitGroup
	for _, client := range g.clients {
		left.Go(client.Close)
	}
	left.Wait()
	return admin(ctx, g.it.Address, func(admin *kadm.Client) error {
		if _, err := admin.DeleteGroups(ctx, g.it.Topic); err != nil {
			return err
		}
		_, err := admin.DeleteTopics(ctx, g.it.Topic)
		return err
	})
}

// Milliseconds until members that come all at once have a partition each.
func assign(ctx context.Context, it task) ([]float64, error) {
	g, err := newGroup(ctx, it)
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	for range it.Members {
		if err := g.join(); err != nil {
			return nil, err
		}
	}
	g.shared()
	return []float64{milliseconds(begun)}, g.close(ctx)
}

// Milliseconds until a member that comes when all others have settled has its partition, and the others have given it up.
func late(ctx context.Context, it task) ([]float64, error) {
	g, err := newGroup(ctx, it)
	if err != nil {
		return nil, err
	}
	for range it.Members - 1 {
		if err := g.join(); err != nil {
			return nil, err
		}
	}
	g.shared()
	begun := time.Now()
	if err := g.join(); err != nil {
		return nil, err
	}
	g.shared()
	return []float64{milliseconds(begun)}, g.close(ctx)
}
