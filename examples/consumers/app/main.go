package app

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Main runs the application with the settings of the environment: PORT and HOST, the address;
// PROVIDER, the route; PROVIDER_URL, the base URL of the provider's API; SECRET, which verifies
// signatures; GREET, a phone number to which it sends a message at the start; VERBOSE, which
// prints every webhook; STYLE, alternative correct behavior. bugs returns the bugs to inject; or
// nil. With the argument healthcheck, it checks a running application instead.
func Main(bugs func() []string) {
	log.SetFlags(0)
	port := cmp.Or(os.Getenv("PORT"), "3000")
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		healthcheck(port)
		return
	}
	config := Config{Route: os.Getenv("PROVIDER"), ProviderURL: strings.TrimSuffix(os.Getenv("PROVIDER_URL"), "/"), Secret: os.Getenv("SECRET"), Styles: listOf("STYLE")}
	if os.Getenv("VERBOSE") != "" {
		config.Print = os.Stdout
	}
	if bugs != nil {
		config.Bugs = bugs()
	}
	a, err := New(config)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "127.0.0.1"), port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", l.Addr())
	server := &http.Server{Handler: a, ReadTimeout: 10 * time.Second}
	ending, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	if phone := os.Getenv("GREET"); phone != "" {
		a.Greet(phone)
	}
	select {
	case err := <-ended:
		log.Fatal(err)
	case <-ending.Done():
	}
	timeout, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(timeout); err != nil {
		log.Fatal(err)
	}
}

// healthcheck is for containers without curl.
func healthcheck(port string) {
	response, err := (&http.Client{Timeout: 2 * time.Second}).Get("http://" + net.JoinHostPort("127.0.0.1", port) + "/state")
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		log.Fatalf("check the application: status %d; want 200", response.StatusCode)
	}
}

// BugsOf returns the bugs of the variable BUG, separated by commas.
func BugsOf() []string { return listOf("BUG") }

// listOf returns the elements of a variable, separated by commas.
func listOf(variable string) []string {
	return strings.FieldsFunc(os.Getenv(variable), func(r rune) bool { return r == ',' || r == ' ' })
}
