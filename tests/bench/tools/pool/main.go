// Pool times the engine of Kong's Go library: workflows of providers that do nothing. Prints for
// each round the nanoseconds a job took.
package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/kong/kubernetes-telemetry/pkg/provider"
	"github.com/kong/kubernetes-telemetry/pkg/telemetry"
	"github.com/kong/kubernetes-telemetry/pkg/types"
)

func nothing(context.Context) (types.ProviderReport, error) {
	return types.ProviderReport{"items_count": 3}, nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	jobs := flag.Int("jobs", 1000, "providers of the workflow")
	rounds := flag.Int("rounds", 20, "")
	flag.Parse()

	workflow := telemetry.NewWorkflow("bench")
	for range *jobs {
		workflow.AddProvider(must(provider.NewFunctorProvider("nothing", nothing)))
	}
	for range *rounds {
		start := time.Now()
		must(workflow.Execute(context.Background()))
		fmt.Println(time.Since(start).Nanoseconds() / int64(*jobs))
	}
}
