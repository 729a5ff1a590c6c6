package value_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

func format(t *testing.T, kind value.Kind, text string) value.Format {
	t.Helper()
	s, err := value.ParseFormat(kind, text)
	require.NoError(t, err)
	return s
}

type roundTrip struct {
	format string
	in     value.Value
	want   any
	back   value.Value // zero: the value that went in
}

func (test roundTrip) run(t *testing.T) {
	t.Parallel()
	s := format(t, test.in.Kind(), test.format)
	got, err := s.Text(test.in)
	require.NoError(t, err)
	require.Equal(t, test.want, got)
	back, err := s.Parse(got)
	require.NoError(t, err)
	if test.back == (value.Value{}) {
		test.back = test.in
	}
	require.Equal(t, test.back, back)
}

func TestFormat_RoundTrip(t *testing.T) {
	t.Parallel()
	for _, test := range []roundTrip{
		{format: "plain", in: value.OfID("gBEG:1=="), want: "gBEG:1=="},
		{format: "uuid", in: value.OfID("any"), want: "any"},
		{format: "hex 32", in: value.OfID("any"), want: "any"},
		{format: "digits 3", in: value.OfID("cid-1"), want: "cid-1"},
		{format: "base62 8", in: value.OfID("any"), want: "any"},
		{format: "base64url 8", in: value.OfID(""), want: ""},
		{format: "number", in: value.OfID("436"), want: json.Number("436")},
		{format: "number", in: value.OfID("0"), want: json.Number("0")},
		{format: "number 3", in: value.OfID("728405519936217"), want: json.Number("728405519936217")},

		{format: "msisdn", in: phone(t, "919900000000"), want: "919900000000"},
		{format: "e164", in: phone(t, "919900000000"), want: "+919900000000"},
		{format: "local", in: phone(t, "919900000000"), want: "9900000000"},
		{format: "local", in: phone(t, "16315551181"), want: "+16315551181"},
		{format: "local", in: phone(t, "4791234567"), want: "+4791234567"},
		{format: "local", in: phone(t, "9199000"), want: "+9199000"},
		{format: "local", in: phone(t, "910900000000"), want: "+910900000000"},
		{format: "msisdn_number", in: phone(t, "919900000000"), want: json.Number("919900000000")},

		{format: "seconds", in: value.OfDuration(23900 * time.Millisecond), want: json.Number("23"), back: value.OfDuration(23 * time.Second)},
		{format: "seconds_string", in: value.OfDuration(23 * time.Second), want: "23"},
		{format: "millis", in: value.OfDuration(1500 * time.Millisecond), want: json.Number("1500")},
		{format: "millis", in: value.OfDuration(-1500 * time.Millisecond), want: json.Number("-1500")},

		{format: "decimal_string", in: value.OfMoney(20000), want: "2.0000"},
		{format: "decimal_string", in: value.OfMoney(-5), want: "-0.0005"},
		{format: "decimal_string", in: value.OfMoney(math.MinInt64), want: "-922337203685477.5808"},
		{format: "number", in: value.OfMoney(25000), want: json.Number("2.5")},
		{format: "number", in: value.OfMoney(1000000), want: json.Number("100")},
		{format: "number", in: value.OfMoney(0), want: json.Number("0")},

		{format: "number", in: number(t, "1002"), want: json.Number("1002")},
		{format: "number", in: number(t, "12.9716"), want: json.Number("12.9716")},
		{format: "string", in: number(t, "000"), want: "000"},

		{format: "plain", in: value.OfText("Ünï {{x}}"), want: "Ünï {{x}}"},
		{format: "upper", in: value.OfText("opted-in"), want: "OPTED-IN"},
		{format: "lower", in: value.OfText("Marketing"), want: "marketing", back: value.OfText("marketing")},
		{format: "capital", in: value.OfText("élan vital"), want: "Élan vital"},
		{format: "capital", in: value.OfText(""), want: ""},
		{format: "snake", in: value.OfText("Asha's  Stores 24 "), want: "asha_s_stores_24", back: value.OfText("asha_s_stores_24")},
		{format: "snake", in: value.OfText("नमस्ते"), want: "x", back: value.OfText("x")},

		{format: "bool", in: value.OfBool(true), want: true},
		{format: "string", in: value.OfBool(false), want: "false"},
	} {
		t.Run(test.in.Kind().String()+" "+test.format, test.run)
	}
}

func TestFormat_TruncatesTimes(t *testing.T) {
	t.Parallel()
	const second, millisecond = time.Second, time.Millisecond
	at := value.OfTime(time.Date(2021, 4, 9, 16, 27, 35, 123456000, time.UTC))
	before1970 := value.OfTime(time.Date(1969, 12, 31, 23, 59, 58, 999999999, time.UTC))
	for _, test := range []roundTrip{
		{format: "unix_s", in: at, want: json.Number("1617985655"), back: trunc(at, second)},
		{format: "unix_ms", in: at, want: json.Number("1617985655123"), back: trunc(at, millisecond)},
		{format: "unix_s_string", in: at, want: "1617985655", back: trunc(at, second)},
		{format: "unix_ms_string", in: at, want: "1617985655123", back: trunc(at, millisecond)},
		{format: "datetime", in: at, want: "2021-04-09 16:27:35", back: trunc(at, second)},
		{format: "datetime_ist", in: at, want: "2021-04-09 21:57:35", back: trunc(at, second)},
		{format: "day_month_year", in: at, want: "9 April 2021", back: trunc(at, 24*time.Hour)},
		{format: "month_day_year", in: at, want: "April 9, 2021", back: trunc(at, 24*time.Hour)},
		{format: "month_ist", in: value.OfTime(time.Date(2021, 3, 31, 18, 30, 0, 0, time.UTC)), want: "2021-04"},
		{format: "rfc3339", in: at, want: "2021-04-09T16:27:35Z", back: trunc(at, second)},
		{format: "rfc3339_micro", in: at, want: "2021-04-09T16:27:35.123456Z"},
		{format: "rfc3339_micro", in: trunc(at, second), want: "2021-04-09T16:27:35.000000Z"},
		{format: "iso_milli", in: at, want: "2021-04-09T16:27:35.123", back: trunc(at, millisecond)},
		{format: "date", in: at, want: "2021-04-09", back: trunc(at, 24*time.Hour)},
		{format: "unix_s", in: before1970, want: json.Number("-2"), back: trunc(before1970, second)},
		{format: "unix_ms", in: before1970, want: json.Number("-1001"), back: trunc(before1970, millisecond)},
		{format: "rfc3339_micro", in: before1970, want: "1969-12-31T23:59:58.999999Z", back: trunc(before1970, time.Microsecond)},
	} {
		t.Run(test.format, test.run)
	}
}

// A day is read in each of the spellings that providers have.
func TestFormat_ReadsDaysInAllSpellings(t *testing.T) {
	t.Parallel()
	want := value.OfTime(time.Date(2024, 2, 28, 0, 0, 0, 0, time.UTC))
	for _, text := range []string{"28 February 2024", "February 28,2024", "February28,2024", "February 28, 2024"} {
		for _, name := range []string{"day_month_year", "month_day_year"} {
			got, err := format(t, value.Time, name).Parse(text)
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	}
	for _, text := range []string{"", "2024", "30 February 2024", "2024-02-28"} {
		_, err := format(t, value.Time, "day_month_year").Parse(text)
		require.Error(t, err, text)
	}
}

// trunc rounds down from the year 1, which for whole days and less is also from 1970.
func trunc(v value.Value, unit time.Duration) value.Value {
	return value.OfTime(v.Time().Truncate(unit))
}

func TestParse_Lenient(t *testing.T) {
	t.Parallel()
	at := value.OfTime(time.Unix(1617985655, 0))
	tests := []struct {
		kind   value.Kind
		format string
		found  any
		want   value.Value
	}{
		{value.ID, "plain", json.Number("42"), value.OfID("42")},
		{value.ID, "number", "42", value.OfID("42")},
		{value.Phone, "msisdn", "+919900000000", phone(t, "919900000000")},
		{value.Phone, "msisdn", json.Number("919900000000"), phone(t, "919900000000")},
		{value.Phone, "local", "+919900000000", phone(t, "919900000000")},
		{value.Phone, "local", "919900000000", phone(t, "919900000000")},
		{value.Phone, "local", json.Number("9900000000"), phone(t, "919900000000")},
		{value.Time, "unix_s", "1617985655", at},
		{value.Time, "unix_s_string", json.Number("1617985655"), at},
		{value.Time, "rfc3339", "2021-04-09T21:57:35+05:30", at},
		{value.Time, "rfc3339_micro", "2021-04-09T16:27:35Z", at},
		{value.Time, "rfc3339", "2021-04-09T16:27:35.123456789Z", value.OfTime(time.Unix(1617985655, 123456789))},
		{value.Duration, "seconds", "23", value.OfDuration(23 * time.Second)},
		{value.Money, "decimal_string", json.Number("2"), value.OfMoney(20000)},
		{value.Money, "decimal_string", "-0.5", value.OfMoney(-5000)},
		{value.Money, "number", "1.230000000", value.OfMoney(12300)},
		{value.Number, "number", "12", number(t, "12")},
		{value.Number, "string", json.Number("12"), number(t, "12")},
		{value.Text, "plain", json.Number("12"), value.OfText("12")},
		{value.Text, "upper", "Approved", value.OfText("approved")},
		{value.Bool, "bool", "true", value.OfBool(true)},
		{value.Bool, "string", true, value.OfBool(true)},
	}
	for _, test := range tests {
		got, err := format(t, test.kind, test.format).Parse(test.found)
		require.NoError(t, err, test)
		require.Equal(t, test.want, got, test)
	}
}

func TestParse_RejectsOtherFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   value.Kind
		format string
		found  any
		want   string
	}{
		{value.ID, "", nil, "parse id as plain: want a string or a number, found null"},
		{value.ID, "hex 3", true, "parse id as hex 3: want a string or a number, found a bool"},
		{value.ID, "number", "042", "parse id as number: want digits that do not begin with 0"},
		{value.ID, "number 3", json.Number("1e3"), "parse id as number 3: want digits that do not begin with 0"},
		{value.Text, "", 1.5, "parse text as plain: want a string, json.Number or bool, found float64"},
		{value.Phone, "e164", "IN.1234", "parse phone as e164: want 1 to 15 digits that begin with a country code, with or without a plus"},
		{value.Time, "", "+919900000000", "parse time as unix_s: want a whole number"},
		{value.Time, "unix_s", json.Number("1.5"), "parse time as unix_s: want a whole number"},
		{value.Time, "unix_s", "", "parse time as unix_s: want a whole number"},
		{value.Time, "unix_s", "99999999999999999999", "parse time as unix_s: want a whole number"},
		{value.Time, "unix_s", json.Number("1617985655123"), "parse time as unix_s: outside the years 0 to 9999"},
		{value.Time, "datetime", "2021-04-09T16:27:35Z", "parse time as datetime: want the form 2006-01-02 15:04:05"},
		{value.Time, "rfc3339", "TIMESTAMP", "parse time as rfc3339: want the form 2006-01-02T15:04:05Z07:00"},
		{value.Time, "rfc3339", "0000-01-01T00:00:00+01:00", "parse time as rfc3339: outside the years 0 to 9999"},
		{value.Time, "iso_milli", "2021-04-09T16:27:35Z", "parse time as iso_milli: want the form 2006-01-02T15:04:05.000"},
		{value.Time, "date", "2021-02-30", "parse time as date: want the form 2006-01-02"},
		{value.Duration, "seconds", "23s", "parse duration as seconds: want a whole number"},
		{value.Duration, "seconds", "9223372037", "parse duration as seconds: longer than 292 years"},
		{value.Duration, "millis", "-9223372036855", "parse duration as millis: longer than 292 years"},
		{value.Money, "", "INR 2", "parse money as decimal_string: want a decimal number without exponent"},
		{value.Money, "number", json.Number("1e400000000"), "parse money as number: want a decimal number without exponent"},
		{value.Money, "", "0.00001", "parse money as decimal_string: more than 4 decimals"},
		{value.Money, "", "922337203685477.5808", "parse money as decimal_string: too large"},
		{value.Number, "number", "000", "parse number as number: want a decimal number"},
		{value.Number, "string", "E12", "parse number as string: want a decimal number"},
		{value.Bool, "", "yes", "parse bool as bool: want true or false"},
	}
	for _, test := range tests {
		_, err := format(t, test.kind, test.format).Parse(test.found)
		require.EqualError(t, err, test.want)
	}
}

func TestText_RejectsUnrepresentable(t *testing.T) {
	t.Parallel()
	far := value.OfTime(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))
	tests := []struct {
		format value.Format
		in     value.Value
		want   string
	}{
		{format(t, value.Phone, "e164"), value.OfText("x"), "format phone as e164: the value is of kind text"},
		{format(t, value.ID, ""), value.Value{}, "format id as plain: the value is of kind Kind(0)"},
		{format(t, value.ID, "number"), value.OfID("007"), "format id as number: want digits that do not begin with 0"},
		{format(t, value.ID, "number"), value.OfID("-7"), "format id as number: want digits that do not begin with 0"},
		{format(t, value.Time, "rfc3339"), far, "format time as rfc3339: outside the years 0 to 9999"},
		{format(t, value.Time, "unix_s"), far, "format time as unix_s: outside the years 0 to 9999"},
		{format(t, value.Number, ""), number(t, "-007"), "format number as number: leading zeros are not allowed in a JSON number"},
		{value.Format{}, value.OfText("x"), "format value: the format is empty"},
	}
	for _, test := range tests {
		_, err := test.format.Text(test.in)
		require.EqualError(t, err, test.want)
	}
	_, err := value.Format{}.Parse("x")
	require.EqualError(t, err, "parse value: the format is empty")
}

func TestParseFormat_EmptyIsDefault(t *testing.T) {
	t.Parallel()
	for _, kind := range allKinds {
		s := format(t, kind, "")
		require.Equal(t, kind.Formats()[0], s.String())
		require.Equal(t, kind, s.Kind())
		require.Equal(t, format(t, kind, s.String()), s)
	}
}

func TestParseFormat_RoundTrip(t *testing.T) {
	t.Parallel()
	for _, kind := range allKinds {
		for _, listed := range kind.Formats() {
			text := strings.Replace(listed, " N", " 512", 1)
			require.Equal(t, text, format(t, kind, text).String())
		}
	}
}

func TestParseFormat_RejectsUnknown(t *testing.T) {
	t.Parallel()
	const ids = "; there are plain, number, uuid, hex N, digits N, number N, base62 N, base64url N, base64 N"
	tests := []struct {
		kind       value.Kind
		text, want string
	}{
		{value.ID, "e164", `parse format "e164" of kind id: no such format` + ids},
		{value.ID, "hex", `parse format "hex" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "hex N", `parse format "hex N" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "hex 0", `parse format "hex 0" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "hex 513", `parse format "hex 513" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "hex +8", `parse format "hex +8" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "hex 08", `parse format "hex 08" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "hex  8", `parse format "hex  8" of kind id: hex takes a length from 1 to 512` + ids},
		{value.ID, "number 0", `parse format "number 0" of kind id: number takes a length from 1 to 512` + ids},
		{value.ID, "number ", `parse format "number " of kind id: number takes a length from 1 to 512` + ids},
		{value.ID, "uuid 4", `parse format "uuid 4" of kind id: uuid takes no argument` + ids},
		{value.ID, "plain ", `parse format "plain " of kind id: plain takes no argument` + ids},
		{value.ID, " plain", `parse format " plain" of kind id: no such format` + ids},
		{value.Number, "number 3", `parse format "number 3" of kind number: number takes no argument; there are number, string`},
		{value.Bool, "hex 32", `parse format "hex 32" of kind bool: no such format; there are bool, string`},
		{value.Text, "Upper", `parse format "Upper" of kind text: no such format; there are plain, upper, lower, capital, snake`},
		{value.Kind(0), "plain", `parse format "plain": Kind(0) is not a kind of values`},
		{value.Kind(99), "", `parse format "": Kind(99) is not a kind of values`},
	}
	for _, test := range tests {
		_, err := value.ParseFormat(test.kind, test.text)
		require.EqualError(t, err, test.want)
	}
}

// What can be read can be written, and writing and reading again changes nothing more.
func FuzzFormat(f *testing.F) {
	for _, seed := range []string{"", "true", "0", "-7", "000", "2.50", "1e9", "1617985655", "919900000000", "+4791234567",
		"2021-04-09", "2021-04-09 16:27:35.5", "2021-04-09T16:27:35.1234567+05:30", "Straße İ ǆ", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range allKinds {
			for _, listed := range kind.Formats() {
				s := format(t, kind, strings.Replace(listed, " N", " 8", 1))
				v, err := s.Parse(text)
				if err != nil {
					continue
				}
				once, err := s.Text(v)
				require.NoError(t, err, s)
				v, err = s.Parse(once)
				require.NoError(t, err, s)
				twice, err := s.Text(v)
				require.NoError(t, err, s)
				require.Equal(t, once, twice, s)
			}
		}
	})
}
