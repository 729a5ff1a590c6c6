package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/root"
)

var (
	shownBlock = regexp.MustCompile("(?s)(?:<!-- write: (\\S+) -->\n```\\w+\n(.*?)```\n|```console\n(.*?)```\n)")
	command    = regexp.MustCompile(`^\$ ringback (.*)\n`)
)

// consoles does what a page shows, in its order, in a folder of its own: it writes the blocks after
// `<!-- write: PATH -->`, and runs the command of each console block, which then shows what the command prints.
func consoles(old string) (string, error) {
	back, err := enterFolder()
	if err != nil {
		return "", err
	}
	defer back()
	var text strings.Builder
	end := 0
	for _, at := range shownBlock.FindAllStringSubmatchIndex(old, -1) {
		text.WriteString(old[end:at[0]])
		block := old[at[0]:at[1]]
		if at[2] >= 0 {
			err = writeFile(old[at[2]:at[3]], old[at[4]:at[5]])
		} else {
			block, err = console(old[at[6]:at[7]])
		}
		if err != nil {
			return "", err
		}
		text.WriteString(block)
		end = at[1]
	}
	return text.String() + old[end:], nil
}

// enterFolder changes into a new folder with links to docs and examples. back changes back and removes it.
func enterFolder() (back func(), err error) {
	repository, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "gendocs")
	if err != nil {
		return nil, err
	}
	back = func() { _ = os.Chdir(repository); _ = os.RemoveAll(folder) }
	for _, name := range []string{"docs", "examples"} {
		if err := os.Symlink(filepath.Join(repository, name), filepath.Join(folder, name)); err != nil {
			back()
			return nil, err
		}
	}
	if err := os.Chdir(folder); err != nil {
		back()
		return nil, err
	}
	return back, nil
}

func writeFile(name, content string) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("write %s: want a relative path", name)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(content), 0o644)
}

// console renders a console block: a command of ringback and its output.
func console(shown string) (string, error) {
	line := command.FindStringSubmatch(shown)
	if line == nil {
		return "", fmt.Errorf("run console block: want one command of ringback, found %q", shown)
	}
	return "```console\n" + line[0] + output(strings.Fields(line[1])...) + "```\n", nil
}

// output is what a command of ringback prints.
func output(args ...string) string {
	var out, errs bytes.Buffer
	root.Run(context.Background(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}, "")
	return out.String() + errs.String()
}
