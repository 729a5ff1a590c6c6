package main

import (
	"os"
	"regexp"
	"strings"
)

// controlPage fills the table of docs/control-api.md with the paths of server/openapi.yaml.
func controlPage(old string) (string, error) {
	source, err := os.ReadFile("server/openapi.yaml")
	if err != nil {
		return "", err
	}
	var rows [][]string
	path, method := "", ""
	paths, _, _ := strings.Cut(string(source), "\ncomponents:\n")
	for line := range strings.Lines(paths) {
		line = strings.TrimRight(line, "\n")
		if match := regexp.MustCompile(`^  (/\S+):$`).FindStringSubmatch(line); match != nil {
			path = match[1]
		}
		if match := regexp.MustCompile(`^    (get|post|put|delete|patch):$`).FindStringSubmatch(line); match != nil {
			method = strings.ToUpper(match[1])
		}
		if summary, found := strings.CutPrefix(line, "      summary: "); found {
			rows = append(rows, []string{code(method + " " + path), summary})
		}
	}
	return fill(old, map[string]string{"paths": mdTable([]string{"method and path", "what"}, rows)})
}
