// Package process starts the application under test, starts it again, and stops it with
// all that it started. It is the only package that runs a command: one that a user gave
// on the command line.
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

// An Application runs a command line by the system's shell. [Start] makes one; Stop it.
type Application struct {
	command string
	output  tail

	mu      sync.Mutex
	running *running
}

// A running is one start of the command.
type running struct {
	command *exec.Cmd
	ended   chan struct{} // closed when it has ended
	why     string        // how; it may be read once ended is closed
}

// Bounds of what an application may take.
const (
	// politely is how long it may take to end after it was asked to.
	politely = 5 * time.Second
	// afterwards is how long its output may stay open when it has ended.
	afterwards = time.Second
)

// Start starts a command line. It belongs to this process alone: no signal of a terminal
// reaches it.
func Start(command string) (*Application, error) {
	a := &Application{command: command}
	return a, a.start()
}

// start starts it. The caller holds mu, or is the only one who knows of a.
func (a *Application) start() error {
	c := shell(a.command)
	c.Stdout, c.Stderr = &a.output, &a.output
	c.WaitDelay = afterwards // a child of it may keep the output open
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the application: %w", err)
	}
	one := &running{command: c, ended: make(chan struct{})}
	a.running = one
	go func() {
		err := c.Wait()
		one.why = "exit status 0"
		if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			one.why = err.Error()
		}
		close(one.ended)
	}()
	return nil
}

// Ended says how it ended; "" while it runs.
func (a *Application) Ended() string {
	a.mu.Lock()
	one := a.running
	a.mu.Unlock()
	if one == nil {
		return "it was stopped"
	}
	select {
	case <-one.ended:
		return one.why
	default:
		return ""
	}
}

// Output is the end of what it printed, of all starts.
func (a *Application) Output() string { return a.output.String() }

// Restart stops what is left of it, and starts it again.
func (a *Application) Restart(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	return a.start()
}

// Stop asks it and all that it started to end, and kills what does not. It returns when
// it has ended, or nothing more can be done.
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
		one.await(politely)
	}
	kill(one.command) // also what it started, and did not end itself
	one.await(politely)
}

// await waits until it has ended, but not for longer.
func (r *running) await(limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
	}
}

// A tail keeps the end of what is written to it, in whole lines.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// longestTail is how much is kept, in bytes.
const maxTail = 4 << 10

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
