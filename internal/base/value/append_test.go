package value_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

func TestAppend_EqualsFormat(t *testing.T) {
	t.Parallel()
	phone, err := value.OfPhone("919000000001")
	require.NoError(t, err)
	abroad, err := value.OfPhone("12025550123")
	require.NoError(t, err)
	number, err := value.OfNumber("0131026")
	require.NoError(t, err)
	values := []value.Value{
		phone, abroad, number, value.OfID("a\"b\\c\n\x01\u2028é🙂"), value.OfText("ärger \xff \t"), value.OfBool(true), value.OfMoney(20_050),
		value.OfDuration(1500 * time.Millisecond), value.OfTime(time.Date(2026, 3, 1, 10, 0, 0, 123_456_789, time.UTC)), value.OfTime(time.Date(1969, 12, 31, 23, 59, 59, 5, time.UTC)),
		value.OfTime(time.Date(10_001, 1, 1, 0, 0, 0, 0, time.UTC)),
	}
	for _, v := range values {
		for _, text := range v.Kind().Formats() {
			format, err := value.ParseFormat(v.Kind(), strings.Replace(text, " N", " 8", 1))
			require.NoError(t, err)
			want, wantErr := format.Text(v)
			got, gotErr := format.Append([]byte("x"), v)
			plain, plainErr := format.AppendText([]byte("x"), v)
			if wantErr != nil {
				require.EqualError(t, gotErr, wantErr.Error())
				require.EqualError(t, plainErr, wantErr.Error())
				continue
			}
			require.NoError(t, gotErr)
			require.NoError(t, plainErr)
			inJSON, err := json.Marshal(want)
			require.NoError(t, err)
			require.JSONEq(t, string(inJSON), string(got[1:]), text)
			require.Equal(t, "x"+fmt.Sprint(want), string(plain), text)
		}
	}
}

func TestAppend_RejectsWhatFormatRejects(t *testing.T) {
	t.Parallel()
	_, err := value.Format{}.Append(nil, value.OfText("a"))
	require.ErrorContains(t, err, "the format is empty")
	format, err := value.ParseFormat(value.Phone, "e164")
	require.NoError(t, err)
	_, err = format.Append(nil, value.OfText("a"))
	require.ErrorContains(t, err, "the value is of kind text")
}

func TestTemplate_AppendEqualsExpand(t *testing.T) {
	t.Parallel()
	phone, err := value.OfPhone("919000000001")
	require.NoError(t, err)
	lookup := func(name string) (value.Value, bool) {
		switch name {
		case "recipient.phone":
			return phone, true
		case "message.text":
			return value.OfText(`"quoted"`), true
		}
		return value.Value{}, false
	}
	for _, text := range []string{
		"", "plain", "a{{recipient.phone}}b{{recipient.phone|e164}}", "{{message.text}}", "{{app.name?}}", "{{app.name}}",
		"{{random|uuid}}-{{random|hex 7}}-{{random|digits 3}}-{{random|base62 9}}-{{random|base64url 5}}",
	} {
		template, err := value.ParseTemplate(text)
		require.NoError(t, err)
		want, wantErr := template.Expand(lookup, prng.New(3))
		got, gotErr := template.Append(nil, lookup, prng.New(3))
		if wantErr != nil {
			require.EqualError(t, gotErr, wantErr.Error())
			continue
		}
		require.NoError(t, gotErr)
		require.Equal(t, want, string(got))
	}
	template, err := value.ParseTemplate("{{random|uuid}}")
	require.NoError(t, err)
	_, err = template.Append(nil, lookup, nil)
	require.ErrorContains(t, err, "random has no source")
}

func TestRead_EachKind(t *testing.T) {
	t.Parallel()
	phone, err := value.OfPhone("919000000001")
	require.NoError(t, err)
	number, err := value.OfNumber("1002")
	require.NoError(t, err)
	for _, c := range []struct {
		kind value.Kind
		text string
		want value.Value
	}{
		{value.ID, "a b", value.OfID("a b")}, {value.Text, "", value.OfText("")}, {value.Phone, "+919000000001", phone},
		{value.Number, "1002", number}, {value.Money, "2.5", value.OfMoney(25_000)}, {value.Bool, "true", value.OfBool(true)},
		{value.Duration, "90s", value.OfDuration(90 * time.Second)}, {value.Time, "2026-03-01T10:00:00+05:30", value.OfTime(time.Date(2026, 3, 1, 4, 30, 0, 0, time.UTC))},
	} {
		got, err := value.Read(c.kind, c.text)
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
	for kind, text := range map[value.Kind]string{
		value.Phone: "me", value.Number: "many", value.Money: "1e3", value.Bool: "yes", value.Duration: "long", value.Time: "today", 0: "",
	} {
		_, err := value.Read(kind, text)
		require.Error(t, err, kind)
	}
}
