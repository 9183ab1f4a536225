package story

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// The steps of ../../steps.ts, in their order.
var steps = []string{
	"topic", "produce", "headers", "gzip", "snappy", "lz4", "zstd", "idempotent", "partition",
	"group", "rebalance", "commit", "time", "configs", "groups", "delete",
	"transaction", "abort", "transform", "fenced", "timeout", "failover",
}

const (
	programLimit = 170 * time.Second
	waitLimit    = 30 * time.Second
	// How long a broker of a real cluster may take to start.
	startLimit = 90 * time.Second
)

// The step that is being done; whoever cannot even connect has failed in the first.
var current atomic.Value

func init() { current.Store(steps[0]) }

// Run does each step, in their order, and prints its line: what the step says of itself, or why the client lacks it.
func Run(lacks map[string]string, do map[string]func() string) {
	time.AfterFunc(programLimit, func() { Fail("not done after %v", programLimit) })
	for _, step := range steps {
		if step == "failover" && !canKill() {
			continue
		}
		if why, lacking := lacks[step]; lacking {
			fmt.Printf("no %s: %s\n", step, why)
			continue
		}
		current.Store(step)
		Ok(do[step]())
	}
}

// Ok says of the step at hand what came true. A step that says more than one thing calls it for all but the last.
func Ok(told string) { fmt.Printf("ok %s: %s\n", current.Load(), told) }

// Fail ends the program.
func Fail(why string, args ...any) {
	fmt.Fprintf(os.Stderr, "%v: %s\n", current.Load(), fmt.Sprintf(why, args...))
	os.Exit(1)
}

// Check ends the program when there is an error.
func Check(err error) {
	if err != nil {
		Fail("%v", err)
	}
}

// Must gives the value, and ends the program when there is an error.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Expect ends the program when what was found does not read as what was expected.
func Expect(what string, found, expected any) {
	if f, e := fmt.Sprintf("%+v", found), fmt.Sprintf("%+v", expected); f != e {
		Fail("%s: expected\n  %s\nbut found\n  %s", what, e, f)
	}
}

// Until waits until it holds, and ends the program when that takes too long.
func Until(what string, holds func() bool) {
	UntilWithin(waitLimit, what, holds)
}

// UntilWithin is Until with another patience.
func UntilWithin(limit time.Duration, what string, holds func() bool) {
	if !waitedFor(limit, holds) {
		Fail("waited %v in vain for %s", limit, what)
	}
}

func waited(holds func() bool) bool { return waitedFor(waitLimit, holds) }

func waitedFor(limit time.Duration, holds func() bool) bool {
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			return false
		}
		time.Sleep(5 * time.Millisecond)
	}
	return true
}
