package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// runMode does what this binary does in a process of its own, so that it can be measured alone. It
// reports whether the arguments name a mode.
func runMode(args []string) (found bool, err error) {
	mode := func(name string, count int) bool { return len(args) == count+1 && args[0] == name }
	switch {
	case mode("input", 2):
		return true, writeInput(args[1], args[2])
	case mode("reference-validate", 3):
		return true, referenceValidate(args[1], args[2], args[3])
	case mode("reference-post", 3):
		return true, referencePost(args[1], args[2], args[3])
	case mode("reference-serve", 0):
		return true, listen(fixedResponse())
	case mode("receive", 0):
		return true, listen(receiver())
	}
	return false, nil
}

// referenceValidate is the loop that a developer would write: it decodes each line and validates
// it against the schema of its type, which it knows. types has a line for each body.
func referenceValidate(bodies, types, schemas string) error {
	names, err := os.Open(types)
	if err != nil {
		return err
	}
	defer names.Close()
	input, err := os.Open(bodies)
	if err != nil {
		return err
	}
	defer input.Close()
	compiled := map[string]*jsonschema.Schema{}
	lines, known := bufio.NewScanner(input), bufio.NewScanner(names)
	lines.Buffer(nil, 1<<20)
	valid := 0
	for lines.Scan() && known.Scan() {
		schema, ok := compiled[known.Text()]
		if !ok {
			if schema, err = compile(schemas, known.Text()); err != nil {
				return err
			}
			compiled[known.Text()] = schema
		}
		decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			return err
		}
		if schema.Validate(v) == nil {
			valid++
		}
	}
	fmt.Fprintln(os.Stdout, valid, "valid")
	return errors.Join(lines.Err(), known.Err())
}

func compile(folder, name string) (*jsonschema.Schema, error) {
	source, err := os.ReadFile(schemaFile(folder, name))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	if err := compiler.AddResource("bench:///"+name, bytes.NewReader(source)); err != nil {
		return nil, err
	}
	return compiler.Compile("bench:///" + name)
}

func schemaFile(folder, name string) string {
	return filepath.Join(folder, filepath.FromSlash(name)+".json")
}

// atOnce is how many requests are under way, on both sides.
const atOnce = 16

// referencePost posts a body of a size to a URL as often as count says.
func referencePost(url, count, size string) error {
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	bytesEach, err := strconv.Atoi(size)
	if err != nil {
		return err
	}
	body := bytes.Repeat([]byte("a"), bytesEach)
	return post(n, func(int) (*http.Request, error) {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, bytes.NewReader(body))
		if err == nil {
			request.Header.Set("Content-Type", "application/json")
		}
		return request, err
	})
}

// post makes n requests, atOnce at the same time, on connections that are kept.
func post(n int, request func(i int) (*http.Request, error)) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var next atomic.Int64
	failures := make([]error, atOnce)
	var workers sync.WaitGroup
	for w := range atOnce {
		workers.Go(func() {
			for failures[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				r, err := request(i)
				if err == nil {
					err = do(client, r)
				}
				failures[w] = err
			}
		})
	}
	workers.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}

// retryAfter is when a request is repeated that a server had no room for.
const retryAfter = 50 * time.Millisecond

func do(client *http.Client, r *http.Request) error {
	response, err := client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode == http.StatusServiceUnavailable && r.GetBody != nil {
		if r.Body, err = r.GetBody(); err != nil {
			return err
		}
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-time.After(retryAfter):
			return do(client, r)
		}
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("call %s: got %s", r.URL, response.Status)
	}
	return nil
}

// fixedResponse is the smallest mock: it decodes a call and responds with the same body each time.
func fixedResponse() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call map[string]any
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"messaging_product":"whatsapp","contacts":[{"input":"1","wa_id":"1"}],"messages":[{"id":"1"}]}`)
	})
}

// A count is what a receiver has received.
type count struct {
	Requests int64 `json:"requests"`
	Bytes    int64 `json:"bytes"`
}

// receiver accepts every POST, and responds to a GET with its count.
func receiver() http.Handler {
	var requests, size atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_ = json.NewEncoder(w).Encode(count{requests.Load(), size.Load()})
			return
		}
		n, _ := io.Copy(io.Discard, r.Body)
		requests.Add(1)
		size.Add(n)
	})
}

// listen serves on a free port of the loopback until the process is killed or its parent ends.
func listen(handler http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "listening at http://%s\n", listener.Addr())
	s := &http.Server{Handler: handler}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // ends with the parent
		_ = s.Close()
	}()
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
