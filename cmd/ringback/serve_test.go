package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What the documents show of the server is run here, on other ports: each call
// is answered with success, and so many webhooks come, each judged ok.
func TestTheServerDoesWhatTheDocumentsShow(t *testing.T) {
	t.Parallel()
	count := 0
	for _, file := range []string{"README.md", "docs/serve.md", "docs/quickstart.md"} {
		text, err := os.ReadFile("../../" + file)
		require.NoError(t, err)
		for _, block := range regexp.MustCompile("(?s)<!-- serve: (\\d+) -->\n```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			count++
			t.Run(fmt.Sprint(file, " ", count), func(t *testing.T) {
				t.Parallel()
				want, err := strconv.Atoi(block[1])
				require.NoError(t, err)
				runShown(t, block[2], want)
			})
		}
	}
	require.Equal(t, 8, count)
}

func runShown(t *testing.T, block string, want int) {
	t.Helper()
	var listened safeBuffer
	code, ports := make(chan int, 1), strings.NewReplacer()
	var replaced []string
	for line := range strings.SplitSeq(strings.TrimSpace(joined(block)), "\n") {
		switch words := shellWords(line); {
		case strings.HasPrefix(line, tool+"listen"):
			require.Equal(t, fmt.Sprint("listen --addr 127.0.0.1:3000 --count ", want, " &"), strings.TrimPrefix(line, tool))
			errs := newAwaited("listening on ")
			go func() {
				args := []string{"listen", "--addr", "127.0.0.1:0", "--count", strconv.Itoa(want), "--format", "ndjson"}
				code <- run(t.Context(), args, streams{strings.NewReader(""), &listened, errs})
			}()
			replaced = append(replaced, "http://127.0.0.1:3000", <-errs.line)
			ports = strings.NewReplacer(replaced...)
		case strings.HasPrefix(line, tool+"serve"):
			args := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(line, tool), " &"))
			for i := range args {
				args[i] = ports.Replace(args[i])
			}
			errs, ended := newAwaited("control side at "), make(chan int, 1)
			go func() {
				// 600 for 60 only makes the waiting shorter.
				args = append(args, "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--speed", "600x")
				ended <- run(t.Context(), args, streams{strings.NewReader(""), io.Discard, errs})
			}()
			t.Cleanup(func() { require.Equal(t, exitFine, <-ended) })
			control, _, _ := strings.Cut(<-errs.line, ",")
			_, provider, _ := strings.Cut(errs.String(), "provider side at ")
			provider, _, _ = strings.Cut(provider, "\n")
			replaced = append(replaced, "http://127.0.0.1:8080", provider, "http://127.0.0.1:8081", control)
			ports = strings.NewReplacer(replaced...)
		case strings.HasPrefix(line, tool+"play"):
			args := append(strings.Fields(ports.Replace(strings.TrimPrefix(line, tool))), "--speed", "600x")
			require.Equal(t, exitFine, run(t.Context(), args, streams{strings.NewReader(""), io.Discard, io.Discard}))
		case words[0] == "curl":
			for i := range words {
				words[i] = ports.Replace(words[i])
			}
			request, err := curlRequest(words[1:])
			require.NoError(t, err)
			answer, err := new(http.Client).Do(request)
			require.NoError(t, err)
			body, err := io.ReadAll(answer.Body)
			require.NoError(t, err)
			require.NoError(t, answer.Body.Close())
			require.Equal(t, 2, answer.StatusCode/100, "%s\n%s", line, body)
		default:
			require.Fail(t, "no such line is run", line)
		}
	}
	require.Equal(t, exitFine, <-code)
	require.Equal(t, want, strings.Count(listened.String(), `"verdict":"ok"`), "%s", listened.String())
	http.DefaultClient.CloseIdleConnections()
}

// joined puts lines together that a backslash or an open quote continues.
func joined(block string) string {
	var out strings.Builder
	open := false
	for line := range strings.SplitSeq(block, "\n") {
		if open = open != (strings.Count(line, "'")%2 == 1); open {
			out.WriteString(line + " ")
			continue
		}
		if head, more := strings.CutSuffix(line, "\\"); more {
			out.WriteString(head)
			continue
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// shellWords splits a line as a shell does, of which it knows single quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quoted, has := false, false
	for _, c := range line {
		switch {
		case c == '\'':
			quoted, has = !quoted, true
		case c == ' ' && !quoted:
			if has {
				words = append(words, word.String())
			}
			word.Reset()
			has = false
		default:
			word.WriteRune(c)
			has = true
		}
	}
	if has {
		words = append(words, word.String())
	}
	return words
}
