package story

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// Of what is written at once in a transaction.
	transferred = 10
	longTimeout = time.Minute
	// Which the broker allows, and that suffices for what is sent before it is over.
	shortTimeout = 1500 * time.Millisecond
)

// A Writer is an idempotent producer with acks=all. A transactional one has a transaction open between Begin and End.
type Writer interface {
	Begin() error
	// Send gives where the records lie, once all are acknowledged.
	Send(topic string, records []Record) ([]Record, error)
	End(commit bool) error
	Close()
}

// A Transactor is a client with transactions.
type Transactor interface {
	// Transactional gives a writer that is ready to begin.
	Transactional(id string, timeout time.Duration) Writer
	// Follow reads a topic from its beginning on, without a group: all that there is, or what is committed alone.
	Follow(topic string, partitions int, committedOnly bool, to *Journal) (stop func())
	// Transform has a new member of the group read so many records from where it has committed, and writes changed ones in a
	// transaction with the offsets of those that were read. It gives what it has read, and what it has written.
	Transform(how Transforming) (read, written []Record)
}

type Transforming struct {
	ID, Group, Source, Target string
	Count                     int
	Commit                    bool
	Change                    func(Record) Record
}

// Transactional are the steps with a Transactor.
var Transactional = []string{"transaction", "abort", "transform", "fenced", "timeout"}

// transactions are the steps with a Transactor.
type transactions struct {
	*tale
	Transactor
	topic, id string
	till      Writer
	// What a reader sees that waits for commits, and one that does not; and what is to be seen.
	committed, all   Journal
	sent, everything []Record
	stop             []func()
}

func (t *tale) withTransactions(steps map[string]func() string) {
	transactor, offered := t.Client.(Transactor)
	if !offered {
		for _, step := range Transactional {
			if _, told := t.lacks[step]; !told {
				t.lacks[step] = "it has no transactions"
			}
		}
		return
	}
	x := &transactions{tale: t, Transactor: transactor, id: Named("till")}
	steps["transaction"] = x.commits
	steps["abort"] = x.aborts
	steps["transform"] = x.transforms
	steps["fenced"] = x.fences
	steps["timeout"] = x.timesOut
}

func (x *transactions) commits() string {
	x.topic, _ = x.create("transfers")
	x.stop = append(x.stop, x.Follow(x.topic, partitions, true, &x.committed), x.Follow(x.topic, partitions, false, &x.all))
	x.till = x.Transactional(x.id, longTimeout)
	Check(x.till.Begin())
	placed := slices.Concat(x.write(x.till, "first"), x.write(x.till, "second"))
	Expect("what is read before the commit", x.committed.Read(), []Record{})
	x.commit(x.till, placed)
	return fmt.Sprintf("%d records", len(x.sent))
}

// write sends in a transaction, which stays open, and waits until it can be seen without its end.
func (x *transactions) write(by Writer, name string) []Record {
	placed := Must(by.Send(x.topic, transfers(name)))
	x.everything = append(x.everything, placed...)
	x.all.expectThese(x.everything)
	return placed
}

func (x *transactions) commit(by Writer, placed []Record) {
	Check(by.End(true))
	x.sent = append(x.sent, placed...)
	x.committed.expectThese(x.sent)
}

func (x *transactions) aborts() string {
	Check(x.till.Begin())
	x.write(x.till, "aborted")
	Check(x.till.End(false))
	Check(x.till.Begin())
	x.commit(x.till, x.write(x.till, "kept"))
	return "only what was committed after it is read"
}

func (x *transactions) fences() string {
	Check(x.till.Begin())
	x.write(x.till, "fenced")
	other := x.Transactional(x.id, longTimeout)
	Check(other.Begin())
	// Only then is the first one asked: some take its refusal for a lost epoch, and ask for a new one, which ends what is open.
	x.commit(other, x.write(other, "fencing"))
	_, refused := x.till.Send(x.topic, transfers("late"))
	if refused == nil {
		refused = x.till.End(true)
	}
	if refused == nil {
		Fail("the first producer was not refused")
	}
	other.Close()
	x.till.Close()
	return fmt.Sprintf("refused: %s", oneLine(refused))
}

func (x *transactions) timesOut() string {
	late := x.Transactional(Named("late"), shortTimeout)
	Check(late.Begin())
	x.write(late, "forgotten")
	// What comes after an open transaction is read when that has ended.
	placed := x.Produce(x.topic, Sending{Codec: "none"}, transfers("next"))
	x.everything = append(x.everything, placed...)
	x.sent = append(x.sent, placed...)
	x.committed.expectThese(x.sent)
	refused := late.End(true)
	if refused == nil {
		Fail("a transaction that had been aborted was committed")
	}
	late.Close()
	for _, stop := range x.stop {
		stop()
	}
	return fmt.Sprintf("refused: %s", oneLine(refused))
}

func (x *transactions) transforms() string {
	source, _ := x.create("prices")
	target, _ := x.create("doubled")
	how := Transforming{ID: Named("doubler"), Group: Named("doublers"), Source: source, Target: target, Change: double}
	var results Journal
	stop := x.Follow(target, partitions, true, &results)
	defer stop()
	var doubled []Record
	add := func(name string) []Record { return x.Produce(source, Sending{Codec: "none"}, transfers(name)) }
	work := func(expected []Record, commit bool) {
		how.Count, how.Commit = len(expected), commit
		read, written := x.Transform(how)
		expectSame("what the group has to read", read, expected)
		if commit {
			doubled = append(doubled, written...)
		}
		results.expectThese(doubled)
	}
	first := add("first")
	work(first, false)
	work(first, true)
	work(add("second"), true)
	return fmt.Sprintf("%d records", len(doubled))
}

func double(it Record) Record {
	return Record{Key: it.Key, Value: it.Value + ", twice", Time: it.Time, Codec: it.Codec}
}

// transfers are records of which each partition gets some, whoever chooses it.
func transfers(name string) []Record {
	records := make([]Record, transferred)
	for i := range records {
		key := fmt.Sprintf("%s-%d", name, i)
		records[i] = Record{Time: time.Now().UnixMilli(), Key: key, Value: key + " was transferred"}
	}
	return records
}

// expectThese waits until these are read, and no others, once each and where they lie: between them lies what cannot be read.
func (j *Journal) expectThese(sent []Record) {
	waited(func() bool { return len(j.Read()) >= len(sent) })
	expectSame("what is read", j.Read(), sent)
}

func expectSame(what string, found, expected []Record) {
	Expect("places and keys of "+what, places(found), places(expected))
}

func places(records []Record) (places []string) {
	for _, it := range records {
		places = append(places, fmt.Sprintf("%d/%d %s", it.Partition, it.Offset, it.Key))
	}
	slices.Sort(places)
	return places
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
