// Command go runs a careful consumer of webhooks; see ../app.
package main

import "github.com/ringback-dev/ringback/examples/consumers/app"

func main() { app.Main(nil) }
