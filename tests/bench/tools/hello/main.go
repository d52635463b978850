// Hello does nothing, with client-go linked in: what a Go program of its kind needs to start.
package main

import (
	"fmt"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func main() {
	if _, err := kubernetes.NewForConfig(&rest.Config{Host: "https://localhost"}); err != nil {
		panic(err)
	}
	fmt.Println("hello")
}
