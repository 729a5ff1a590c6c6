package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// A cost is what a process took from the machine.
type cost struct {
	cpu    float64 // user and system time in seconds
	memory float64 // peak or current resident memory in MiB, 0 if not known
}

// A program is a command line. It runs to its end, or until it is stopped.
type program struct {
	path  string
	args  []string
	input string // on standard input
	dir   string
	env   []string
}

// reference gives a program in Go the garbage collector that ringback sets for itself, or one that
// takes less time.
func (p program) reference() program {
	p.env = []string{"GOGC=400"}
	return p
}

func (p program) command(ctx context.Context) *exec.Cmd {
	c := exec.CommandContext(ctx, p.path, p.args...)
	c.Env = append(os.Environ(), p.env...)
	c.Dir = p.dir
	if p.input != "" {
		c.Stdin = strings.NewReader(p.input)
	}
	return c
}

// run measures a program from start to end. Its output is discarded.
func (p program) run(ctx context.Context) (cost, error) {
	c := p.command(ctx)
	var messages bytes.Buffer
	c.Stderr = &messages
	if err := c.Run(); err != nil {
		return cost{}, fmt.Errorf("run %s %s: %w: %s", p.path, strings.Join(p.args, " "), err, lastLine(messages.String()))
	}
	return costOf(c), nil
}

// costOf is what an ended process used. Linux counts the memory of the process that started it
// as part of the peak, so this process stays small: whatever needs the catalog runs in another one.
func costOf(c *exec.Cmd) cost {
	s := c.ProcessState
	return cost{cpu: (s.UserTime() + s.SystemTime()).Seconds(), memory: peakMemory(s)}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// A server is a process that listens, until it is stopped.
type server struct {
	command *exec.Cmd
	urls    []string
}

// start starts a program that prints, on either stream, a line with each of these words before
// a URL: "provider API at http://…".
func (p program) start(ctx context.Context, words ...string) (*server, error) {
	c := p.command(ctx)
	if _, err := c.StdinPipe(); err != nil { // those of our own end with it
		return nil, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.Stdout, c.Stderr = writer, writer
	err = c.Start()
	_ = writer.Close()
	if err != nil {
		return nil, err
	}
	s := &server{command: c}
	lines := bufio.NewScanner(reader)
	for len(s.urls) < len(words) && lines.Scan() {
		if _, url, found := strings.Cut(lines.Text(), words[len(s.urls)]+" "); found {
			url, _, _ = strings.Cut(url, ",")
			s.urls = append(s.urls, url)
		}
	}
	if len(s.urls) < len(words) {
		_ = reader.Close()
		s.stop()
		return nil, fmt.Errorf("start %s: it ended without %q", p.path, words[len(s.urls)])
	}
	go func() { // what it still prints must not block it
		_, _ = io.Copy(io.Discard, reader)
		_ = reader.Close()
	}()
	return s, nil
}

// stop kills the process, so that its end costs nothing, and returns what it used.
func (s *server) stop() cost {
	_ = s.command.Process.Kill()
	_ = s.command.Wait() // it was killed
	return costOf(s.command)
}

// resident reads VmRSS or VmHWM of a process in MiB, 0 on systems without /proc.
func (s *server) resident(name string) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
			return kib / 1024
		}
	}
	return 0
}
