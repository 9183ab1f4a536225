// The story of ../README.md, told with the clients of Go:
//
//	clients franz-go <bootstrap servers>
//	clients sarama <Config.Version, or newest> <bootstrap servers>
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/IBM/sarama"
)

func main() {
	servers := strings.Split(os.Args[len(os.Args)-1], ",")
	switch os.Args[1] {
	case "franz-go":
		tell(newFranz(servers), len(servers))
	case "sarama":
		version := sarama.MaxVersion
		if os.Args[2] != "newest" {
			var err error
			version, err = sarama.ParseKafkaVersion(os.Args[2])
			check(err)
		}
		client := newSarama(servers, version)
		tellByPartition(client)
		if version.IsAtLeast(sarama.V0_10_2_0) {
			tell(client, len(servers))
		}
	}
}

// chapter says that this much of the story came true.
func chapter(told string, args ...any) {
	fmt.Printf("ok "+told+"\n", args...)
}

// check ends the program when there is an error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}
