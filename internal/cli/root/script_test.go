package root

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

// TestMain runs this binary as ringback where a script asks for it. What a
// test leaves running fails the whole.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // as the command sets it: much is loaded once, and stays
	testscript.Main(leakFree{m}, map[string]func(){
		"ringback": func() { os.Exit(Main("")) },
	})
}

type leakFree struct{ m *testing.M }

func (l leakFree) Run() int {
	code := l.m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		_, _ = io.WriteString(os.Stderr, err.Error()+"\n")
		return 1
	}
	return code
}

// A script is run in a folder of its own, as a process of its own, with $REPO
// as the root of the repository. Beyond testscript's commands it has:
//
//	exits CODE ringback ARG…   the command ends with this code, exactly
//	same LINE…                 stdout is these lines of JSON, in this order; of
//	                           each object only the keys that a LINE names count.
//	                           A summary at the end may be left out
//	jsoncheck FILE             the file, or stdout, is one JSON document
//	raw FILE TEXT              writes a file; TEXT is a Go text: '\xff{\x00}'
//	repeat FILE N TEXT         writes a file with a text N times
//	begin ringback listen ARG… starts a listener and waits until it listens, at $URL
//	begin ringback serve ARG… starts a server, whose sides are $PROVIDER and $CONTROL
//	curl STATUS ARG…           calls it, with arguments of curl; the answer has this status
//	                           and is in the file answer
//	keep NAME KEY…             keeps what the answer, in JSON, has at the keys as $NAME
//	post STATUS FILE…          posts files to it; each answer has this status and is empty
//	get STATUS QUERY BODY      asks it, and the answer has this status and body
//	ended CODE [serve] [interrupted|terminated] it ends with this code, if need be by a signal;
//	                           listen.out and listen.err are what it printed
//	harmless                   stdout and stderr hold nothing that a terminal
//	                           obeys, and no phone number of the scripts
func TestScripts(t *testing.T) {
	t.Parallel()
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPO", repo)
			e.Setenv("GORACE", "atexit_sleep_ms=0") // else each process under -race ends a second later
			e.Values[listeningKey{}] = &scriptState{processes: map[string]*listening{}}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "root" { // who may read everything
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("no condition is named %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "same": same, "jsoncheck": jsonCheck, "raw": raw, "repeat": repeat, "harmless": harmlessOutput,
			"begin": begin, "curl": curl, "keep": keep, "post": post, "get": get, "ended": ended,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "exits CODE ringback ARG…")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		code = ended.ExitCode()
	}
	if code != want {
		ts.Fatalf("%s ended with %d, not %d", strings.Join(args[1:], " "), code, want)
	}
}

func same(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, "same LINE…")
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\n"), "\n")
	if last := len(lines) - 1; last == len(args) && strings.HasPrefix(lines[last], `{"summary":`) {
		lines = lines[:last]
	}
	if len(lines) != len(args) {
		ts.Fatalf("stdout has %d lines, not %d", len(lines), len(args))
	}
	for i, line := range lines {
		var got, want any
		ts.Check(json.Unmarshal([]byte(line), &got))
		if err := json.Unmarshal([]byte(args[i]), &want); err != nil {
			ts.Fatalf("read %s: %v", args[i], err)
		}
		if !holds(got, want) {
			ts.Fatalf("line %d is\n%s\nwhich does not hold\n%s", i+1, line, args[i])
		}
	}
}

// holds reports whether got has everything that want names; a list has as many
// elements.
func holds(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		for key, value := range want {
			inner, has := object[key]
			ok = ok && has && holds(inner, value)
		}
		return ok
	case []any:
		list, ok := got.([]any)
		ok = ok && len(list) == len(want)
		for i := 0; ok && i < len(want); i++ {
			ok = holds(list[i], want[i])
		}
		return ok
	}
	return got == want
}

func jsonCheck(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 1, "jsoncheck FILE")
	if !json.Valid([]byte(ts.ReadFile(args[0]))) {
		ts.Fatalf("%s is no JSON document", args[0])
	}
}

func raw(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 2, "raw FILE TEXT")
	// Quotes stand as they are; only escapes are read.
	text, err := strconv.Unquote(`"` + strings.ReplaceAll(args[1], `"`, `\"`) + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}

func repeat(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 3, "repeat FILE N TEXT")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), bytes.Repeat([]byte(args[2]), n), 0o644))
}

func harmlessOutput(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 0, "harmless")
	for _, stream := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(stream)
		if !utf8.ValidString(text) {
			ts.Fatalf("%s is not UTF-8", stream)
		}
		for i, r := range text {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				ts.Fatalf("%s holds %U: …%q", stream, r, text[max(0, i-40):i])
			}
		}
		if i := strings.Index(text, "9190000000"); i >= 0 {
			ts.Fatalf("%s shows a phone number: …%q", stream, text[max(0, i-40):min(len(text), i+12)])
		}
	}
}

func usage(ts *testscript.TestScript, wrong bool, text string) {
	if wrong {
		ts.Fatalf("usage: %s", text)
	}
}
