package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/capture"
)

// wrappedBodies returns the bodies in every wrapping of these tests, with strings that
// resemble the end of a body.
func wrappedBodies() []string {
	return []string{
		`{"app":"DemoApp","type":"message-event","payload":{"id":"a","destination":"919000000001"}}`,
		`{"app":"DemoApp","type":"message","payload":{"text":"नमस्ते \"q\" }{ \n, = &"},"list":[{"a":[1]}]}`,
		`{"app":"DemoApp","type":"user-event","payload":{"phone":"919000000002"}}`,
	}
}

// each formats the bodies by a template, in which %s is a body, %q a body as a JSON string,
// %b a body in Base64 and %n a request in Base64.
func each(template, between string) string {
	var all []string
	for _, body := range wrappedBodies() {
		quoted, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		request := "POST / HTTP/1.1\r\nHost: x\r\n\r\n" + body
		all = append(all, strings.NewReplacer("%s", body, "%q", string(quoted), "%b", base64.StdEncoding.EncodeToString([]byte(body)),
			"%n", base64.StdEncoding.EncodeToString([]byte(request))).Replace(template))
	}
	return strings.Join(all, between)
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		panic(err)
	}
	w.Close()
	return b.String()
}

func inUTF16(order binary.ByteOrder, text string) string {
	var b bytes.Buffer
	if err := binary.Write(&b, order, utf16.Encode([]rune(text))); err != nil {
		panic(err)
	}
	return b.String()
}

func asTable(comma rune, head bool) string {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	if head {
		_ = w.Write([]string{"id", "created_at", "raw payload"})
	}
	for i, body := range wrappedBodies() {
		_ = w.Write([]string{fmt.Sprint(i), "2026-11-29", body})
	}
	w.Flush()
	return b.String()
}

// An unsupported format with its name and the command in its error; "" for another advice.
type unsupported struct{ name, content, want, command string }

func jsonFormats() []unsupported {
	const lambda, sqs = "API Gateway or Lambda events (AWS)", "SQS events (AWS)"
	const unlambda = `if .isBase64Encoded then .body | @base64d else .body end // empty`
	const site = `{"uuid":"u0","method":"POST","content":%q,"headers":{"content-type":["application/json"]},"url":"https://example.com/x"}`
	jq := func(program string) string { return "jq -cr '" + program + "'" }
	return []unsupported{
		{"HAR", `{"log":{"version":"1.2","creator":{"name":"x"},"entries":[` + each(`{"time":1,"request":{"method":"POST","postData":{"mimeType":"application/json","text":%q}}}`, ",") +
			`,{"request":{"method":"GET"}}]}}`, "HAR", jq(".log.entries[].request.postData.text // empty")},
		{"API Gateway 2.0", each(`{"version":"2.0","routeKey":"POST /hooks","headers":{},"body":%q,"isBase64Encoded":false}`, "\n"), lambda, jq(unlambda)},
		{"API Gateway 1.0, in Base64", each(`{"resource":"/","httpMethod":"POST","requestContext":{},"body":"%b","isBase64Encoded":true}`, "\n"), lambda, jq(unlambda)},
		{"API Gateway, a list", "[" + each(`{"headers":{},"body":%q,"isBase64Encoded":false}`, ",\n") + "]", lambda, jq(".[] | " + unlambda)},
		{"SQS", `{"Records":[` + each(`{"messageId":"1","eventSource":"aws:sqs","body":%q}`, ",") + "]}", sqs, jq(".Records[].body")},
		{"messages of SQS", `{"Messages": [` + each(`{"MessageId":"1","ReceiptHandle":"x","Body":%q}`, ",") + "]}", "SQS messages (AWS)", jq(".Messages[].Body")},
		{"SNS", `{"Records":[` + each(`{"EventSource":"aws:sns","Sns":{"Message":%q}}`, ",") + "]}", "SNS events (AWS)", jq(".Records[].Sns.Message")},
		{"a notification of SNS", each(`{"Type":"Notification","MessageId":"1","TopicArn":"arn","Message":%q}`, "\n"), "SNS notifications (AWS)", jq(".Message")},
		{"EventBridge", each(`{"version":"0","id":"1","detail-type":"x","source":"y","detail":%s}`, "\n"), "EventBridge events (AWS)", jq(".detail")},
		{"CloudWatch", `{"events":[` + each(`{"logStreamName":"x","message":%q,"ingestionTime":1}`, ",") + "]}", "CloudWatch log events (AWS)", jq(".events[].message")},
		{"webhook.site", `{"data":[` + each(site, ",") + `],"total":3}`, "an export of webhook.site", jq(".data[].content")},
		{"one request of webhook.site", each(site, "\n"), "an export of webhook.site", jq(".content")},
		{"Postman", `{"info":{"name":"x","schema":"y"},"item":[{"name":"folder","item":[` + each(`{"request":{"method":"POST","body":{"mode":"raw","raw":%q}}}`, ",") + "]}]}",
			"a Postman collection", jq(".. | objects | .request | objects | .body | objects | .raw | strings")},
		{"ngrok", `{"uri":"/api/requests/http","requests":[` + each(`{"uri":"/x","id":"1","request":{"raw":"%n"}}`, ",") + "]}",
			"an export of ngrok", jq(`.requests[].request.raw | @base64d | split("\r\n\r\n")[1]`)},
		{"Docker", each(`{"log":%q,"stream":"stdout","time":"2026-03-01T10:00:00Z"}`, "\n"), "a Docker log", jq(".log")},
		{"pino with an object", each(`{"level":30,"time":1764400000123,"msg":"hook","body":%s}`, "\n"), "a JSON log", jq(".body // empty")},
		{"pino with a text", each(`{"level":30,"time":1764400000123,"msg":"hook","payload":%q}`, "\n"), "a JSON log", jq(".payload // empty")},
		{"pino-http", each(`{"level":30,"time":1764400000123,"req":{"method":"POST","body":%s},"msg":"request"}`, "\n"), "a JSON log", jq(".req.body // empty")},
		{"bunyan", each(`{"name":"x","hostname":"y","pid":1,"level":30,"msg":"hook","time":"2026-03-01T10:00:00Z","v":0,"body":%s}`, "\n"), "a JSON log", jq(".body // empty")},
		{"zap", each(`{"level":"info","ts":1.5,"caller":"x","msg":"hook","data":%s}`, "\n"), "a JSON log", jq(".data // empty")},
		{"slog, in its message", each(`{"time":"2026-03-01T10:00:00Z","level":"INFO","msg":%q}`, "\n"), "a JSON log", jq(".msg // empty")},
		{"Logstash", each(`{"@timestamp":"2026-03-01T10:00:00Z","@version":"1","message":%q}`, "\n"), "a JSON log", jq(".message // empty")},
		{"Google Cloud", each(`{"insertId":"x","logName":"y","jsonPayload":%s}`, "\n"), "a JSON log", jq(".jsonPayload // .textPayload")},
		{"Google Cloud on stdout", each(`{"severity":"INFO","time":"x","message":"hook","event":%s}`, "\n"), "a JSON log", jq(".event // empty")},
		{"a JSON log that begins with another line", `{"level":30,"time":1,"msg":"listening"}` + "\n" + each(`{"level":30,"time":1,"msg":"hook","body":%s}`, "\n"), "a JSON log", jq(".body // empty")},
		{"the body under another name", each(`{"level":30,"time":1,"msg":"webhook","rawBody":%q}`, "\n"), "a JSON log", jq(".rawBody // empty")},
		{"the body beside other JSON", each(`{"level":30,"time":1,"msg":"[hook] received","headers":{"a":"b"},"tags":"[\"a\"]","meta":{"x":1},"raw_body":%q}`, "\n"), "a JSON log", jq(".raw_body // empty")},
		{"the body of a request", each(`{"level":30,"time":1,"msg":"webhook","data":{"x":1},"responseBody":"{\"a\":1}","requestBody":%s}`, "\n"), "a JSON log", jq(".requestBody // empty")},
		{"the body as it came, and parsed", each(`{"level":30,"time":1,"msg":"webhook","payload":%s,"webhookPayload":%q}`, "\n"), "a JSON log", jq(".webhookPayload // empty")},
		{"the body under any name", each(`{"level":30,"time":1,"msg":"webhook","headers":"{\"a\":1}","config":{"a":1},"received":%q}`, "\n"), "a JSON log", jq(".received // empty")},
		{"an object under any name", each(`{"level":30,"time":1,"msg":"webhook","req":{"id":1},"whatsapp":%s}`, "\n"), "a JSON log", jq(".whatsapp // empty")},
		{"a body with a payload in it", each(`{"level":30,"time":1,"msg":"webhook","data":%s}`, "\n"), "a JSON log", jq(".data // empty")},
		{"a name that jq quotes", each(`{"level":30,"time":1,"msg":"webhook","req":{"raw-body":%q}}`, "\n"), "a JSON log", jq(`.req["raw-body"] // empty`)},
		{"after a byte order mark", mark + each(`{"level":30,"time":1,"msg":"hook","body":%s}`, "\n"), "a JSON log", ""},
	}
}

func textFormats() []unsupported {
	const line = `sed -n -e 's/^[^{]*\(\[{.*}\]\)[^}]*$/\1/p' -e t -e 's/^[^{]*\({.*}\)[^}]*$/\1/p'`
	csvOf := func(field, reader, dialect string) string {
		return "python3 -c 'import csv, sys; csv.field_size_limit(1 << 30); " + `sys.stdin.reconfigure(encoding="utf-8-sig")` + "; [print(r[" + field + "]) for r in csv." + reader + "(sys.stdin" + dialect + ")]'"
	}
	return []unsupported{
		{"docker logs -t", each("2026-03-01T10:00:00.1Z INFO hook %s\n", ""), "a log", line},
		{"kubectl logs --prefix", each("[pod/app-1/app] %s\n", ""), "a log", line},
		{"docker compose logs", each("app-1  | %s\n", ""), "a log", line},
		{"Laravel", each("[2026-03-01 10:00:00] production.INFO: hook %s  \n", ""), "a log", line},
		{"Monolog with its context", each("[2026-03-01T10:00:00.1+00:00] app.INFO: hook %s [] []\n", ""), "a log", line},
		{"syslog", each("Mar  1 10:00:00 host app[12]: %s\n", ""), "a log", line},
		{"klog", each("I0301 10:00:00.000000       1 main.go:1] %s\n", ""), "a log", line},
		{"a log of Go", each("2026/03/01 10:00:00 %s\n", ""), "a log", line},
		{"a log without times", each("webhook received: %s\n", ""), "a log", line},
		{"a log that begins with another line", "Listening on :8080\n" + each("body=%s\n", ""), "a log", line},
		{"a log of lists", each("2026-03-01T10:00:00Z hook [%s]\n", ""), "a log", line},
		{"a log without bodies", "2026-03-01T10:00:00Z INFO listening\n2026-03-01T10:00:00Z INFO ready\n", "a log", ""},
		{"an access log", "192.0.2.1 - - [01/Mar/2026:10:00:00 +0000] \"POST /hooks HTTP/1.1\" 200 2\n", "a log", ""},
		{"logfmt", `time=2026-03-01T10:00:00Z level=INFO msg=hook body="{\"a\":1}"` + "\n", "a log", ""},
		{"CSV", asTable(',', true), "CSV", csvOf(`"raw payload"`, "DictReader", "")},
		{"CSV without a head", asTable(',', false), "CSV", csvOf("2", "reader", "")},
		{"CSV with semicolons", asTable(';', true), "CSV", csvOf(`"raw payload"`, "DictReader", `, delimiter=";"`)},
		{"TSV", asTable('\t', true), "TSV", csvOf(`"raw payload"`, "DictReader", `, delimiter="\t"`)},
		{"CSV without bodies", "id,name\n1,Asha\n2,Meera\n", "CSV", ""},
		{"a form in parts", "--x1y2\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n1\r\n--x1y2--\r\n", "a form (multipart/form-data)", ""},
		{"requests", "POST /hooks HTTP/1.1\r\nHost: x\r\n\r\n{\"a\":1}\r\n", "HTTP requests as text", ""},
		{"a flow file", "1234:9:websocket;0:~8:response;0:~", "a flow file of mitmproxy", ""},
	}
}

func binaryFormats() []unsupported {
	lines := each("%s\n", "")
	return []unsupported{
		{"gzip", zipped(lines), "gzip", "gunzip -c"},
		{"gzip, cut off", zipped(lines)[:2], "gzip", ""},
		{"UTF-16 with a mark", inUTF16(binary.LittleEndian, mark+lines), "UTF-16 text", "iconv -f UTF-16 -t UTF-8"},
		{"UTF-16, big-endian, with a mark", inUTF16(binary.BigEndian, mark+lines), "UTF-16 text", "iconv -f UTF-16 -t UTF-8"},
		{"UTF-16", inUTF16(binary.LittleEndian, lines), "UTF-16LE text", "iconv -f UTF-16LE -t UTF-8"},
		{"UTF-16, big-endian", inUTF16(binary.BigEndian, lines), "UTF-16BE text", "iconv -f UTF-16BE -t UTF-8"},
		{"UTF-32", "\xff\xfe\x00\x00{\x00\x00\x00}\x00\x00\x00", "UTF-32 text", ""},
		{"UTF-32 without a mark", "{\x00\x00\x00}\x00\x00\x00", "UTF-32LE text", ""},
		{"zstd", "\x28\xb5\x2f\xfd\x04", "zstd", ""},
		{"bzip2", "BZh91AY&SY\x00", "bzip2", ""},
		{"bzip2 of nothing", "BZh9\x17rE8P\x90\x00\x00\x00\x00", "bzip2", ""},
		{"xz", "\xfd7zXZ\x00\x00", "xz", ""},
		{"lz4", "\x04\x22\x4d\x18\x64", "lz4", ""},
		{"pcap", "\xd4\xc3\xb2\xa1\x02\x00", "pcap", ""},
		{"pcap, big-endian", "\xa1\xb2\xc3\xd4\x00\x02", "pcap", ""},
		{"pcapng", "\n\r\r\n\x1c\x00\x00\x00\x4d\x3c\x2b\x1a", "pcapng", ""},
		{"zip", "PK\x03\x04\x14", "zip", ""},
		{"7z", "7z\xbc\xaf\x27\x1c", "7z", ""},
		{"tar", strings.Repeat("\x00", 257) + "ustar\x0000", "tar", ""},
		{"SQLite", "SQLite format 3\x00", "SQLite", ""},
		{"Parquet", "PAR1\x15", "Parquet", ""},
	}
}

// read is what reading a file came to: its bodies, and the errors.
func read(t *testing.T, path string, o capture.Options) (bodies []string, errs []error) {
	t.Helper()
	o.Limit = 1 << 20
	for b, err := range capture.Read([]string{path}, o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		bodies = append(bodies, string(b.Bytes))
	}
	return bodies, errs
}

// Each format is called by its name, once for the file; no body of it is given
// out, and what the message says to do works.
func TestUnsupported_NamesFormatAndAdvice(t *testing.T) {
	t.Parallel()
	for _, rows := range [][]unsupported{jsonFormats(), textFormats(), binaryFormats()} {
		for _, c := range rows {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				path := filepath.Join(t.TempDir(), "a file")
				require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))
				bodies, errs := read(t, path, capture.Options{})
				require.Empty(t, bodies)
				require.Len(t, errs, 1)
				var e *capture.UnsupportedError
				require.ErrorAs(t, errs[0], &e)
				require.Equal(t, "the format is "+c.want+", which isn't supported", e.Reason)
				require.False(t, e.Found)
				if strings.HasPrefix(c.want, "a form") {
					require.Equal(t, "receive it with `ringback listen --tape`, and validate the tape", e.Advice)
				}
				if c.command == "" {
					return
				}
				require.Equal(t, "convert it: "+c.command+" <'"+path+"' >bodies.ndjson", e.Advice)

				bodies, errs = read(t, "-", capture.Options{Stdin: strings.NewReader(c.content)})
				require.Empty(t, bodies)
				require.Len(t, errs, 1)
				require.EqualError(t, errs[0], "read stdin: "+e.Reason+"; pipe it through "+c.command)
				requireConversion(t, filepath.Dir(path), strings.TrimPrefix(e.Advice, "convert it: "), c) // may skip the rest
			})
		}
	}
}

// requireConversion runs a command of a message in a folder, and requires that
// the file that it writes has the bodies.
func requireConversion(t *testing.T, folder, command string, c unsupported) {
	t.Helper()
	runIn(t, folder, command)
	bodies, errs := read(t, filepath.Join(folder, "bodies.ndjson"), capture.Options{})
	require.Empty(t, errs)
	require.Len(t, bodies, len(wrappedBodies()))
	for i, want := range wrappedBodies() {
		if c.name == "a log of lists" {
			want = "[" + want + "]"
		}
		require.JSONEq(t, want, strings.TrimPrefix(bodies[i], mark))
	}
}

// What looks like a format and is bodies, or bodies with something broken
// between, is read.
func TestUnsupported_BodiesAreNotFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, content string
		bodies        int
	}{
		{"a line of a log before bodies", "2026-03-01T10:00:00Z INFO listening\n" + each("%s\n", ""), 4},
		{"a line of a log between bodies", each("%s\n", "2026-03-01T10:00:00Z INFO hook {\"a\":1}\n"), 5},
		{"a form", "id=8c1f%3A1&mobile=919000000001&status=DELIVRD&text=", 1},
		{"lines of forms", "id=1&status=DELIVRD\nid=2&status=FAILED\n", 2},
		{"a form of one value", "response=%5B%7B%7D%5D\n", 1},
		{"a form before bodies", "a=1&b=2\n" + each("%s\n", ""), 4},
		{"a log printed before a body", "starting\n{\n  \"a\": {\"b\": 1}\n}\n", 2},
		{"a body cut off before its first name", "\n  \"a\": {\"b\": 1}\n}\n", 1},
		{"words", "Hello, world\n", 1},
		{"words with a time", "12:30:45 noon\n", 1},
		{"Base64", "aGVsbG8=\n", 1},
		{"HTML", "<html>\n<body>{\"a\": 1}</body>\n</html>\n", 1},
		{"a text that names gzip's bytes", "\\x1f\\x8b", 1},
		{"an empty file", "", 1},
		{"a body that speaks of a log", `{"log":"a","stream":"b"}`, 1},
		{"a body with headers and a body", `{"headers":{"a":"b"},"body":"{}"}`, 1},
		{"a body with a message of a level", `{"level":"gold","message":{"text":"x"},"time":1}`, 1},
		{"the keys of HAR elsewhere", `{"a":{"log":{"entries":[]}},"log":{"version":"1"},"entries":[]}`, 1},
		{"a tape", `{"ringback":"delivery/1","id":"1","body":"{\"log\":{\"version\":\"1\",\"entries\":[]}}"}`, 1},
		{"a HAR behind a body", "{\"a\":1}\n" + jsonFormats()[0].content, 2},
	} {
		bodies, errs := read(t, "-", capture.Options{Stdin: strings.NewReader(c.content)})
		require.Empty(t, errs, c.name)
		require.Len(t, bodies, c.bodies, c.name)
	}
	content := jsonFormats()[1].content
	bodies, errs := read(t, "-", capture.Options{Stdin: strings.NewReader(content), IsBody: func(body []byte) bool {
		require.Equal(t, strings.Split(content, "\n")[0], string(body), "it is asked about the first value alone")
		return true
	}})
	require.Empty(t, errs)
	require.Len(t, bodies, 3, "a provider may send what looks like another format")
}

// A file of any size is told by its beginning: HAR is one value, and often large.
func TestUnsupported_LargeFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ head, fill, tail string }{
		"HAR": {`{"log":{"version":"1.2","entries":[`, `{"request":{"method":"POST"}},`, "{}]}}"},
		"log": {"", "2026-03-01T10:00:00Z {\"a\":1}\n", ""},
	} {
		in := &swelling{head: c.head, fill: strings.Repeat(c.fill, 1000), tail: c.tail, size: 8 << 20}
		bodies, errs := read(t, "-", capture.Options{Stdin: in})
		require.Empty(t, bodies, name)
		require.Len(t, errs, 1, name)
		require.LessOrEqual(t, in.read, 512<<10, "the rest is not read")
	}
}

// What is compressed is named as soon as it begins: a stream may bring the rest
// tomorrow.
func TestUnsupported_CompressedStream(t *testing.T) {
	t.Parallel()
	given := false
	in := readerFunc(func(p []byte) (int, error) {
		require.False(t, given, "the first bytes say it")
		given = true
		return copy(p, "\x1f\x8b\x08"), nil
	})
	_, errs := read(t, "-", capture.Options{Stdin: in})
	require.Len(t, errs, 1)
}

func TestUnsupported_InFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"in/a.json": `{"a":1}`, "in/b.ndjson.gz": zipped("{}"), "in/c.HAR": jsonFormats()[0].content, "in/d/e.log": "{\"a\":1}\n{\"a\":2}\n", "in/f.csv": asTable(',', true),
		"in/g.json": jsonFormats()[1].content, "in/h.log.1": each("app | %s\n", ""), "in/i.zip": "PK\x03\x04", "in/packed": zipped("{}"), "in/x.log/z.json": `{"a":2}`,
		"in/form.txt": "id=1&mobile=919000000001\n", "in/parts.TXT": "--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\n1\r\n--x--\r\n",
		"in/notes.txt": "no capture", "in/settings.txt": "port=3000\nlevel=info\n", "in/log.txt": each("app | %s\n", ""), "in/photo.png": "\x89PNG", "in/doc.docx": "PK\x03\x04", "in/report.html": "<html>", "in/empty": "", "in/har": jsonFormats()[0].content,
		"only/a.log": "started\n",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	}
	const format, ending = "the format is %s, which isn't supported", "in a folder, only files with the extension .json, .ndjson, .jsonl, .tape are read"
	bodies, errs := read(t, "in", capture.Options{})
	require.Equal(t, []string{`{"a":1}`, "id=1&mobile=919000000001", `{"a":2}`}, bodies)
	var got []string
	for _, err := range errs {
		var e *capture.UnsupportedError
		require.ErrorAs(t, err, &e)
		require.True(t, e.Found)
		got = append(got, filepath.ToSlash(e.Path)+": "+e.Reason)
	}
	require.Equal(t, []string{
		"in/b.ndjson.gz: " + fmt.Sprintf(format, "gzip"), "in/c.HAR: " + fmt.Sprintf(format, "HAR"), "in/d/e.log: " + ending, "in/f.csv: " + fmt.Sprintf(format, "CSV"),
		"in/h.log.1: " + fmt.Sprintf(format, "a log"), "in/i.zip: " + fmt.Sprintf(format, "zip"), "in/packed: " + fmt.Sprintf(format, "gzip"),
		"in/parts.TXT: " + fmt.Sprintf(format, "a form (multipart/form-data)"),
		"in/g.json: " + fmt.Sprintf(format, lambdaName()),
	}, got)

	bodies, errs = read(t, "in/d/e.log", capture.Options{})
	require.Len(t, bodies, 2, "a file that is named is read whatever its ending")
	require.Empty(t, errs)
	_, errs = read(t, "only", capture.Options{})
	require.Len(t, errs, 1, "the folder isn't called empty as well")
	require.EqualError(t, errs[0], "read only/a.log: "+ending+"; pass it as a PATH, or rename it")
}

func lambdaName() string { return jsonFormats()[1].want }

// No body that a provider is known to send is taken for another format, alone or
// among others, whatever is recognized.
func TestUnsupported_AcceptsAllExamples(t *testing.T) {
	t.Parallel()
	own, err := shipped.Catalog(schemas.Dir("../../../examples/providers"))
	require.NoError(t, err)
	seen := 0
	for _, one := range own.Types() {
		examples, err := one.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			var line bytes.Buffer
			require.NoError(t, json.Compact(&line, e.Body))
			for _, content := range []string{string(e.Body), line.String(), line.String() + "\n" + line.String() + "\n", "[" + line.String() + "]", mark + line.String()} {
				_, errs := read(t, "-", capture.Options{Stdin: strings.NewReader(content)})
				require.Empty(t, errs, "%s of %s", e.Name, one.Name)
			}
			seen++
		}
	}
	require.Greater(t, seen, 300)
}
