package root

import (
	"fmt"
	"maps"
	"net"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A docsPage is a page of the documents, as far as it can be checked.
type docsPage struct {
	// name is its path from the root of the repository.
	name string
	// anchors are what a link to a heading of it may say.
	anchors []string
	links   []placed
	// code is each line of code, those of a shell joined where they go on.
	code []placed
	// spans is each piece of code within a text.
	spans []placed
}

// placed is a text and the line on which it begins.
type placed struct {
	line int
	text string
}

var (
	fence    = regexp.MustCompile("^\\s*(```+|~~~+)\\s*(\\w*)")
	heading  = regexp.MustCompile(`(?m)^#{1,6}[ \t]+(.*?)[ \t]*#*$`)
	codeSpan = regexp.MustCompile("``.+?``|`(?:[^`\n]|\n[^`\n])+`")
	titled   = regexp.MustCompile(`\[([^\[\]]*)\]\([^()]*\)`)
)

// linkForms are the ways in which a page names what it links to.
var linkForms = []*regexp.Regexp{
	regexp.MustCompile(`\[[^\[\]]*\]\(([^()\s]*)(?:\s+"[^"]*")?\)`),
	regexp.MustCompile(`(?m)^[ \t]*\[[^\[\]]+\]:[ \t]+(\S+)`),
	regexp.MustCompile(`(?:href|src)="([^"]*)"`),
	regexp.MustCompile(`(https?://[^\s<>()|]+)`),
}

// readPage reads Markdown as far as the documents use it.
func readPage(name, text string) docsPage {
	p := docsPage{name: name}
	var prose strings.Builder
	var block []string
	mark, language := "", ""
	for i, line := range strings.Split(text, "\n") {
		found := fence.FindStringSubmatch(line)
		switch {
		case mark == "" && found != nil:
			mark, language, block = found[1], found[2], nil
			line = ""
		case mark != "" && strings.HasPrefix(strings.TrimSpace(line), mark):
			p.code = append(p.code, linesOf(block, language, i+1-len(block))...)
			mark, line = "", ""
		case mark != "":
			block = append(block, line)
			line = ""
		case strings.HasPrefix(line, "    "):
			p.code = append(p.code, placed{i + 1, line})
		}
		prose.WriteString(line + "\n")
	}
	p.readProse(prose.String())
	return p
}

// linesOf are the lines of a block of code.
func linesOf(block []string, language string, first int) []placed {
	if slices.Contains([]string{"sh", "bash", "shell"}, language) {
		var lines []placed
		for line := range strings.SplitSeq(joined(strings.Join(block, "\n")), "\n") {
			lines = append(lines, placed{first, line})
		}
		return lines
	}
	var lines []placed
	for i, line := range block {
		lines = append(lines, placed{first + i, line})
	}
	return lines
}

// readProse reads what is no block of code.
func (p *docsPage) readProse(text string) {
	lineAt := func(offset int) int { return 1 + strings.Count(text[:offset], "\n") }
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		p.anchors = append(p.anchors, anchor(found[1], p.anchors))
	}
	for _, at := range codeSpan.FindAllStringIndex(text, -1) {
		p.spans = append(p.spans, placed{lineAt(at[0]), strings.Trim(text[at[0]:at[1]], "` ")})
	}
	text = codeSpan.ReplaceAllStringFunc(text, blank) // no link begins within code
	for _, form := range linkForms {
		for _, at := range form.FindAllStringSubmatchIndex(text, -1) {
			p.links = append(p.links, placed{lineAt(at[0]), text[at[2]:at[3]]})
		}
		text = form.ReplaceAllStringFunc(text, blank)
	}
}

// blank keeps nothing of a text but its lines.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text)
}

// anchor is what a heading is called in a link; one that was there before gets a number.
func anchor(title string, taken []string) string {
	title = titled.ReplaceAllString(title, "$1")
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, title)
	for i, whole := 1, name; ; i++ {
		if !slices.Contains(taken, whole) {
			return whole
		}
		whole = fmt.Sprint(name, "-", i)
	}
}

// badLinks complains about the links of a page that lead nowhere. What exists is
// asked by the path from the root of the repository; nothing is fetched.
func (p docsPage) badLinks(pages map[string]docsPage, exists func(name string) bool) []string {
	var bad []string
	for _, link := range p.links {
		if why := p.badLink(link.text, pages, exists); why != "" {
			bad = append(bad, fmt.Sprintf("%s:%d: the link to %s %s", p.name, link.line, link.text, why))
		}
	}
	return bad
}

func (p docsPage) badLink(target string, pages map[string]docsPage, exists func(name string) bool) string {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return "is no URL"
	case u.IsAbs():
		if u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && isHarmless(u.Hostname()) {
			return ""
		}
		return "is not https, nor to this machine or an example"
	}
	name := p.leadsTo(u)
	if !exists(name) {
		return "leads to no file"
	}
	if u.Fragment == "" {
		return ""
	}
	page, ok := pages[name]
	switch {
	case !ok:
		return "leads into what is no page"
	case !slices.Contains(page.anchors, u.Fragment):
		return "leads to no heading; " + document.OneOf(u.Fragment, page.anchors)
	}
	return ""
}

// leadsTo is the path to which a link of the page leads.
func (p docsPage) leadsTo(u *url.URL) string {
	if u.Path == "" {
		return p.name
	}
	return path.Join(path.Dir(p.name), u.Path)
}

// isHarmless reports whether a host is this machine, or one that belongs to nobody.
func isHarmless(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".example") ||
		slices.Contains([]string{"example.com", "example.net", "example.org"}, host)
}

// unreached are the pages to which no links lead from another, sorted.
func unreached(pages map[string]docsPage, from string) []string {
	reached := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		page, ok := pages[name]
		if !ok || reached[name] {
			return
		}
		reached[name] = true
		for _, link := range page.links {
			if u, err := url.Parse(link.text); err == nil && !u.IsAbs() {
				visit(page.leadsTo(u))
				visit(path.Join(page.leadsTo(u), "README.md")) // what is shown of a folder
			}
		}
	}
	visit(from)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(pages)), func(name string) bool { return reached[name] })
}
