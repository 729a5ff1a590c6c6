package app

import (
	"cmp"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Main runs the application with the settings of the environment: PORT and HOST, where
// it listens; PROVIDER, the route; PROVIDER_URL, the base URL of the provider's API;
// SECRET, which checks signatures. Bugs says which habits it lacks; nil is none.
func Main(bugs func() []string) {
	log.SetFlags(0)
	config := Config{Route: os.Getenv("PROVIDER"), ProviderURL: strings.TrimSuffix(os.Getenv("PROVIDER_URL"), "/"), Secret: os.Getenv("SECRET")}
	if bugs != nil {
		config.Bugs = bugs()
	}
	a, err := New(config)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), cmp.Or(os.Getenv("PORT"), "3000")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", l.Addr())
	log.Fatal((&http.Server{Handler: a, ReadTimeout: 10 * time.Second}).Serve(l))
}

// BugsOf are those that the variable BUG names, with commas between.
func BugsOf() []string {
	return strings.FieldsFunc(os.Getenv("BUG"), func(r rune) bool { return r == ',' || r == ' ' })
}
