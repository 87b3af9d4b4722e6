package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	sqlite3 "modernc.org/sqlite/lib"

	"amble/crawler/page"
)

var created = time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.UTC)

// create makes a crawl file that is closed when the test ends.
func create(t testing.TB) *File {
	t.Helper()
	f, err := Create(t.Context(), filepath.Join(t.TempDir(), "a?b #c%41.crawl"), Info{
		Version: "1.2.3", Created: created, Seeds: []string{"http://b.test/", "http://a.test/"}, KeySeed: 1<<64 - 1, Config: []byte(`{"depth": 3}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func commit(t testing.TB, f *File, b Batch) {
	t.Helper()
	if err := f.Commit(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
}

func pagesOf(t testing.TB, f *File) (all []*page.Page) {
	t.Helper()
	for p, err := range f.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

func pendingOf(t testing.TB, f *File) (all []Pending) {
	t.Helper()
	for p, err := range f.Pending(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// query asks the file as another program would.
func query(t testing.TB, path, q string) (out []string) {
	t.Helper()
	db, err := readers(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(q)
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row := make([]sql.NullString, len(cols))
		dst := make([]any, len(cols))
		for i := range row {
			dst[i] = &row[i]
		}
		if err := rows.Scan(dst...); err != nil {
			t.Fatal(err)
		}
		var cells []string
		for _, c := range row {
			if !c.Valid {
				c.String = "NULL"
			}
			cells = append(cells, c.String)
		}
		out = append(out, strings.Join(cells, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

const odd = "a\x00b\"'\\\n\t<&>\u2028 \U0001F980 ;--%s"

func fullPage() *page.Page {
	return &page.Page{
		URL: "http://a.test/" + odd, Depth: 3, Redirects: 1, Referrer: "http://b.test/" + odd, Status: 503, Redirect: odd + "r",
		Err: &page.Error{Class: page.Server, Text: odd + "e"}, Attempts: 4,
		Title: odd + strings.Repeat("long ", 200_000), Description: "not UTF-8: \xff\xfe", Canonical: odd + "c", Lang: odd + "l",
		Robots: "noindex, nofollow", DuplicateOf: odd + "d", Truncated: true, Sitemap: odd + "s", LastMod: created.Add(-time.Hour),
		Links:       []page.Link{{URL: odd, Rel: odd, Text: odd}, {URL: "http://a.test/"}, {URL: "", Text: "-"}},
		Images:      []page.Image{{Src: odd, Alt: odd}, {Src: "x"}},
		Meta:        []page.Meta{{Name: odd, Content: odd}, {}},
		Fields:      map[string][]string{odd: {odd, "x"}, "a": {"y"}},
		ContentType: "text/html", Charset: "utf-8", Bytes: 1 << 40, SHA256: strings.Repeat("ab", 32), SimHash: "00ff00ff00ff00ff",
		ETag: `W/"` + odd + `\xff"`, LastModified: odd + "m", Change: page.Unchanged, NotModified: true,
		FetchedAt: created.Add(time.Hour), Duration: 1234567 * time.Microsecond,
	}
}

func TestEveryFieldComesBack(t *testing.T) {
	f := create(t)
	want := []*page.Page{
		{URL: "http://a.test/empty"},
		{URL: "http://a.test/error", Depth: 1, Err: &page.Error{}},
		fullPage(),
	}
	commit(t, f, Batch{
		Pages:  []*page.Page{want[2], want[0], want[1]},
		Listed: []Listed{{URL: want[2].URL, Sitemap: want[2].Sitemap, LastMod: want[2].LastMod}, {URL: "unknown", Sitemap: "s"}},
	})
	robots := []RobotsRecord{
		{Origin: "http://a.test:80", Status: 200, Body: []byte("\x00\xff"), FetchedAt: created, ExpiresAt: created.Add(24 * time.Hour), RedirectedTo: odd},
		{Origin: "http://b.test:80", Error: odd},
	}
	commit(t, f, Batch{Robots: []RobotsRecord{robots[1], {Origin: "http://a.test:80", Error: "earlier"}, robots[0]}})
	end := End{State: Limited, Reason: odd, FinishedAt: created, Statistics: []byte(`{"pages": 3}`)}
	if err := f.SetEnd(t.Context(), end); err != nil {
		t.Fatal(err)
	}

	info, path := f.Info(), f.Path()
	for _, how := range []string{"while writing", "reopened", "read-only"} {
		if diff := cmp.Diff(want, pagesOf(t, f)); diff != "" {
			t.Errorf("%s: pages differ (-want +got):\n%.2000s", how, diff)
		}
		var got []RobotsRecord
		for r, err := range f.Robots(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		if diff := cmp.Diff(robots, got); diff != "" {
			t.Errorf("%s: robots differ (-want +got):\n%s", how, diff)
		}
		if got, err := f.End(t.Context()); err != nil || !cmp.Equal(got, end) {
			t.Errorf("%s: End = %+v, %v; want %+v", how, got, err, end)
		}
		if diff := cmp.Diff(info, f.Info()); diff != "" {
			t.Errorf("%s: info differs (-want +got):\n%s", how, diff)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if how == "while writing" {
			f, err = Open(t.Context(), path)
		} else {
			f, err = OpenReadOnly(t.Context(), path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	defer f.Close()
	if err := f.Commit(t.Context(), &Batch{}); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Commit to a File open for reading = %v, want ErrReadOnly", err)
	}
}

func TestRobotsBodyIsCut(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Robots: []RobotsRecord{{Origin: "o", Body: make([]byte, MaxRobots+1)}}})
	if got := query(t, f.Path(), "SELECT length(body) FROM robots"); got[0] != fmt.Sprint(MaxRobots) {
		t.Errorf("length = %s, want %d", got[0], MaxRobots)
	}
}

func TestColumnsAreReadableByHand(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{
		Domains:  []string{"a.test", "sub.a.test", "example.co.uk", "127.0.0.1", "::1", "linked.test"},
		Revealed: []Pending{{URL: "http://w.test/", Domain: "w.test"}},
		Pages: []*page.Page{
			{URL: "http://x.a.test:8080/p?q#", FetchedAt: created, Duration: 1500 * time.Microsecond,
				Links:  []page.Link{{URL: "http://t.test/", Rel: "nofollow", Text: "T"}, {URL: "http://u.test/"}},
				Images: []page.Image{{Src: "http://i.test/"}}, Meta: []page.Meta{{Name: "n", Content: "c"}},
				Fields: map[string][]string{"b": {"1", "2"}, "a": {"3"}}},
			{URL: "http://sub.a.test?x"}, {URL: "https://www.example.co.uk/"}, {URL: "http://127.0.0.1:80/"},
			{URL: "http://[::1]:80/"}, {URL: "http://unknown.test/"}, {URL: "http://xa.test/"},
		},
	})
	for q, want := range map[string][]string{
		"PRAGMA application_id": {"1634558572"},
		"PRAGMA user_version":   {"5"},
		"SELECT key, value FROM meta ORDER BY key": {"amble_version|1.2.3", "config|" + `{"depth": 3}`,
			"created_at|2026-03-04T05:06:07.089Z", "key_seed|18446744073709551615", "state|running"},
		"SELECT domain FROM pages ORDER BY id": {"a.test", "sub.a.test", "example.co.uk", "127.0.0.1", "::1", "NULL", "NULL"},
		"SELECT fetched_at, duration_ms, typeof(duration_ms), status, referrer, links FROM pages WHERE id < 3": {
			"2026-03-04T05:06:07.089Z|1.5|real|NULL|NULL|" + `[{"url":"http://t.test/","rel":"nofollow","text":"T"},{"url":"http://u.test/"}]`,
			"NULL|NULL|null|NULL|NULL|NULL"},
		"SELECT * FROM links":           {"http://x.a.test:8080/p?q#|0|http://t.test/|nofollow|T", "http://x.a.test:8080/p?q#|1|http://u.test/|NULL|NULL"},
		"SELECT * FROM images":          {"http://x.a.test:8080/p?q#|0|http://i.test/|NULL"},
		"SELECT * FROM page_meta":       {"http://x.a.test:8080/p?q#|0|n|c"},
		"SELECT * FROM fields":          {"http://x.a.test:8080/p?q#|a|0|3", "http://x.a.test:8080/p?q#|b|0|1", "http://x.a.test:8080/p?q#|b|1|2"},
		"SELECT count(*) FROM failures": {"0"},
		"SELECT count(*) FROM sqlite_schema WHERE sql NOT LIKE '%--%'": {"0"}, // each says what it is for
	} {
		if diff := cmp.Diff(want, query(t, f.Path(), q)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", q, diff)
		}
	}
	got, err := f.Domains(t.Context())
	want := []DomainCount{{"127.0.0.1", 1, 0}, {"::1", 1, 0}, {"a.test", 1, 0}, {"example.co.uk", 1, 0}, {"linked.test", 0, 0}, {"sub.a.test", 1, 0}, {"w.test", 0, 1}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Domains: %v (-want +got):\n%s", err, diff)
	}
}

func TestPagesComeByDepthThenURL(t *testing.T) {
	f := create(t)
	var b Batch
	for i, u := range []string{"b", "a", "é", "B", "a/", "a-"} {
		b.Pages = append(b.Pages, &page.Page{URL: u, Depth: (i + 1) % 2})
	}
	commit(t, f, b)
	var got []string
	for _, p := range pagesOf(t, f) {
		got = append(got, fmt.Sprint(p.Depth, p.URL))
	}
	if want := []string{"0B", "0a", "0a-", "1a/", "1b", "1é"}; !cmp.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
	var urls []string
	for u, err := range f.PageURLs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if urls = append(urls, u); len(urls) == 2 {
			break
		}
	}
	if want := []string{"b", "a"}; !cmp.Equal(urls, want) {
		t.Errorf("PageURLs %q, want %q", urls, want)
	}
}

func TestLinksOfAPage(t *testing.T) {
	f := create(t)
	links := []page.Link{{URL: "http://a.test/1", Rel: "next"}, {URL: "http://a.test/2", Text: "two"}}
	commit(t, f, Batch{Pages: []*page.Page{{URL: "u", Links: links, Redirect: "r"}, {URL: "none"}}})
	if got, redirect, ok, err := f.Links(t.Context(), "u"); !cmp.Equal(got, links) || redirect != "r" || !ok || err != nil {
		t.Errorf("Links(u) = %v %q %v %v", got, redirect, ok, err)
	}
	if got, redirect, ok, err := f.Links(t.Context(), "none"); got != nil || redirect != "" || !ok || err != nil {
		t.Errorf("Links(none) = %v %q %v %v", got, redirect, ok, err)
	}
	if _, _, ok, err := f.Links(t.Context(), "absent"); ok || err != nil {
		t.Errorf("Links(absent): ok = %v, err = %v", ok, err)
	}
}

func TestStats(t *testing.T) {
	f := create(t)
	if got, err := f.Stats(t.Context()); err != nil || got.Pages != 0 || got.Pending != 0 {
		t.Errorf("Stats of an empty file = %+v, %v", got, err)
	}
	commit(t, f, Batch{
		Revealed: []Pending{{URL: "w"}},
		Pages: []*page.Page{{URL: "1", Attempts: 1, Status: 200, Bytes: 5}, {URL: "2", Status: 200, Bytes: 7}, {URL: "3", Status: 404, Err: &page.Error{Class: page.Client}},
			{URL: "4", Attempts: 3, Err: &page.Error{Class: page.DNS}}, {URL: "5", Status: 410, Err: &page.Error{Class: page.Client}, Change: page.Gone},
			{URL: "6", Status: 200, Bytes: 100, Change: page.Unchanged, NotModified: true}, {URL: "7", Status: 200, Bytes: 1, Change: page.Unchanged}},
		Unreached: []Unreached{{URL: "8"}, {URL: "8", Title: "again"}},
	})
	want := Stats{
		Pages: 7, Fetched: 2, Requests: 4, Retries: 2, Failed: 3, Pending: 1, Bytes: 13, ByStatus: map[int]int{200: 4, 404: 1, 410: 1}, HeldBack: map[string]int{},
		ByClass:  map[page.Class]int{page.Client: 2, page.DNS: 1},
		ByChange: map[page.Change]int{page.Gone: 1, page.Unchanged: 2}, NotModified: 1, Spared: 100, Unreached: 1,
	}
	got, err := f.Stats(t.Context())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Stats: %v (-want +got):\n%s", err, diff)
	}
}

func TestCreateRefuses(t *testing.T) {
	f := create(t)
	before, err := os.ReadFile(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Create(t.Context(), f.Path(), Info{})
	if !errors.Is(err, ErrExists) || !strings.Contains(err.Error(), "resume") {
		t.Errorf("Create over a file = %v, want ErrExists and what to do", err)
	}
	if after, _ := os.ReadFile(f.Path()); string(after) != string(before) {
		t.Error("Create changed the file that it refused")
	}
	dir := t.TempDir()
	_, err = Create(t.Context(), filepath.Join(dir, "no", "x.crawl"), Info{})
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "folder") {
		t.Errorf("Create in a missing folder = %v", err)
	}
	plainFile := filepath.Join(dir, "file")
	if err := os.WriteFile(plainFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Create(t.Context(), filepath.Join(plainFile, "x.crawl"), Info{}); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("Create below a file = %v, want one line", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = Create(ctx, filepath.Join(dir, "y"), Info{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Create with a cancelled context = %v", err)
	}
	if got := names(t, dir); !cmp.Equal(got, []string{"file"}) {
		t.Errorf("refused files left %q behind", got)
	}
}

func TestCreateInAFolderThatIsNotWritable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err := Create(t.Context(), filepath.Join(dir, "x"), Info{})
	if !errors.Is(err, fs.ErrPermission) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Create = %v, want one line of fs.ErrPermission", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	with := func(name string, statements ...string) string {
		path := file(name, "")
		c, err := openConn(path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.close()
		for _, s := range statements {
			if err := c.exec(s); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	for _, c := range []struct {
		name, path string
		want       error
	}{
		{"missing", filepath.Join(dir, "missing"), fs.ErrNotExist},
		{"folder", dir, ErrNotCrawlFile},
		{"empty", file("empty", ""), ErrNotCrawlFile},
		{"text", file("text", strings.Repeat("this is no database ", 500)), ErrNotCrawlFile},
		{"other database", with("other", "CREATE TABLE pages(x)"), ErrNotCrawlFile},
		{"future", with("future", fmt.Sprintf("PRAGMA application_id = %d", applicationID), "PRAGMA user_version = 6"), ErrVersion},
	} {
		for how, open := range map[string]func(context.Context, string) (*File, error){"Open": Open, "OpenReadOnly": OpenReadOnly} {
			before, _ := os.ReadFile(c.path)
			f, err := open(t.Context(), c.path)
			if !errors.Is(err, c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s of %s = %v, want one line of %v", how, c.name, err, c.want)
			}
			if err == nil {
				f.Close()
			}
			if after, _ := os.ReadFile(c.path); string(after) != string(before) {
				t.Errorf("%s of %s changed the file", how, c.name)
			}
		}
	}
	if got := names(t, dir); len(got) != 4 {
		t.Errorf("files left behind: %q", got)
	}
}

func TestCloseLeavesOneFile(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Pages: []*page.Page{{URL: "u"}}})
	dir := filepath.Dir(f.Path())
	if got := names(t, dir); len(got) < 3 {
		t.Errorf("files while writing: %q; want those of SQLite and the lock too", got)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got := names(t, dir); len(got) != 1 {
			t.Errorf("after Close there are %q, want the crawl file alone", got)
		}
	}
	if err := f.Commit(t.Context(), &Batch{}); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit after Close = %v, want ErrClosed", err)
	}
	// Reading the closed file makes no other files.
	r, err := OpenReadOnly(t.Context(), f.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := len(pagesOf(t, r)); got != 1 {
		t.Errorf("%d pages, want 1", got)
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("reading made %q", got)
	}
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestFullKeepsWhatWasCommitted(t *testing.T) {
	f := create(t)
	if err := f.w.c.exec("PRAGMA max_page_count = 100"); err != nil {
		t.Fatal(err)
	}
	kept := 0
	var err error
	for err == nil && kept < 1000 {
		p := &page.Page{URL: fmt.Sprint("u", kept), Title: strings.Repeat("x", 50_000)}
		if err = f.Commit(t.Context(), &Batch{Pages: []*page.Page{p}, Revealed: []Pending{{URL: fmt.Sprint("next", kept)}}}); err == nil {
			kept++
		}
	}
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "resume") {
		t.Fatalf("Commit to a full file = %v, want ErrFull and what to do", err)
	}
	if code(err) != 0 && code(err)&0xff != sqlite3.SQLITE_FULL {
		t.Errorf("code %d", code(err))
	}
	if got := len(pagesOf(t, f)); got != kept || kept == 0 {
		t.Errorf("%d pages, want the %d committed", got, kept)
	}
	if got := len(pendingOf(t, f)); got != kept {
		t.Errorf("%d pending, want %d", got, kept)
	}
	// With room again, the crawl goes on.
	if err := f.w.c.exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	commit(t, f, Batch{Pages: []*page.Page{{URL: "more"}, {URL: "next0"}}, Taken: []int64{1}, Revealed: []Pending{{URL: fmt.Sprint("next", kept)}}})
	if got := len(pendingOf(t, f)); got != kept {
		t.Errorf("%d pending, want %d", got, kept)
	}
}

func TestAFileThatCannotBeMadeIsLetGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.crawl")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := openConn(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.exec("PRAGMA max_page_count = 64"); err != nil {
		t.Fatal(err)
	}
	if err := found(c, Info{Seeds: slices.Repeat([]string{strings.Repeat("x", 10_000)}, 100)}); code(err)&0xff != sqlite3.SQLITE_FULL {
		t.Fatalf("found in a full file = %v", err)
	}
	if err := c.close(); err != nil {
		t.Error(err)
	}
	if got := names(t, filepath.Dir(path)); len(got) != 1 {
		t.Errorf("closed, and yet there are %q", got)
	}
}

func TestWhatIsSaidMayBeBytes(t *testing.T) {
	f := create(t)
	if err := f.w.c.exec("INSERT INTO meta VALUES ('archive', CAST('{}' AS BLOB))"); err != nil {
		t.Fatal(err)
	}
	if said, err := f.Archive(t.Context()); string(said) != "{}" || err != nil {
		t.Errorf("Archive() = %q, %v", said, err)
	}
}

// TestHalfMadeFilesAreMadeAgain: a Create that was killed early leaves nothing that anyone could want; whatever holds a table is left alone.
func TestHalfMadeFilesAreMadeAgain(t *testing.T) {
	for name, c := range map[string]struct {
		make func(path string) error
		want bool
	}{
		"empty":          {func(path string) error { return os.WriteFile(path, nil, 0o666) }, true},
		"empty database": {func(path string) error { return database(path, "PRAGMA journal_mode = WAL") }, true},
		"other database": {func(path string) error { return database(path, "CREATE TABLE precious (x)") }, false},
		"text":           {func(path string) error { return os.WriteFile(path, []byte("a text"), 0o666) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.db")
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := Create(t.Context(), path, Info{})
			if c.want {
				if err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			after, _ := os.ReadFile(path)
			if !errors.Is(err, ErrExists) || string(after) != string(before) {
				t.Errorf("error %v, want ErrExists and the file as it was", err)
			}
		})
	}
}

// database makes a database with one statement.
func database(path, statement string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.Exec(statement)
	return errors.Join(err, db.Close())
}
