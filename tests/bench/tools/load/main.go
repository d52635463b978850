// Load fills the etcd of an API server with a cluster of that many pods, and what goes with them.
//
// It writes what the server would have stored, several thousand objects a second; the server's watch
// cache picks them up. The same seed makes the same cluster. An object that is there is overwritten.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

// Within etcd's own limits: 128 operations and 1.5 MB a transaction.
const (
	maxOps   = 100
	maxBytes = 1 << 20
	writers  = 4
)

type batch struct {
	puts  []clientv3.Op
	bytes int
}

// store encodes objects as the API server does and gathers them into transactions.
type store struct {
	encoder *protobuf.Serializer
	out     chan<- batch
	filling batch
	objects int
	bytes   int
}

func (s *store) put(key string, object runtime.Object) error {
	var value bytes.Buffer
	if err := s.encoder.Encode(object, &value); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if s.filling.bytes+value.Len() > maxBytes {
		s.flush()
	}
	s.filling.puts = append(s.filling.puts, clientv3.OpPut("/registry/"+key, value.String()))
	s.filling.bytes += value.Len()
	s.objects++
	s.bytes += value.Len()
	if len(s.filling.puts) == maxOps {
		s.flush()
	}
	return nil
}

func (s *store) flush() {
	if len(s.filling.puts) > 0 {
		s.out <- s.filling
	}
	s.filling = batch{}
}

func run() error {
	endpoint := flag.String("endpoint", "http://127.0.0.1:2379", "of etcd")
	pods := flag.Int("pods", 1000, "how many pods")
	seed := flag.Uint64("seed", 1, "")
	flag.Parse()

	etcd, err := clientv3.New(clientv3.Config{Endpoints: []string{*endpoint}, DialTimeout: 5 * time.Second})
	if err != nil {
		return err
	}
	defer etcd.Close()

	batches := make(chan batch, writers)
	var writing sync.WaitGroup
	var failed atomic.Pointer[error]
	for range writers {
		writing.Go(func() {
			for b := range batches {
				if failed.Load() != nil {
					continue // drained, so that whoever fills does not block
				}
				if _, err := etcd.Txn(context.Background()).Then(b.puts...).Commit(); err != nil {
					failed.Store(&err)
				}
			}
		})
	}

	start := time.Now()
	s := &store{encoder: protobuf.NewSerializer(scheme.Scheme, scheme.Scheme), out: batches}
	err = fill(s, rand.New(rand.NewPCG(*seed, 0)), *pods)
	s.flush()
	close(batches)
	writing.Wait()
	if err != nil {
		return err
	}
	if failure := failed.Load(); failure != nil {
		return *failure
	}
	seconds := time.Since(start).Seconds()
	fmt.Printf("%d objects, %d MB, %.1f s, %.0f a second\n", s.objects, s.bytes/1e6, seconds,
		float64(s.objects)/seconds)
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
