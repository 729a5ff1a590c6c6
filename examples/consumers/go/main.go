// A careful consumer of webhooks: everything of it is in ../app.
package main

import "github.com/ringback-dev/ringback/examples/consumers/app"

func main() { app.Main(nil) }
