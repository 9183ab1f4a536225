package story

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	// So many records at least are acknowledged before the broker dies, while it is dead, and after it came back.
	acknowledgedAtLeast = 80
	// Who write at the same time, with the one producer.
	senders = 2
)

// A Survivor is a client that goes on when a broker dies.
type Survivor interface {
	// Idempotent gives a producer that several may use at once.
	Idempotent() Writer
	Leadership(topic string, partition int32) (leader int32, inSync []int32)
}

// Brokers are killed when the one who started the program can do it.
func canKill() bool { return os.Getenv("KILLS") != "" }

func (t *tale) withFailover(steps map[string]func() string) {
	survivor, offered := t.Client.(Survivor)
	if !offered {
		if _, told := t.lacks["failover"]; !told {
			t.lacks["failover"] = "this program does not do it"
		}
		return
	}
	steps["failover"] = func() string { return t.failover(survivor) }
}

func (t *tale) failover(survivor Survivor) string {
	topic, _ := t.create("steady")
	var read Journal
	member := t.Join(Named("followers"), topic, &read)
	steady := begin(survivor.Idempotent(), topic)
	steady.goOn("at first")
	Until("something to be read", func() bool { return len(read.Read()) > 0 })
	dying, _ := survivor.Leadership(topic, 0)
	fmt.Printf("kill %d\n", dying)
	Until("another leader", func() bool {
		leader, _ := survivor.Leadership(topic, 0)
		return leader >= 0 && leader != dying
	})
	steady.goOn("without the broker")
	fmt.Printf("start %d\n", dying)
	UntilWithin(startLimit, "the broker to be in sync again", func() bool {
		_, inSync := survivor.Leadership(topic, 0)
		return slices.Contains(inSync, dying)
	})
	steady.goOn("with the broker")
	sent := steady.end()
	Until("all records to be read", func() bool { return len(foundAt(read.Read())) >= len(sent) })
	found := foundAt(read.Read())
	for _, it := range sent {
		Expect("where "+it.Key+" is read", found[it.Key], []string{place(it)})
	}
	member.Leave()
	return fmt.Sprintf("%d records, each read at one place", len(sent))
}

// steady writes without pause.
type steady struct {
	writer  Writer
	mutex   sync.Mutex
	sent    []Record // and acknowledged
	enough  bool
	sending sync.WaitGroup
}

func begin(writer Writer, topic string) *steady {
	s := &steady{writer: writer}
	for sender := range senders {
		s.sending.Go(func() {
			for wave := 0; s.wants(); wave++ {
				s.add(Must(writer.Send(topic, transfers(fmt.Sprintf("%d-%d", sender, wave)))))
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return s
}

func (s *steady) wants() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return !s.enough
}

func (s *steady) add(records []Record) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.sent = append(s.sent, records...)
}

func (s *steady) acknowledged() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.sent)
}

func (s *steady) goOn(when string) {
	until := s.acknowledged() + acknowledgedAtLeast
	Until("records to be acknowledged "+when, func() bool { return s.acknowledged() >= until })
}

func (s *steady) end() []Record {
	s.mutex.Lock()
	s.enough = true
	s.mutex.Unlock()
	s.sending.Wait()
	s.writer.Close()
	return s.sent
}

// foundAt gives where each record was read; one that was read twice at the same place had not been committed.
func foundAt(records []Record) map[string][]string {
	found := map[string][]string{}
	for _, it := range records {
		if at := place(it); !slices.Contains(found[it.Key], at) {
			found[it.Key] = append(found[it.Key], at)
		}
	}
	return found
}

func place(it Record) string { return fmt.Sprintf("%d/%d", it.Partition, it.Offset) }
