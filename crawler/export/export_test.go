package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

var fetched = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("", 3600))

// file is a crawl file that holds the pages.
func file(t *testing.T, pages ...*page.Page) *crawlfile.File {
	t.Helper()
	f, err := crawlfile.Create(t.Context(), filepath.Join(t.TempDir(), "x.crawl"), crawlfile.Info{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := f.Commit(t.Context(), &crawlfile.Batch{Pages: pages}); err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, format Format, pages ...*page.Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), &b, file(t, pages...), format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func sample() []*page.Page {
	return []*page.Page{
		{URL: "http://a.test/b", Depth: 1, Referrer: "http://a.test/", Status: 404, Err: &page.Error{Class: page.Client, Text: "404, \"gone\""}, Change: page.Gone, FetchedAt: fetched},
		{URL: "http://a.test/a", Depth: 1, Referrer: "http://a.test/", Err: &page.Error{Class: page.Robots, Text: "Disallow: /a"}},
		{URL: "http://a.test/", Status: 200, Title: "Home & <away>", Description: "two\nlines, é", Canonical: "http://a.test/", Lang: "en",
			Links:  []page.Link{{URL: "http://a.test/a", Text: "A"}, {URL: "http://a.test/b?x=1&y=2", Rel: "next"}},
			Images: []page.Image{{Src: "http://a.test/i.png"}}, Meta: []page.Meta{{Name: "n", Content: "c"}, {Name: "m", Content: "d"}, {Name: "o"}},
			ContentType: "text/html", Charset: "utf-8", Bytes: 1234, SHA256: "ab", SimHash: "00ff00ff00ff00ff",
			ETag: `W/"v=1"`, LastModified: "Wed, 04 Mar 2026 00:00:00 GMT", Change: page.Changed, FetchedAt: fetched, Duration: 1500 * time.Microsecond},
	}
}

func TestJSONLines(t *testing.T) {
	want := `{"url":"http://a.test/","depth":0,"status":200,"title":"Home & <away>","description":"two\nlines, é","canonical":"http://a.test/","lang":"en",` +
		`"links":[{"url":"http://a.test/a","text":"A"},{"url":"http://a.test/b?x=1&y=2","rel":"next"}],"images":[{"src":"http://a.test/i.png"}],` +
		`"meta":[{"name":"n","content":"c"},{"name":"m","content":"d"},{"name":"o","content":""}],` +
		`"content_type":"text/html","charset":"utf-8","bytes":1234,"sha256":"ab","simhash":"00ff00ff00ff00ff","etag":"W/\"v=1\"","last_modified":"Wed, 04 Mar 2026 00:00:00 GMT","change":"changed","fetched_at":"2026-03-04T04:06:07.089Z","duration_ms":1.5}
{"url":"http://a.test/a","depth":1,"referrer":"http://a.test/","error":{"class":"robots","text":"Disallow: /a"}}
{"url":"http://a.test/b","depth":1,"referrer":"http://a.test/","status":404,"error":{"class":"4xx","text":"404, \"gone\""},"change":"gone","fetched_at":"2026-03-04T04:06:07.089Z"}
`
	if diff := cmp.Diff(want, write(t, JSONL, sample()...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCSV(t *testing.T) {
	want := strings.ReplaceAll(`url,depth,referrer,status,redirect,error_class,error_text,title,description,canonical,duplicate_of,robots,sitemap,lastmod,lang,links,images,meta,content_type,charset,bytes,truncated,sha256,simhash,etag,last_modified,change,fetched_at,duration_ms
http://a.test/,0,,200,,,,Home & <away>,"two
lines, é",http://a.test/,,,,,en,2,1,3,text/html,utf-8,1234,,ab,00ff00ff00ff00ff,"W/""v=1""","Wed, 04 Mar 2026 00:00:00 GMT",changed,2026-03-04T04:06:07.089Z,1.5
http://a.test/a,1,http://a.test/,,,robots,Disallow: /a,,,,,,,,,0,0,0,,,0,,,,,,,,
http://a.test/b,1,http://a.test/,404,,4xx,"404, ""gone""",,,,,,,,,0,0,0,,,0,,,,,,gone,2026-03-04T04:06:07.089Z,
`, "\n", "\r\n")
	if diff := cmp.Diff(want, write(t, CSV, sample()...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCSVHasWhatOnlySomePagesHave, each in its column.
func TestCSVHasWhatOnlySomePagesHave(t *testing.T) {
	var b bytes.Buffer
	e, err := NewEncoder(&b, CSV)
	if err != nil {
		t.Fatal(err)
	}
	p := &page.Page{URL: "u", DuplicateOf: "original", Robots: "noindex, nofollow", Sitemap: "map", LastMod: fetched.Truncate(time.Second)}
	if err := errors.Join(e.Encode(p), e.Flush()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%q, %v", rows, err)
	}
	got := make(map[string]string)
	for i, name := range rows[0] {
		if c := rows[1][i]; c != "" && c != "0" {
			got[name] = c
		}
	}
	want := map[string]string{"url": "u", "duplicate_of": "original", "robots": "noindex, nofollow", "sitemap": "map", "lastmod": "2026-03-04T04:06:07.000Z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestText(t *testing.T) {
	want := `URL: http://a.test/
Title: Home & <away>
Links: 2
  - http://a.test/a
  - http://a.test/b?x=1&y=2

URL: http://a.test/a
Title: 
Links: 0

URL: http://a.test/b
Title: 
Links: 0

`
	if diff := cmp.Diff(want, write(t, Text, sample()...)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// usual are the columns of CSV where none are asked for.
func usual() []*Column {
	cs, _ := chosen(nil, (*Column).Chosen)
	return cs
}

func TestEmptyCrawl(t *testing.T) {
	for format, want := range map[Format]string{JSONL: "", Text: "", CSV: strings.Join(header(usual()), ",") + "\r\n"} {
		if got := write(t, format); got != want {
			t.Errorf("%s of no pages = %q, want %q", format, got, want)
		}
	}
}

func TestHostileCells(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t'=1", "\r=1": "'\r'=1", "\n=1": "'\n'=1",
		"\x00=1": "'=1", "\x1b=1": "'=1", "\u202e=1": "'=1", "＝1": "'＝1", "＠x": "'＠x",
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`,
		"":                           "", "a=1": "a=1", "'=1": "''=1", "'a": "'a",
		// Where other signs than a comma separate cells.
		"x;=cmd|' /C calc'!A0": "x;'=cmd|' /C calc'!A0", "x\t+1": "x\t'+1", "x\n@a": "x\n'@a", "x\r-1": "x\r'-1", "a; -1;;=2": "a; '-1;;'=2",
		`x;"=1"`: `x;"'=1"`, `"=1"`: `"'=1"`, " =1": " '=1", "x\x00;\x1b=1": "x;'=1", "a, -b": "a, -b", "x;'=1": "x;''=1", "http://a.test/;a=1": "http://a.test/;a=1", "é": "é", "\x1b[31mred\u009b0m": "[31mred0m", "a\x00b": "ab", "\U0001F980": "\U0001F980",
		"\xff=1": "\uFFFD=1", "\x00": "",
	} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) = %q, want %q", in, got, want)
		}
	}
	// Every cell that comes from a page is guarded.
	const x = "=x"
	p := &page.Page{URL: x, Referrer: x, Redirect: x, Err: &page.Error{Class: x, Text: x}, Title: x, Description: x, Canonical: x, DuplicateOf: x, Robots: x, Sitemap: x, Lang: x,
		ContentType: x, Charset: x, SHA256: x, SimHash: x}
	for i, c := range cells(nil, usual(), p) {
		if strings.HasPrefix(c, "=") {
			t.Errorf("%s = %q", usual()[i].Name, c)
		}
	}
}

func TestHostileText(t *testing.T) {
	evil := "t\x1b[2J\x07\r\nURL: http://forged.test/\n  - \u2028x\u202ey\u0085z\u009b1m\x7f\xff"
	got := write(t, Text, &page.Page{URL: "http://a.test/" + evil, Title: evil, Links: []page.Link{{URL: evil}}})
	clean := "t[2J  URL: http://forged.test/   -  xy z1m\uFFFD"
	want := "URL: http://a.test/" + clean + "\nTitle: " + clean + "\nLinks: 1\n  - " + clean + "\n\n"
	if got != want {
		t.Errorf("text:\n got %q\nwant %q", got, want)
	}
}

func FuzzOutputIsHarmless(f *testing.F) {
	f.Add("http://a.test/", "=cmd|' /C calc'!A0")
	f.Add("\x1b]0;x\x07", "a,b\"c\r\nd\x00")
	f.Fuzz(func(t *testing.T, url, title string) {
		p := &page.Page{URL: url, Title: title, Links: []page.Link{{URL: title, Text: url}}}
		out := make(map[Format]string)
		for _, format := range []Format{JSONL, CSV, Text} {
			var b bytes.Buffer
			e, err := NewEncoder(&b, format)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := e.Encode(p); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Flush(); err != nil {
				t.Fatal(err)
			}
			out[format] = b.String()
			if !utf8.Valid(b.Bytes()) {
				t.Errorf("%s is no UTF-8", format)
			}
		}
		lines := strings.Split(out[JSONL], "\n")
		var got struct {
			URL, Title string
		}
		if len(lines) != 3 || json.Unmarshal([]byte(lines[1]), &got) != nil || utf8.ValidString(url) && utf8.ValidString(title) && (got.URL != url || got.Title != title) {
			t.Errorf("JSON Lines: %q", out[JSONL])
		}
		records, err := csv.NewReader(strings.NewReader(out[CSV])).ReadAll()
		if err != nil || len(records) != 3 {
			t.Fatalf("CSV: %v: %q", err, out[CSV])
		}
		for _, c := range records[1] {
			if c != "" && strings.ContainsRune("=+-@\t\r\n", rune(c[0])) {
				t.Errorf("a cell begins with %q", c[0])
			}
		}
		if n := strings.Count(out[Text], "\n"); n != 2*5 {
			t.Errorf("text has %d lines, want 10: %q", n, out[Text])
		}
		for _, r := range out[Text] {
			if r != '\n' && unicode.IsControl(r) {
				t.Errorf("text has %U", r)
			}
		}
	})
}

func TestFormats(t *testing.T) {
	for name, want := range map[string]Format{"a.jsonl": JSONL, "dir.csv/b.TXT": Text, "x.y.Csv": CSV} {
		if got, err := FormatOf(name); got != want || err != nil {
			t.Errorf("FormatOf(%q) = %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"", "a", "a.json", "jsonl", ".csv/x"} {
		_, err := FormatOf(name)
		if !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), ".jsonl .csv .txt") {
			t.Errorf("FormatOf(%q): %v, want ErrFormat and the endings", name, err)
		}
	}
	for _, f := range []Format{JSONL, CSV, Text} {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	if _, err := NewEncoder(nil, "xml"); !errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), "jsonl csv text") {
		t.Errorf("NewEncoder of xml: %v, want ErrFormat and the names", err)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterErrorsAreReported(t *testing.T) {
	f := file(t, sample()...)
	for _, format := range []Format{JSONL, CSV, Text} {
		if err := Write(t.Context(), brokenWriter{}, f, format); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v, want the writer's error", format, err)
		}
	}
}

func TestFlushShowsThePage(t *testing.T) {
	for _, format := range []Format{JSONL, CSV, Text} {
		var b bytes.Buffer
		e, err := NewEncoder(&b, format)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(e.Encode(&page.Page{URL: "http://a.test/"}), e.Flush()); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "http://a.test/") {
			t.Errorf("%s: %q after Flush", format, b.String())
		}
	}
}

// TestAFullDiskIsNoFaultOfAPage: the error is that of the disk alone.
func TestAFullDiskIsNoFaultOfAPage(t *testing.T) {
	link := filepath.Join(t.TempDir(), "full") // which Discard removes: never the device
	if err := os.Symlink("/dev/full", link); err != nil {
		t.Skip(err)
	}
	full, err := os.OpenFile(link, os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	out, err := Create(filepath.Join(t.TempDir(), "o.csv"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	out.Discard()
	out.temp = full
	_, err = out.Write(t.Context(), file(t, &page.Page{URL: "http://a.test/", Status: 200, Title: strings.Repeat("long ", 1<<20)}))
	if err == nil || err.Error() != "no space left on device" {
		t.Errorf("got %v", err)
	}
}
