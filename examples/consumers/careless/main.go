// The application of ../app with some of its habits taken away: BUG=dup,race.
package main

import "github.com/ringback-dev/ringback/examples/consumers/app"

func main() { app.Main(app.BugsOf) }
