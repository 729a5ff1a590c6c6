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
	lastNames, foreignFirst, foreignLast    []string
	firstNames, natives                     []person
	texts, notices                          [][]string // by language
	apps, tags, templates, languages        []string
	labels, captions, emoji, slugs, titles  []string
	links, dials, details, documents, roads []string
	companies, sentences, plain, streets    []string
	cities                                  []city
	countries                               []country
	files                                   []file
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
		"links": &w.links, "dials": &w.dials, "details": &w.details, "documents": &w.documents, "roads": &w.roads,
	}
	var failed error
	lines("words/lists.txt", &failed, func(line string) error {
		name, rest, _ := strings.Cut(line, ": ")
		list := lists[name]
		if list == nil {
			return fmt.Errorf("unknown list %q", name)
		}
		*list = strings.Split(rest, separatorOf(rest))
		return nil
	})
	lines("words/first_names.txt", &failed, w.readFirstNames)
	lines("words/last_names.txt", &failed, func(line string) error { w.lastNames = append(w.lastNames, strings.Fields(line)...); return nil })
	lines("words/natives.txt", &failed, func(line string) error {
		parts := strings.Split(line, "|")
		if len(parts) != 4 {
			return fmt.Errorf("want first|last|latin|gender, found %q", line)
		}
		w.natives = append(w.natives, person{parts[0], parts[1], parts[2], parts[3]})
		return nil
	})
	lines("words/texts.txt", &failed, readText(&w.texts))
	lines("words/notices.txt", &failed, readText(&w.notices))
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
func readText(into *[][]string) func(string) error {
	index := map[string]int{}
	return func(line string) error {
		language, text, found := strings.Cut(line, "\t")
		if !found {
			return fmt.Errorf("want language, tab, text, found %q", line)
		}
		i, known := index[language]
		if !known {
			i = len(*into)
			index[language] = i
			*into = append(*into, nil)
		}
		(*into)[i] = append((*into)[i], strings.ReplaceAll(text, `\n`, "\n"))
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

// readFirstNames reads a gender and its names; "neutral" is none.
func (w *words) readFirstNames(line string) error {
	gender, names, found := strings.Cut(line, ": ")
	if !found {
		return fmt.Errorf("want gender: names, found %q", line)
	}
	if gender == "neutral" {
		gender = ""
	}
	for name := range strings.FieldsSeq(names) {
		w.firstNames = append(w.firstNames, person{first: name, latin: name, gender: gender})
	}
	return nil
}

// separatorOf is what separates the entries of a list: a semicolon where they have commas.
func separatorOf(list string) string {
	if strings.Contains(list, "; ") {
		return "; "
	}
	return ", "
}

// text returns a text of the end user, most often in English, or else in one other language.
func (w *words) text(conversation, message uint64) string {
	return inLanguage(w.texts, conversation, message)
}

// notice returns a text of a business, in a language of the end user. A long one has several parts as an SMS.
func (w *words) notice(conversation, message uint64, long bool) string {
	if !long {
		return inLanguage(w.notices, conversation, message)
	}
	english := w.notices[0]
	first := roll(message, 0x74657874, len(english))
	for i := range english {
		text := english[(first+i)%len(english)]
		if _, parts := smsUnits(text); parts > 1 {
			return text
		}
	}
	return english[first]
}

func inLanguage(all [][]string, conversation, message uint64) string {
	language := all[0]
	if roll(conversation, 0x6c616e67, 100) >= 60 {
		language = all[roll(conversation, 0x6c616e68, len(all))]
	}
	return language[roll(message, 0x74657874, len(language))]
}
