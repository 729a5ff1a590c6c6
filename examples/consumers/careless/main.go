// Command careless runs the application of ../app with bugs: BUG=dup,race.
package main

import "github.com/ringback-dev/ringback/examples/consumers/app"

func main() { app.Main(app.BugsOf) }
