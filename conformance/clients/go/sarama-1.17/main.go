// Sarama as its users of 2018 had it: first the steps, then the programs that were written with it then, an async producer and
// a consumer of one partition with an offset manager.
//
//	sarama-1.17 BOOTSTRAP_SERVERS
package main

import (
	"memkafka/conformance/clients/sarama-1.17/client"
	"memkafka/conformance/clients/story"
)

type withoutGroups struct{ *client.Client }

func (c withoutGroups) Lacks() map[string]string {
	lacks := c.Client.Lacks()
	for _, step := range []string{"group", "rebalance", "groups"} {
		lacks[step] = "Sarama has groups from 1.19 on; sarama-cluster had them before"
	}
	return lacks
}

func main() {
	servers := story.Servers()
	c := client.New(servers)
	p := &programs{servers: servers, client: c}
	story.Tell(withoutGroups{c}, len(servers), map[string]func() string{"produce": p.produce, "commit": p.consume})
}
