package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

const realBody = "../../../schemas/gupshup/v2/message-event.sent/examples/observed.json"

// decodeStandard is encoding/json with UseNumber and nothing after the value.
func decodeStandard(source []byte) (any, error) {
	var value any
	d := json.NewDecoder(bytes.NewReader(source))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("trailing data")
	}
	return value, nil
}

func standard(t *testing.T, source string) any {
	t.Helper()
	value, err := decodeStandard([]byte(source))
	require.NoError(t, err, source)
	return value
}

// held replaces numbers beyond any machine by 0, and counts them.
func held(value any, replaced *int) any {
	switch v := value.(type) {
	case json.Number:
		_, exponent, _ := strings.Cut(strings.ToLower(string(v)), "e")
		size, err := strconv.Atoi(strings.TrimLeft(exponent, "+-"))
		if len(v) > 400 || exponent != "" && (err != nil || size > 400) {
			*replaced++
			return json.Number("0")
		}
	case []any:
		for i := range v {
			v[i] = held(v[i], replaced)
		}
	case map[string]any:
		for key := range v {
			v[key] = held(v[key], replaced)
		}
	}
	return value
}

func FuzzJSON(f *testing.F) {
	body, err := os.ReadFile(realBody)
	require.NoError(f, err)
	f.Add(body)
	for _, seed := range []string{
		``, `null`, `true`, `[false]`, `-1.5E+3`, `1e5000000`, `1e401`, `01`, `"`, `"\ud83d\ude00"`, `"\ude00\ud83d"`, `"\ud83d\u00"`,
		`{"a":1,"a":[2]}`, `{"a":{"b":null},"é":"\/\b"}`, `[1,]`, `{"a":1}x`, "\ufeff{}", "\"\xff\"", `{"~/":{"":0}}`, "[[[[[[1]]]]]]",
		strings.Repeat("9", 401), strings.Repeat("[", 130) + strings.Repeat("]", 130),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		root, defects, err := document.JSON(source, document.BodyLimits())
		want, standardErr := decodeStandard(source)
		if err != nil {
			rejected(t, source, err, standardErr == nil)
			return
		}
		rules := map[string]int{}
		for _, d := range defects {
			rules[d.Rule]++
			require.Less(t, d.Offset, len(source))
		}
		stands(t, source, &root)
		if rules["byte-order-mark"] > 0 {
			return
		}
		require.NoError(t, standardErr)
		replaced := 0
		require.Equal(t, held(want, &replaced), root.Any())
		require.LessOrEqual(t, replaced, rules["number"], "a repeated key may hide a number, nothing may add one")
	})
}

func rejected(t *testing.T, source []byte, err error, standardAccepts bool) {
	t.Helper()
	if limit, ok := errors.AsType[*document.LimitError](err); ok {
		require.LessOrEqual(t, limit.Offset, len(source))
		return
	}
	var syntax *document.SyntaxError
	require.ErrorAs(t, err, &syntax)
	require.LessOrEqual(t, syntax.Offset, len(source))
	require.False(t, standardAccepts && utf8.Valid(source), "encoding/json accepts it")
}

// stands checks that every value is what its place in the source holds.
func stands(t *testing.T, source []byte, n *document.Node) {
	t.Helper()
	for i := range n.Items {
		stands(t, source, &n.Items[i])
	}
	for i := range n.Members {
		require.Equal(t, byte('"'), source[n.Members[i].KeyStart])
		stands(t, source, &n.Members[i].Value)
	}
	if n.Kind == document.Array || n.Kind == document.Object {
		require.Equal(t, map[document.Kind]string{document.Array: "[]", document.Object: "{}"}[n.Kind],
			string([]byte{source[n.Start], source[n.End-1]}))
		return
	}
	alone, _, err := document.JSON(source[n.Start:n.End], document.BodyLimits())
	require.NoError(t, err)
	require.True(t, alone.Equal(n))
}

func BenchmarkJSON(b *testing.B) {
	body, err := os.ReadFile(realBody)
	require.NoError(b, err)
	b.Run("document", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := document.JSON(body, document.BodyLimits()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parser", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		var parser document.Parser
		for b.Loop() {
			if _, _, err := parser.JSON(body, document.BodyLimits()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := decodeStandard(body); err != nil {
				b.Fatal(err)
			}
		}
	})
}
