package export

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"amble/crawler/crawlfile"
)

// where are the ends of the URLs of the sample's pages for which the condition is true: "/", "a" and "b".
func where(t testing.TB, f *crawlfile.File, condition string) string {
	t.Helper()
	w, err := ParseWhere(condition)
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	s, err := f.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var got string
	for p, err := range s.Select(t.Context(), w.and("", true)) {
		if err != nil {
			t.Fatalf("%s: %v", condition, err)
		}
		got += p.URL[len(p.URL)-1:]
	}
	return got
}

func TestWhere(t *testing.T) {
	f := file(t, sample()...)
	for condition, want := range map[string]string{
		"": "/ab", "status = 200": "/", "status != 200": "ab", "not status = 200": "ab", "status < 500": "/b", "not status < 500": "a",
		"STATUS IN (200, 404)": "/b", "status not in (404)": "/a", "status is null": "a", "status is not null": "/b",
		`error_class = "robots"`: "a", `title = ""`: "ab", "title is null": "ab", `title != ''`: "/", `title in ("", 'x')`: "ab",
		`title contains "Home &"`: "/", `title contains "home"`: "", `title like "home%"`: "/", `title not like "%e%"`: "ab",
		`url endswith "/b" or url startswith "http://a.test/a"`: "ab", `url matches "/[ab]$"`: "ab", `not url matches "/[ab]$"`: "/",
		"links > 1": "/", "links is null": "ab", "bytes >= 1K": "/", "duration_ms > 1.25": "/", "truncated": "", "not truncated": "/ab", "truncated = false": "/ab",
		`fetched_at > "2026-03-04"`: "/b", `fetched_at < "2026-03-04 04:06:07"`: "", `fetched_at = "2026-03-04T05:06:07.089+01:00"`: "/b",
		"canonical = url": "/", "canonical != url": "ab", "depth = 1 and status = 404 or depth = 0": "/b", "depth = 1 and (status = 404 or depth = 0)": "b",
		`title = "x' OR 1=1 --"`: "", `description = "two` + "\n" + `lines, é"`: "/", `error_text contains '"gone"'`: "b", `error_text contains """gone"""`: "b",
	} {
		if got := where(t, f, condition); got != want {
			t.Errorf("%s: %q, want %q", condition, got, want)
		}
	}
}

func TestWhereMistakesAreWhereTheyAre(t *testing.T) {
	for condition, at := range map[string]int{
		"statsu >= 400": 0, "status >= 400 annd title is null": 14, `status = "x"`: 9, "title = foo": 8, `url matches "("`: 12, "status >=": 9,
		"(status = 200": 13, `title contains "abc`: 15, "status = 1; drop table pages": 10, "error_class = 4xx": 14, "status contains 'x'": 7,
		"fetched_at > '1 May'": 13, "status = null": 9, "status = bytes)": 14, "status = title": 9, "depth = 0x1": 8, "status = ''": 9, "url contains ''": 13,
		strings.Repeat("(", 100) + "depth = 1": 25, "status in ()": 11, "truncated < true": 10, "é": 0,
	} {
		_, err := ParseWhere(condition)
		var e *WhereError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want a WhereError", condition, err)
		} else if e.Offset != at || strings.Contains(e.Error(), "\n") {
			t.Errorf("%s: at %d: %v; want at %d", condition, e.Offset, e, at)
		}
	}
}

// FuzzWhere holds that every condition is refused, or runs and is true of exactly those pages of which its opposite is not.
func FuzzWhere(f *testing.F) {
	for _, s := range []string{"status >= 400", `not (title like "%a\" or links in (1,2))`, "truncated", `url matches "a+" and canonical = url`, `lastmod is null`, "duration_ms < 1e3", strings.Repeat("(", 25) + "depth=0" + strings.Repeat(")", 25)} {
		f.Add(s)
	}
	var pages *crawlfile.File
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := ParseWhere(s); err != nil || strings.TrimSpace(s) == "" {
			return
		}
		if pages == nil {
			pages = file(t, sample()...)
			defer func() { pages = nil }()
		}
		yes := where(t, pages, s)
		w, err := ParseWhere("not (" + s + ")")
		if err != nil {
			return // one parenthesis too many
		}
		both := []byte(yes + where(t, pages, w.String()))
		slices.Sort(both)
		if diff := cmp.Diff("/ab", string(both)); diff != "" {
			t.Errorf("%s and its opposite are true of %s", s, both)
		}
	})
}

func FuzzCell(f *testing.F) {
	f.Add("x;=cmd")
	f.Add("'\t=1\r\n\"-2")
	f.Fuzz(func(t *testing.T, s string) {
		c := cell(s)
		for _, part := range strings.FieldsFunc(c, func(r rune) bool { return strings.ContainsRune(separators, r) }) {
			if part = strings.TrimLeft(part, ` "`); part != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(part)[0]) {
				t.Errorf("cell(%q) = %q: a formula may begin at %q", s, c, part)
			}
		}
		if back := ParseCell(c); cell(back) != c || len(back) > len(c) {
			t.Errorf("%q, as a cell %q, read as %q", s, c, back)
		}
	})
}
