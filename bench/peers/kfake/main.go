// kfake is franz-go's Kafka in a Go process, with one broker, on the port that is given: a peer to measure beside.
//
//	go run . 19092
//	npm run bench -- --peer 127.0.0.1:19092 produce-tcp fetch-tcp latency-tcp
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	if len(os.Args) != 2 {
		fail("usage: kfake <port>")
	}
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fail(err)
	}
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.Ports(port))
	if err != nil {
		fail(err)
	}
	defer cluster.Close()
	fmt.Println(cluster.ListenAddrs())

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
}

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
