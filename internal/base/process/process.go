// Package process starts, restarts and stops the application under test with all of its
// child processes. It is the only package that runs a command: the command of a user.
package process

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// An Application runs a command line in the system's shell. [Start] starts it; call Stop.
type Application struct {
	command string
	output  tail

	mu      sync.Mutex
	running *running
}

// A running is one start of the command.
type running struct {
	command *exec.Cmd
	ended   chan struct{} // closed at the end
	reason  string        // how it ended; valid once ended is closed
}

// The limits of an application.
const (
	// stopTimeout is the time to end after a request to stop.
	stopTimeout = 5 * time.Second
	// outputTimeout is the time to close the output after the end.
	outputTimeout = time.Second
)

// Start starts a command line. Signals of the terminal don't reach it.
func Start(command string) (*Application, error) {
	a := &Application{command: command}
	return a, a.start()
}

// start starts the command. The caller holds mu, or has the only reference to a.
func (a *Application) start() error {
	c := shell(a.command)
	c.Stdout, c.Stderr = &a.output, &a.output
	c.WaitDelay = outputTimeout // a child may keep the output open
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the application: %w", err)
	}
	one := &running{command: c, ended: make(chan struct{})}
	a.running = one
	go func() {
		err := c.Wait()
		one.reason = "exit status 0"
		if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			one.reason = err.Error()
		}
		close(one.ended)
	}()
	return nil
}

// Ended returns how the application ended; "" while it runs.
func (a *Application) Ended() string {
	a.mu.Lock()
	one := a.running
	a.mu.Unlock()
	if one == nil {
		return "it was stopped"
	}
	select {
	case <-one.ended:
		return one.reason
	default:
		return ""
	}
}

// Output returns the end of the output of all starts.
func (a *Application) Output() string { return a.output.String() }

// Restart stops the application and starts it again.
func (a *Application) Restart(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.start()
}

// Stop asks the application and its child processes to end, and kills those that don't. It
// returns after the end, or after a timeout.
func (a *Application) Stop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop()
}

func (a *Application) stop() {
	one := a.running
	if one == nil {
		return
	}
	a.running = nil
	if terminate(one.command) {
		one.await(stopTimeout)
	}
	kill(one.command) // also the remaining child processes
	one.await(stopTimeout)
}

// await waits for the end, or until the limit.
func (r *running) await(limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
	}
}

// A tail keeps the end of its input, in whole lines.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// maxTail is the size of the kept end, in bytes.
const maxTail = 4 << 10

// Write appends text and drops the oldest.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-2*maxTail):]...)
	if over := len(t.text) - 2*maxTail; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.ToValidUTF8(string(t.text), "�")
	if over := len(text) - maxTail; over > 0 {
		text = text[over:]
		if _, rest, found := strings.Cut(text, "\n"); found {
			text = rest
		}
		text = "…\n" + strings.ToValidUTF8(text, "")
	}
	return strings.TrimRight(text, "\n")
}
