package generator

import (
	"embed"
	"fmt"
	"strconv"
	"strings"
)

// wordFiles has Indian names and texts in many scripts, because gofakeit's are American. foreign.txt
// is from gofakeit: a test makes it, because the library alone takes longer to start than a command.
//
//go:embed words
var wordFiles embed.FS

// words are the tables of names and texts, made once.
type words struct {
	firstNames, lastNames, foreignFirst, foreignLast []string
	natives                                          []person
	texts                                            [][]string // by language
	apps, tags, templates, languages                 []string
	labels, captions, emoji, slugs, titles           []string
	companies, sentences, plain, streets             []string
	cities                                           []city
	countries                                        []country
	files                                            []file
}

// A city has its coordinates in millionths of a degree.
type city struct {
	name, state, zip    string
	latitude, longitude int
}

func loadWords() (*words, error) {
	w := &words{countries: countries(), files: files()}
	lists := map[string]*[]string{
		"apps": &w.apps, "tags": &w.tags, "templates": &w.templates, "languages": &w.languages,
		"labels": &w.labels, "captions": &w.captions, "emoji": &w.emoji, "slugs": &w.slugs, "titles": &w.titles,
	}
	var failed error
	lines("words/lists.txt", &failed, func(line string) error {
		name, rest, _ := strings.Cut(line, ": ")
		list := lists[name]
		if list == nil {
			return fmt.Errorf("unknown list %q", name)
		}
		*list = strings.Split(rest, ", ")
		return nil
	})
	lines("words/first_names.txt", &failed, func(line string) error { w.firstNames = append(w.firstNames, strings.Fields(line)...); return nil })
	lines("words/last_names.txt", &failed, func(line string) error { w.lastNames = append(w.lastNames, strings.Fields(line)...); return nil })
	lines("words/natives.txt", &failed, func(line string) error {
		parts := strings.Split(line, "|")
		if len(parts) != 3 {
			return fmt.Errorf("want first|last|latin, found %q", line)
		}
		w.natives = append(w.natives, person{parts[0], parts[1], parts[2]})
		return nil
	})
	lines("words/texts.txt", &failed, w.readText())
	lines("words/cities.txt", &failed, w.readCity)
	lines("words/foreign.txt", &failed, w.readForeign)
	return w, failed
}

// lines reads a file line by line and keeps the first error.
func lines(name string, failed *error, read func(string) error) {
	source, err := wordFiles.ReadFile(name)
	if err != nil {
		*failed = err
		return
	}
	n := 0
	for line := range strings.Lines(string(source)) {
		n++
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		if err := read(line); err != nil && *failed == nil {
			*failed = fmt.Errorf("read %s:%d: %w", name, n, err)
		}
	}
}

// readText groups texts by language, so that an end user writes in one language.
func (w *words) readText() func(string) error {
	index := map[string]int{}
	return func(line string) error {
		language, text, found := strings.Cut(line, "\t")
		if !found {
			return fmt.Errorf("want language, tab, text, found %q", line)
		}
		i, known := index[language]
		if !known {
			i = len(w.texts)
			index[language] = i
			w.texts = append(w.texts, nil)
		}
		w.texts[i] = append(w.texts[i], strings.ReplaceAll(text, `\n`, "\n"))
		return nil
	}
}

func (w *words) readCity(line string) error {
	parts := strings.Split(line, "|")
	if len(parts) != 5 {
		return fmt.Errorf("want name|state|zip|latitude|longitude, found %q", line)
	}
	latitude, err := strconv.Atoi(parts[3])
	if err != nil {
		return err
	}
	longitude, err := strconv.Atoi(parts[4])
	if err != nil {
		return err
	}
	w.cities = append(w.cities, city{parts[0], parts[1], parts[2], latitude, longitude})
	return nil
}

func (w *words) readForeign(line string) error {
	parts := strings.Split(line, "\t")
	if len(parts) != 6 {
		return fmt.Errorf("want first, last, company, sentence, noun and street between tabs, found %q", line)
	}
	for i, table := range []*[]string{&w.foreignFirst, &w.foreignLast, &w.companies, &w.sentences, &w.plain, &w.streets} {
		*table = append(*table, parts[i])
	}
	return nil
}

// text returns a text of the end user, most often in English, or else in one other language.
func (w *words) text(conversation, message uint64) string {
	language := w.texts[0]
	if roll(conversation, 0x6c616e67, 100) >= 60 {
		language = w.texts[roll(conversation, 0x6c616e68, len(w.texts))]
	}
	return language[roll(message, 0x74657874, len(language))]
}
