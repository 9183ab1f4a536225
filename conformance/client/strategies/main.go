// Plans by Sarama itself, for groups that chance makes: what the tests of memkafka's strategies are held against.
//
//	go run ./strategies SEED GROUPS
//
// Sarama's sticky strategies go through Go maps, whose order is a new one each time. So every group is planned many times: of one that
// has one plan the fixture keeps the plan, of any other how many partitions the members got and how many stayed where they were.
package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"slices"
	"strconv"

	"github.com/IBM/sarama"
)

const times = 60

type partitions map[string][]int32

type member struct {
	Topics     []string   `json:"topics"`
	UserData   []byte     `json:"userData,omitempty"`
	Owned      partitions `json:"owned,omitempty"`
	Generation int32      `json:"generation"`
}

type group struct {
	Strategy string                `json:"strategy"`
	Topics   partitions            `json:"topics"`
	Members  map[string]member     `json:"members"`
	Plan     map[string]partitions `json:"plan,omitempty"`
	// Of plans that differ: the numbers of partitions by member, and how many partitions at least stayed.
	Sizes []map[string]int `json:"sizes,omitempty"`
	Kept  *int             `json:"kept,omitempty"`
}

func main() {
	sarama.Logger = silent{}
	if len(os.Args) != 3 {
		fail("strategies SEED GROUPS")
	}
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	if err != nil {
		fail("SEED must be a whole number")
	}
	count, err := strconv.Atoi(os.Args[2])
	if err != nil || count < 1 {
		fail("GROUPS must be a whole number above 0")
	}
	chance := rand.New(rand.NewSource(seed))
	strategies := []sarama.BalanceStrategy{
		sarama.NewBalanceStrategyRange(),
		sarama.NewBalanceStrategyRoundRobin(),
		sarama.NewBalanceStrategySticky(),
		sarama.NewBalanceStrategyCooperativeSticky(),
	}
	var groups []group
	for range count {
		for _, strategy := range strategies {
			groups = append(groups, story(chance, strategy)...)
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	for i, g := range groups {
		fmt.Print(map[bool]string{true: "[\n", false: ","}[i == 0])
		if err := encoder.Encode(g); err != nil {
			fail(err.Error())
		}
	}
	fmt.Println("]")
}

// A group that is made, and then planned again after members came and went.
func story(chance *rand.Rand, strategy sarama.BalanceStrategy) []group {
	topics := partitions{}
	for i := range 1 + chance.Intn(3) {
		for p := range 1 + chance.Intn(12) {
			name := fmt.Sprintf("topic-%d", i)
			topics[name] = append(topics[name], int32(p))
		}
	}
	alike := chance.Intn(2) == 0
	members := map[string]member{}
	for i := range 1 + chance.Intn(4) {
		members[fmt.Sprintf("member-%d", i)] = newMember(chance, topics, alike)
	}
	sticky := strategy.Name() == sarama.StickyBalanceStrategyName || strategy.Name() == sarama.CooperativeStickyBalanceStrategyName
	rounds := 1
	if sticky {
		rounds = 3
	}
	var groups []group
	for round := range rounds {
		g, plan := planned(strategy, topics, members)
		groups = append(groups, g)
		next := map[string]member{}
		for _, id := range slices.Sorted(maps.Keys(members)) {
			if chance.Intn(4) == 0 && len(members) > 1 {
				continue
			}
			next[id] = told(strategy, id, members[id], plan[id], int32(round+1))
		}
		for i := range chance.Intn(3) {
			next[fmt.Sprintf("member-%d%d", round, i)] = newMember(chance, topics, alike)
		}
		if len(next) == 0 {
			break
		}
		members = next
	}
	return groups
}

func newMember(chance *rand.Rand, topics partitions, alike bool) member {
	m := member{Generation: -1}
	for _, topic := range slices.Sorted(maps.Keys(topics)) {
		if alike || chance.Intn(3) > 0 {
			m.Topics = append(m.Topics, topic)
		}
	}
	if len(m.Topics) == 0 {
		m.Topics = []string{"topic-0"}
	}
	return m
}

// What a member says at the next rebalance.
func told(strategy sarama.BalanceStrategy, id string, m member, held partitions, generation int32) member {
	if strategy.Name() == sarama.CooperativeStickyBalanceStrategyName {
		return member{Topics: m.Topics, Owned: held, Generation: generation}
	}
	data, err := strategy.AssignmentData(id, held, generation)
	if err != nil {
		fail(err.Error())
	}
	return member{Topics: m.Topics, UserData: data, Generation: -1}
}

func planned(strategy sarama.BalanceStrategy, topics partitions, members map[string]member) (group, map[string]partitions) {
	subscribed := partitions{}
	metadata := map[string]sarama.ConsumerGroupMemberMetadata{}
	for id, m := range members {
		for _, topic := range m.Topics {
			subscribed[topic] = topics[topic]
		}
		meta := sarama.ConsumerGroupMemberMetadata{Version: 3, Topics: m.Topics, UserData: m.UserData, GenerationID: m.Generation}
		for _, topic := range slices.Sorted(maps.Keys(m.Owned)) {
			meta.OwnedPartitions = append(meta.OwnedPartitions, &sarama.OwnedPartition{Topic: topic, Partitions: m.Owned[topic]})
		}
		metadata[id] = meta
	}
	g := group{Strategy: strategy.Name(), Topics: subscribed, Members: members}
	plans := map[string]map[string]partitions{}
	for range times {
		plan, err := strategy.Plan(metadata, subscribed)
		if err != nil {
			fail(err.Error())
		}
		sorted := map[string]partitions{}
		for id, held := range plan {
			if len(held) == 0 {
				continue
			}
			sorted[id] = partitions{}
			for topic, numbers := range held {
				sorted[id][topic] = slices.Sorted(slices.Values(numbers))
			}
		}
		text, err := json.Marshal(sorted)
		if err != nil {
			fail(err.Error())
		}
		plans[string(text)] = sorted
	}
	texts := slices.Sorted(maps.Keys(plans))
	first := plans[texts[0]]
	if len(texts) == 1 {
		g.Plan = first
		return g, first
	}
	seen := map[string]bool{}
	for _, text := range texts {
		plan := plans[text]
		sizes := map[string]int{}
		for id, held := range plan {
			for _, numbers := range held {
				sizes[id] += len(numbers)
			}
		}
		if text, _ := json.Marshal(sizes); !seen[string(text)] {
			seen[string(text)] = true
			g.Sizes = append(g.Sizes, sizes)
		}
		if kept := stayed(strategy, plan, members); g.Kept == nil || kept < *g.Kept {
			g.Kept = &kept
		}
	}
	return g, first
}

func stayed(strategy sarama.BalanceStrategy, plan map[string]partitions, members map[string]member) int {
	kept := 0
	for id, held := range plan {
		had := members[id].Owned
		if strategy.Name() == sarama.StickyBalanceStrategyName {
			had = decoded(members[id].UserData)
		}
		for topic, numbers := range held {
			for _, number := range numbers {
				if slices.Contains(had[topic], number) {
					kept++
				}
			}
		}
	}
	return kept
}

// The user data of the sticky strategy: topics with their partitions, then the generation.
func decoded(data []byte) partitions {
	had := partitions{}
	next := func() int {
		n := int(data[0])<<24 | int(data[1])<<16 | int(data[2])<<8 | int(data[3])
		data = data[4:]
		return n
	}
	if len(data) == 0 {
		return had
	}
	for range next() {
		size := int(data[0])<<8 | int(data[1])
		topic := string(data[2 : 2+size])
		data = data[2+size:]
		for range next() {
			had[topic] = append(had[topic], int32(next()))
		}
	}
	return had
}

type silent struct{}

func (silent) Print(...any)          {}
func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
