package value_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

func known(t *testing.T) func(string) (value.Value, bool) {
	t.Helper()
	values := map[string]value.Value{
		"app.client":           value.OfID("101"),
		"app.name":             value.OfText("{{run.id}}"),
		"recipient.phone":      phone(t, "919900000000"),
		"message.submitted_at": value.OfTime(time.Unix(1617985655, 0)),
		"message.cost":         value.OfMoney(20000),
		"message.units":        number(t, "2"),
		"error.code":           number(t, "000"),
		"template.id":          value.OfText("of the wrong kind"),
	}
	return func(name string) (value.Value, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func TestTemplate_Expand(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, template, want string }{
		{"text without places stays", "plain }} {x} text", "plain }} {x} text"},
		{"the empty template is empty", "", ""},
		{"an id of a provider", "api-{{app.client|digits 3}}-{{recipient.phone|msisdn}}-{{random|hex 8}}-{{message.submitted_at|unix_s}}", "api-101-919900000000-00000000-1617985655"},
		{"the default format is used where none is named", "{{message.submitted_at}} {{message.cost}} {{message.units}}", "1617985655 2.0000 2"},
		{"what was put in is not expanded again", "{{app.name}}", "{{run.id}}"},
		{"places may touch", "{{app.client}}{{app.client}}", "101101"},
		{"a third closing brace is text", "{{app.client}}}", "101}"},
		{"an optional value that is there", "<{{app.client?}}>", "<101>"},
		{"an optional value that is absent", "<{{message.id?}}>", "<>"},
		{"an optional value with a format", "<{{recipient.phone?|e164}}{{message.sent_at?|rfc3339}}>", "<+919900000000>"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			template, err := value.ParseTemplate(test.template)
			require.NoError(t, err)
			require.Equal(t, test.template, template.String())
			got, err := template.Expand(known(t), constant(0))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseTemplate_ErrorsHaveOffset(t *testing.T) {
	t.Parallel()
	tests := []struct{ template, want string }{
		{"a {{app.name", `parse template "a {{app.name": offset 2: {{ is never closed`},
		{"é{{", `parse template "é{{": offset 2: {{ is never closed`},
		{"{{run.id}}{{app.name}", `parse template "{{run.id}}{{app.name}": offset 10: {{ is never closed`},
		{"{{}}", `parse template "{{}}": offset 0: no value has the name ""`},
		{"x{{ run.id }}", `parse template "x{{ run.id }}": offset 1: no value has the name " run.id "`},
		{"{{{run.id}}}", `parse template "{{{run.id}}}": offset 0: no value has the name "{run.id"`},
		{"{{run.id??}}", `parse template "{{run.id??}}": offset 0: no value has the name "run.id?"`},
		{"{{message.idd}}", `parse template "{{message.idd}}": offset 0: no value has the name "message.idd"`},
		{"{{run.id|}}", `parse template "{{run.id|}}": offset 0: the format after | is missing`},
		{"{{error.code|hex 3}}", `parse template "{{error.code|hex 3}}": offset 0: parse format "hex 3" of kind number: no such format; there are number, string`},
		{"{{run.id|plain?}}", `parse template "{{run.id|plain?}}": offset 0: parse format "plain?" of kind id: no such format; there are plain, number, uuid, hex N, digits N, number N, base62 N, base64url N, base64 N`},
		{"{{random}}", `parse template "{{random}}": offset 0: random needs a format that generates it, for example {{random|uuid}} or {{random|hex 32}}`},
		{"{{random|plain}}", `parse template "{{random|plain}}": offset 0: random needs a format that generates it, for example {{random|uuid}} or {{random|hex 32}}`},
		{"{{random|hex}}", `parse template "{{random|hex}}": offset 0: parse format "hex" of kind id: hex takes a length from 1 to 512; there are plain, number, uuid, hex N, digits N, number N, base62 N, base64url N, base64 N`},
		{"{{fake.id|uuid}}", `parse template "{{fake.id|uuid}}": offset 0: fake.id is for schemas only; use random, for example {{random|uuid}} or {{random|hex 32}}`},
		{"{{random?|uuid}}", `parse template "{{random?|uuid}}": offset 0: random is never absent: leave out the ?`},
	}
	for _, test := range tests {
		_, err := value.ParseTemplate(test.template)
		require.EqualError(t, err, test.want)
	}
}

func TestExpand_Errors(t *testing.T) {
	t.Parallel()
	tests := []struct{ template, want string }{
		{"{{message.id}}", `expand template "{{message.id}}": message.id has no value`},
		{"{{error.code}}", `expand template "{{error.code}}": error.code: format number as number: leading zeros are not allowed in a JSON number`},
		{"{{template.id}}", `expand template "{{template.id}}": template.id: format id as plain: the value is of kind text`},
		{"{{random|uuid}}", `expand template "{{random|uuid}}": random has no source`},
	}
	for _, test := range tests {
		template, err := value.ParseTemplate(test.template)
		require.NoError(t, err)
		_, err = template.Expand(known(t), nil)
		require.EqualError(t, err, test.want)
	}
}

func TestExpand_RandomDiffers(t *testing.T) {
	t.Parallel()
	template, err := value.ParseTemplate("{{random|hex 16}} {{random|hex 16}}")
	require.NoError(t, err)
	source := rand.NewPCG(1, 2)
	first, err := template.Expand(known(t), source)
	require.NoError(t, err)
	second, err := template.Expand(known(t), source)
	require.NoError(t, err)
	again, err := template.Expand(known(t), rand.NewPCG(1, 2))
	require.NoError(t, err)

	left, right, _ := strings.Cut(first, " ")
	require.NotEqual(t, left, right)
	require.NotEqual(t, first, second)
	require.Equal(t, first, again)
}

func TestTemplate_Names(t *testing.T) {
	t.Parallel()
	template, err := value.ParseTemplate("{{run.id}} {{app.name?}} {{random|uuid}} {{run.id|hex 4}}")
	require.NoError(t, err)
	require.Equal(t, []string{"app.name", "run.id"}, template.Names())
	require.Empty(t, value.Template{}.Names())
}

func TestTemplate_Single(t *testing.T) {
	t.Parallel()
	tests := []struct {
		template, name, format string
	}{
		{"{{message.units}}", "message.units", "number"},
		{"{{recipient.phone|msisdn_number}}", "recipient.phone", "msisdn_number"},
		{"{{run.id?}}", "run.id", "plain"},
		{"", "", ""},
		{"text", "", ""},
		{" {{run.id}}", "", ""},
		{"{{run.id}} ", "", ""},
		{"{{run.id}}{{run.id}}", "", ""},
		{"{{random|uuid}}", "", ""},
	}
	for _, test := range tests {
		template, err := value.ParseTemplate(test.template)
		require.NoError(t, err)
		name, s, ok := template.Single()
		require.Equal(t, test.name != "", ok, test.template)
		require.Equal(t, test.name, name)
		require.Equal(t, test.format, s.String())
	}
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"", "text", "}}", "{", "{{", "{{}}", "{{|}}", "{{?}}", "{{?|}}", "{{run.id}}", "{{{run.id}}}", "{{run.id?|hex 4}}",
		"{{random|hex 512}}", "{{random|hex 99999999999999999999}}", "a{{recipient.phone|e164}}b{{message.cost}}", "{{app.name}}{{", "\xff{{\xff}}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		template, err := value.ParseTemplate(text)
		if !strings.Contains(text, "{{") {
			require.NoError(t, err)
		}
		if err != nil {
			return
		}
		require.Equal(t, text, template.String())
		expanded, err := template.Expand(known(t), constant(len(text)))
		if !strings.Contains(text, "{{") {
			require.NoError(t, err)
			require.Equal(t, text, expanded)
			require.Empty(t, template.Names())
		}
	})
}
