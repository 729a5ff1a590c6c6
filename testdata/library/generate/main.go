// The program generates a webhook from a seed.
package main

import (
	"fmt"
	"log"

	"github.com/ringback-dev/ringback/generator"
)

func main() {
	g, err := generator.New()
	if err != nil {
		log.Fatal(err)
	}
	event, err := g.Generate(generator.Request{Route: "gupshup/v2", Event: "message.delivered", Seed: 7})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s\n%s\n", event.Type, event.Body)
}
