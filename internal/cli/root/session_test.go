//go:build unix

package root

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// A session is a page as somebody takes it who pastes every command, from the first line
// to the last, into one shell. It leaves out what needs a Docker engine, which .ci/images
// runs, and replaces only
//
//   - where the repository is cloned from: this working tree
//   - the ports 8080, 8081 and 3000: free ones
//   - `go test ./...`, of which this test is a part: the tests of one package
//   - --speed 60x: 600x
//   - ringback listen: ringback listen --fail-on drift, so that each webhook has to be ok
type session struct {
	steps []step
	// replaced are the ports of the page and the ones in their place.
	replaced [][2]string
}

// A step is one command, and what the page shows that it prints.
type step struct {
	line    int
	command string
	output  string
	shown   bool
}

// wanted is the exit code of the commands of the pages that do not end with 0.
func (s step) wanted() []int {
	switch {
	case strings.HasPrefix(s.command, "ringback grade "), strings.HasPrefix(s.command, "ringback validate examples/"):
		return []int{cli.ExitFindings}
	case strings.HasPrefix(s.command, "kill "): // the server ends with 0, other programs by the signal
		return []int{0, 143}
	}
	return []int{0}
}

func TestPages_PastedIntoOneShell(t *testing.T) {
	t.Parallel()
	skipWithoutBuilds(t)
	for _, program := range []string{"bash", "curl", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed; it is where .ci/run runs", program)
		}
	}
	origin := repositoryOf(t, t.TempDir())
	for _, page := range []struct {
		name string
		// installs reports whether the page installs the program itself.
		installs bool
	}{{"README.md", true}, {"docs/quickstart.md", true}, {"docs/serve.md", false}, {"docs/requests.md", false}} {
		t.Run(page.name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(repository, page.name))
			require.NoError(t, err)
			s := session{steps: stepsOf(string(text)), replaced: freePorts(t)}
			require.Equal(t, page.installs, strings.HasPrefix(s.steps[0].command, "git clone "), "how the page begins")
			s.run(t, origin, page.installs)
		})
	}
}

// stepsOf are the commands of a page, in their order.
func stepsOf(page string) []step {
	var steps []step
	var block []string
	language, marks := "", ""
	for i, line := range strings.Split(page, "\n") {
		switch {
		case language == "" && strings.HasPrefix(line, "```"):
			if language = line[3:]; strings.Contains(marks, "docker") {
				language = "docker"
			}
			block = nil
		case strings.HasPrefix(line, "```"):
			first := i + 1 - len(block)
			switch language {
			case "sh":
				steps = append(steps, commandsOf(block, first)...)
			case "console":
				steps = append(steps, step{first, strings.TrimPrefix(block[0], "$ "), strings.Join(block[1:], "\n"), true})
			}
			language, marks = "", ""
		case language != "":
			block = append(block, line)
		case strings.HasPrefix(line, "<!--"):
			marks = line
		default:
			marks = ""
		}
	}
	return steps
}

// commandsOf are the commands of a block: a line, with those that go on after a
// backslash or within quotes.
func commandsOf(block []string, first int) []step {
	var steps []step
	for i := 0; i < len(block); i++ {
		s := step{line: first + i, command: block[i]}
		for i+1 < len(block) && (strings.HasSuffix(s.command, "\\") || strings.Count(s.command, "'")%2 == 1) {
			i++
			s.command += "\n" + block[i]
		}
		steps = append(steps, s)
	}
	return steps
}

// freePorts finds ports for those of the pages.
func freePorts(t *testing.T) [][2]string {
	t.Helper()
	var replaced [][2]string
	for _, port := range []string{"8080", "8081", "3000"} {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer l.Close()
		replaced = append(replaced, [2]string{port, strconv.Itoa(l.Addr().(*net.TCPAddr).Port)})
	}
	return replaced
}

// changed is a text of the page as it is run, or back.
func (s session) changed(text string, back bool) string {
	for _, r := range s.replaced {
		from, to := r[0], r[1]
		if back {
			from, to = to, from
		}
		text = regexp.MustCompile(`(127\.0\.0\.1:|PORT=)`+from+`\b`).ReplaceAllString(text, "${1}"+to)
	}
	if back {
		return text
	}
	text = strings.ReplaceAll(text, "go test ./...", "go test ./webhook")
	text = strings.ReplaceAll(text, "--speed 60x", "--speed 600x")
	return strings.ReplaceAll(text, "ringback listen ", "ringback listen --fail-on drift ")
}

// mark is a line between the output of two steps, with the exit code of the first.
const mark = "\n@@ step "

// run gives the steps to one shell, which has nothing from before but a folder.
func (s session) run(t *testing.T, origin string, installs bool) {
	t.Helper()
	home := t.TempDir()
	var script strings.Builder
	for i, one := range s.steps {
		fmt.Fprintf(&script, "%s\nprintf '\\n@@ step %d %%s\\n' $?\n", s.changed(one.command, false), i)
	}
	script.WriteString("jobs -r\n")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "--noprofile", "--norc")
	shell.Dir, shell.Env, shell.Stdin = home, s.environment(t, home, origin, installs), strings.NewReader(script.String())
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out, errs bytes.Buffer
	shell.Stdout, shell.Stderr, shell.WaitDelay = &out, &errs, 10*time.Second
	require.NoError(t, shell.Start())
	defer func() { _ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }() // of a page that fails something may be left
	// What still runs holds on to the output, and makes Wait fail.
	require.NoError(t, shell.Wait(), "%s\n%s", out.String(), errs.String())
	outputs := strings.Split(out.String(), mark)
	require.Len(t, outputs, len(s.steps)+1, "%s\n%s", out.String(), errs.String())
	for i, one := range s.steps {
		ended, _, _ := strings.Cut(outputs[i+1], "\n")
		code, err := strconv.Atoi(strings.TrimPrefix(ended, fmt.Sprint(i, " ")))
		require.NoError(t, err)
		require.Contains(t, one.wanted(), code, "line %d: %s\n%s\n%s", one.line, one.command, outputs[i], errs.String())
		if one.shown {
			_, printed, _ := strings.Cut(outputs[i], "\n")
			if i == 0 {
				printed = outputs[i]
			}
			require.Equal(t, one.output, strings.TrimSuffix(s.changed(printed, true), "\n"), "line %d: %s", one.line, one.command)
		}
	}
	_, left, _ := strings.Cut(outputs[len(s.steps)], "\n")
	require.Empty(t, strings.TrimSpace(left), "what still runs in the end")
	for _, r := range s.replaced {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+r[1])
		require.NoError(t, err, "port %s is still in use in the end", r[0])
		require.NoError(t, l.Close())
	}
}

// environment is that of somebody who has Go, git and curl, and whose clone is of this
// working tree. The ports that the program listens on by itself are changed as well.
func (s session) environment(t *testing.T, home, origin string, installs bool) []string {
	t.Helper()
	ports := map[string]string{}
	for _, r := range s.replaced {
		ports[r[0]] = r[1]
	}
	path := os.Getenv("PATH")
	if !installs {
		bin := filepath.Join(home, "bin")
		require.NoError(t, os.Mkdir(bin, 0o755))
		goInstall(t, append(os.Environ(), "GOBIN="+bin), repository, "./cmd/ringback")
		path = bin + string(filepath.ListSeparator) + path
	}
	return append(os.Environ(),
		"HOME="+home, "PATH="+path, "GOPATH="+filepath.Join(home, "go"), "GOBIN=", "GOFLAGS=-buildvcs=false -trimpath -ldflags=-s", // with -trimpath, clones share the build cache; -s links faster
		"GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOCACHE="+goEnv(t, "GOCACHE"),
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+origin+".insteadOf", "GIT_CONFIG_VALUE_0=https://github.com/ringback-dev/ringback",
		"RINGBACK_LISTEN=127.0.0.1:"+ports["8080"], "RINGBACK_CONTROL_LISTEN=127.0.0.1:"+ports["8081"],
	)
}

// repositoryOf makes a repository of the working tree as it is, with what is not
// committed yet, in a folder.
func repositoryOf(t *testing.T, below string) string {
	t.Helper()
	tree, err := filepath.Abs(repository)
	require.NoError(t, err)
	folder := filepath.Join(below, "origin.git")
	for _, args := range [][]string{
		{"init", "-q", "--bare", folder},
		{"--git-dir", folder, "config", "core.compression", "0"}, // most of the time would go into it
		{"--git-dir", folder, "--work-tree", tree, "add", "-A"},
		{"--git-dir", folder, "--work-tree", tree, "-c", "user.name=Test", "-c", "user.email=test@example.com", "commit", "-q", "--no-verify", "-m", "The working tree."},
	} {
		command := exec.CommandContext(t.Context(), "git", args...)
		command.Dir = tree
		out, err := command.CombinedOutput()
		require.NoError(t, err, "git %s\n%s", strings.Join(args, " "), out)
	}
	return folder
}
