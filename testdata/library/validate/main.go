// The program validates a webhook and prints what is invalid in it.
package main

import (
	"fmt"
	"log"

	"github.com/ringback-dev/ringback/schemas"
)

func main() {
	catalog, err := schemas.Load()
	if err != nil {
		log.Fatal(err)
	}
	items, err := catalog.Validate(schemas.Scope{Route: "gupshup"}, []byte(`{"type": "user-event", "payload": {"type": "opted-inn"}}`))
	if err != nil {
		log.Fatal(err)
	}
	for _, item := range items {
		for _, f := range item.Verdict.Findings {
			fmt.Printf("%d:%d %s %s; %s\n", f.Line, f.Column, f.Pointer, f.Found, f.Hint)
		}
	}
}
