package main

import (
	"errors"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
)

var demoBlock = regexp.MustCompile("(?s)```console\n(\\$ ringback demo\n.*?)\n```")

// demoPicture shows the demo of docs/quickstart.md, which is rendered before.
func demoPicture(string) (string, error) {
	page, err := os.ReadFile("docs/quickstart.md")
	if err != nil {
		return "", err
	}
	shown := demoBlock.FindSubmatch(page)
	if shown == nil {
		return "", errors.New("find the console block of ringback demo in docs/quickstart.md")
	}
	return recording("ringback demo in a terminal: webhooks of every provider, and how each was judged", strings.Split(string(shown[1]), "\n")), nil
}

// The measures of a recording, in pixels.
const (
	lineHeight = 18
	charWidth  = 7.8
	margin     = 16
	titleBar   = 34
)

// recording is an SVG of a terminal in which the lines appear one after the other. It
// moves without a script, and stands still for who asks for less motion.
func recording(title string, lines []string) string {
	widest := 0
	for _, line := range lines {
		widest = max(widest, len([]rune(line)))
	}
	width, height := int(float64(widest)*charWidth)+2*margin, titleBar+len(lines)*lineHeight+margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="title">
<title id="title">%s</title>
<style>
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d8dee9; white-space: pre }
.ok { fill: #a3be8c } .drift { fill: #ebcb8b } .error, .fail { fill: #e98b93 } .head { font-weight: bold; fill: #ffffff } .dim { fill: #8f9bb3 } .prompt { fill: #88c0d0 }
.line { opacity: 0; animation: appear 0.01s forwards }
@keyframes appear { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { .line { opacity: 1; animation: none } }
</style>
<rect width="100%%" height="100%%" rx="8" fill="#232831"/>
<circle cx="20" cy="17" r="5" fill="#e98b93"/><circle cx="38" cy="17" r="5" fill="#ebcb8b"/><circle cx="56" cy="17" r="5" fill="#a3be8c"/>
`, width, height, width, height, html.EscapeString(title))
	for i, line := range lines {
		if line == "" {
			continue
		}
		fmt.Fprintf(&b, `<text class="line" style="animation-delay: %.2fs" x="%d" y="%d" xml:space="preserve">%s</text>`+"\n",
			0.4+0.12*float64(i), margin, titleBar+(i+1)*lineHeight-4, coloured(line))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

var verdictWord = regexp.MustCompile(`\b(ok|drift|error|fail)\b`)

// coloured is a line with the colours that it has on a terminal.
func coloured(line string) string {
	text := html.EscapeString(line)
	span := func(class, text string) string { return `<tspan class="` + class + `">` + text + `</tspan>` }
	switch {
	case strings.HasPrefix(line, "$ "):
		return span("prompt", "$") + text[1:]
	case !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "next:"):
		return span("head", text)
	case strings.HasPrefix(line, "  ringback") || strings.HasPrefix(line, "  duplicate:") || strings.HasPrefix(line, "  number-as") || strings.HasPrefix(line, "      "):
		return span("dim", text)
	}
	return verdictWord.ReplaceAllStringFunc(text, func(word string) string { return span(word, word) })
}
