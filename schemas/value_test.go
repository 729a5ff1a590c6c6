package schemas

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// noPhone matches what stands where a phone number does and is none: the
// documents' masked digits, user ids, group ids, call flows.
var noPhone = regexp.MustCompile(`[A-Za-z*]|^[0-9]{16,}$`)

// A spelling is read both ways: what stands in an example where a schema says
// x-value must read as that value. A time in the wrong unit would be a time in
// 1970 or in the year 50000.
func TestExamplesReadAsTheValuesThatTheirSchemasName(t *testing.T) {
	t.Parallel()
	catalog, err := Embedded()
	require.NoError(t, err)
	list, err := os.ReadFile("documented.tsv")
	require.NoError(t, err)
	documented := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		documented[strings.Split(line, "\t")[0]] = true
	}
	read := map[value.Kind]int{}
	for _, eventType := range catalog.Types() {
		examples, err := eventType.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			root, _, err := document.JSON(e.Body, document.BodyLimits())
			require.NoError(t, err)
			walkBody(&root, nil, func(path []string, n *document.Node) {
				for _, s := range eventType.root.describing(path) {
					s.sometimes(func(a *schema) {
						if a.value != "" && n.Kind != document.Null && n.Text != "" {
							checkValue(t, eventType.Name+" "+e.Name+" "+document.Pointer(path...), a, n, documented[eventType.Name+"/examples/"+e.Name+".json"])
							read[a.spelling.Kind()]++
						}
					})
				}
			})
		}
	}
	for _, kind := range []value.Kind{value.ID, value.Phone, value.Time, value.Number, value.Text} {
		require.Greater(t, read[kind], 20, "%s values were read", kind)
	}
}

func checkValue(t *testing.T, where string, s *schema, n *document.Node, documented bool) {
	t.Helper()
	v, err := s.spelling.Parse(n.Any())
	switch kind := s.spelling.Kind(); {
	case kind == value.Phone && noPhone.MatchString(n.Text):
	case kind == value.Time && documented && (err != nil || v.Time().Year() < 2008):
		// TIMESTAMP, 1234567890
	case err != nil:
		t.Errorf("%s does not read as %s: %v", where, s.value, err)
	case kind == value.Time && (v.Time().Year() < 2008 || v.Time().Year() > 2040):
		t.Errorf("%s: %s reads as the year %d", where, s.value, v.Time().Year())
	}
}

func walkBody(n *document.Node, path []string, visit func([]string, *document.Node)) {
	visit(path, n)
	for i := range n.Members {
		walkBody(&n.Members[i].Value, append(slices.Clip(path), n.Members[i].Key), visit)
	}
	for i := range n.Items {
		walkBody(&n.Items[i], append(slices.Clip(path), strconv.Itoa(i)), visit)
	}
}
