package value_test

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// reference is 2026-03-05T06:07:08Z, which is 1772690828 in Unix seconds.
func reference() time.Time { return time.Date(2026, 3, 5, 6, 7, 8, 0, time.UTC) }

func checkOf(t *testing.T, name, written string, e value.Exceptions) value.Check {
	t.Helper()
	kind, ok := value.KindOf(name)
	require.True(t, ok, name)
	return value.NewCheck(name, format(t, kind, written), 0, e, value.NewWords([]string{"our-message-id"}))
}

func TestCheck_Values(t *testing.T) {
	t.Parallel()
	const none, unparsable, implausible, leftover = value.Defect(0), value.Unparsable, value.Implausible, value.Leftover
	for _, test := range []struct {
		name, format, text string
		want               value.Defect
		hint               string
	}{
		{"event.at", "unix_s", "1772690828", none, ""},
		{"event.at", "unix_s", "1.772690828e9", none, ""},
		{"event.at", "unix_s", "1262304000", implausible, ""}, // 2010
		{"event.at", "unix_s", "1772690828000", implausible, "looks like Unix milliseconds"},
		{"event.at", "unix_s_string", "1772690828000000", implausible, "looks like Unix microseconds"},
		{"event.at", "unix_s_string", "1772690828000000000", implausible, "looks like Unix nanoseconds"},
		{"event.at", "unix_s_string", "99999999999999999999999", implausible, ""},
		{"event.at", "unix_s_string", "-1772690828", implausible, ""},
		{"event.at", "unix_s_string", "1772690828.5", unparsable, ""},
		{"event.at", "unix_s_string", "2026-03-05T06:07:08Z", unparsable, "looks like RFC 3339"},
		{"event.at", "unix_s_string", "TIMESTAMP", leftover, "a word, where a value belongs"},
		{"event.at", "unix_s_string", "", leftover, "it is empty"},
		{"event.at", "unix_ms", "1772690828000", none, ""},
		{"event.at", "unix_ms", "1772690828", implausible, "looks like Unix seconds"},
		{"event.at", "unix_ms", "1234567890", leftover, "the digits of an example"},
		{"event.at", "rfc3339_micro", "2026-03-05T06:07:08.123456Z", none, ""},
		{"event.at", "rfc3339_micro", "2026-03-05T06:07:08Z", none, ""},
		{"event.at", "rfc3339", "2026-03-05T11:37:08.5+05:30", none, ""},
		{"event.at", "rfc3339", "2026-03-05T06:07:08+0000", none, ""},
		{"event.at", "rfc3339", "2024-02-29T06:07:08Z", none, ""},
		{"event.at", "rfc3339", "2023-02-29T06:07:08Z", unparsable, ""},
		{"event.at", "rfc3339", "2026-03-05 06:07:08", unparsable, "looks like a date and time without zone (2006-01-02 15:04:05)"},
		{"event.at", "rfc3339", "1772690828", unparsable, "looks like Unix seconds"},
		{"event.at", "rfc3339", "1970-01-21T12:24:50Z", implausible, ""},
		{"event.at", "datetime", "2026-03-05 06:07:08", none, ""},
		{"event.at", "datetime", "2026-01-31 06:07:08", none, ""},
		{"event.at", "datetime", "05/03/2026 06:07", unparsable, ""},
		{"event.at", "iso_milli", "2026-03-05T06:07:08.123", none, ""},
		{"event.at", "date", "2026-03-05", none, ""},
		{"event.at", "date", "2026-03-05T06:07:08Z", unparsable, "looks like RFC 3339"},

		{"recipient.phone", "msisdn", "919000000001", none, ""},
		{"recipient.phone", "msisdn", "+919000000001", none, ""},
		{"recipient.phone", "msisdn", "0900000000", none, ""},
		{"recipient.phone", "msisdn", "123456", implausible, "it has 6 digits"},
		{"recipient.phone", "msisdn", "1234567890123456", implausible, "it has 16 digits"},
		{"recipient.phone", "msisdn", "", leftover, "it is empty"},
		{"recipient.phone", "msisdn", "undefined", leftover, "a program wrote it instead of a value"},
		{"recipient.phone", "msisdn", "918x98xx21x4", leftover, "its digits are masked"},
		{"recipient.phone", "msisdn", "9****8", leftover, "its digits are masked"},
		{"recipient.phone", "msisdn", "+91 90000-00001", unparsable, "looks like a phone number with separators"},
		{"recipient.phone", "msisdn", "IN.1234567890123456", unparsable, "looks like a business-scoped user ID"},
		{"recipient.phone", "msisdn", "a@example.com", unparsable, "looks like an e-mail address"},
		{"recipient.phone", "msisdn_number", "919000000001", none, ""},

		{"message.id", "", "90010259-98da-4c8d-9e0f-a1b2c3d4e5f6", none, ""},
		{"message.id", "", "ABEGkYaYVSEEAhAJAnTY", none, ""},
		{"message.id", "", "wamid.HBgMOTE5", none, ""},
		{"message.id", "", "", leftover, "it is empty"},
		{"message.id", "", "null", leftover, "a program wrote it instead of a value"},
		{"message.id", "", "[object Object]", leftover, "a program wrote it instead of a value"},
		{"message.id", "", "api-{{id}}-1", leftover, "a placeholder that was not filled in"},
		{"message.id", "", "WHATSAPP_MSG_ID", leftover, "a placeholder that was not filled in"},
		{"message.id", "", "our-message-id", leftover, "a placeholder that was not filled in"},
		{"template.meta_id", "number", "728405519936217", none, ""},
		{"template.meta_id", "number", "-7", unparsable, ""},

		{"recipient.name", "", "Priya", none, ""},
		{"recipient.name", "", "ASHA", none, ""},
		{"recipient.name", "", "RAVI_K", none, ""},
		{"recipient.name", "", "स", none, ""},
		{"recipient.name", "", "Null", none, ""},
		{"recipient.name", "", "null", leftover, "a program wrote it instead of a value"},
		{"recipient.name", "", "<appname>", leftover, "a placeholder that was not filled in"},
		{"recipient.name", "", "CUSTOMER_NAME", leftover, "a placeholder that was not filled in"},
		{"fake.last_name", "", "", none, ""},
		{"media.url", "", "https://example.com/a.png", none, ""},
		{"media.url", "", "https://example.com/{{id}}", leftover, "a placeholder that was not filled in"},
		{"media.url", "", "a.png", implausible, ""},
		{"fake.url", "", "www.example.com", none, ""},
		{"message.text", "", "", none, ""},
		{"message.text", "", "{{1}}", none, ""},

		{"fake.latitude", "string", "12.9716", none, ""},
		{"fake.latitude", "string", "-90", none, ""},
		{"fake.latitude", "string", "912.1", implausible, ""},
		{"fake.longitude", "number", "-180.1", implausible, ""},
		{"fake.longitude", "string", "72,88", unparsable, ""},
		{"fake.longitude", "string", "LONGITUDE", leftover, "a word, where a value belongs"},
		{"call.duration", "seconds_string", "23", none, ""},
		{"call.duration", "seconds_string", "86401", implausible, "looks like milliseconds"},
		{"call.duration", "seconds_string", "-1", implausible, ""},
		{"message.cost", "decimal_string", "-0.5", implausible, ""},
		{"message.units", "number", "2", none, ""},
	} {
		check := checkOf(t, test.name, test.format, value.Exceptions{})
		problem := check.Problem(test.text, value.SpanAt(reference()))
		require.Equal(t, test.want, problem.Defect, test)
		require.Equal(t, test.hint, problem.Hint, test)
		require.Equal(t, test.want == none, check.Accepts(test.text, value.SpanAt(reference())), "Accepts and Problem agree: %v", test)
		require.Equal(t, test.want != none, problem.Expected != "", test)
	}
}

func TestCheck_ReferenceTime(t *testing.T) {
	t.Parallel()
	at := func(moment time.Time) string { return strconv.FormatInt(moment.Unix(), 10) }
	week := value.Exceptions{Ahead: 7 * 24 * time.Hour}
	for _, test := range []struct {
		moment time.Time
		from   time.Time
		e      value.Exceptions
		want   value.Defect
	}{
		{moment: reference().Add(24 * time.Hour), from: reference()},
		{moment: reference().Add(24*time.Hour + time.Second), from: reference(), want: value.Implausible},
		{moment: reference().Add(7 * 24 * time.Hour), from: reference(), e: week},
		{moment: reference().Add(8 * 24 * time.Hour), from: reference(), e: week, want: value.Implausible},
		{moment: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC), from: reference()},
		{moment: time.Date(2014, 12, 31, 23, 59, 59, 0, time.UTC), from: reference(), want: value.Implausible},
		{moment: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC), from: time.Date(2010, 6, 1, 0, 0, 0, 0, time.UTC)},
		{moment: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)},
		{moment: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), want: value.Implausible},
	} {
		check := checkOf(t, "event.at", "unix_s", test.e)
		require.Equal(t, test.want, check.Problem(at(test.moment), value.SpanAt(test.from)).Defect, test)
	}
	later := value.NewCheck("event.at", format(t, value.Time, "unix_s"), 168*time.Hour, value.Exceptions{}, value.Words{})
	require.True(t, later.Accepts(at(reference().Add(8*24*time.Hour)), value.SpanAt(reference())), "x-value-offset adds to the day")
}

func TestCheck_Exceptions(t *testing.T) {
	t.Parallel()
	e := value.Exceptions{Listed: []string{"MARKETING"}, Patterns: []*regexp.Regexp{regexp.MustCompile(`^(?:)$`), regexp.MustCompile(`^(?:[A-Z]{2}[.][0-9]+)$`)}}
	for text, want := range map[string]bool{"": true, "IN.12345": true, "MARKETING": true, "UTILITY": false, "IN.": false, "919000000001": true} {
		check := checkOf(t, "recipient.phone", "msisdn", e)
		require.Equal(t, want, check.Accepts(text, value.Span{}), text)
	}
}

// Accepts decides fast what Problem explains: they agree on any text.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "null", "1772690828", "1772690828123", "2026-03-05T06:07:08Z", "2026-03-05 06:07:08", "+919000000001", "{{id}}", "<x>", "12.5", "MESSAGE_ID", "_A", "1700000E3", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"event.at", "recipient.phone", "message.id", "recipient.name", "media.url", "fake.url", "fake.latitude", "call.duration", "message.cost", "message.text", "pricing.billable"} {
			kind, _ := value.KindOf(name)
			for _, written := range kind.Formats() {
				if written[len(written)-1] == 'N' {
					continue
				}
				check := value.NewCheck(name, format(t, kind, written), 0, value.Exceptions{}, value.Words{})
				for _, span := range []value.Span{{}, value.SpanAt(reference())} {
					problem := check.Problem(text, span)
					require.Equal(t, problem == value.Problem{}, check.Accepts(text, span), "%s %s", name, written)
					if kind != value.Time || problem.Defect != 0 {
						continue
					}
					_, err := format(t, kind, written).Parse(text) // what is accepted can be read
					require.NoError(t, err, "%s %s", name, written)
				}
			}
		}
	})
}
