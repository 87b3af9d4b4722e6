package mirror

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"amble/frontier/canon"
)

// small is a site of a few answers.
var small = []Body{
	{URL: "https://e.com/", Type: "text/html", Charset: "utf-8", Content: []byte(`<meta charset=utf-8><link rel=stylesheet href=s.css><a href="old?utm=1">Old</a> <a href="/index.html#x">`)},
	{URL: "https://e.com/index.html", Type: "text/html", Charset: "utf-8", Content: []byte(`<meta charset=utf-8><link rel=stylesheet href=s.css><a href="old?utm=1">Old</a> <a href="/index.html#x">`)},
	{URL: "https://e.com/s.css", Type: "text/css", Content: []byte("a { b: url(/p.png) } /* \xe9 */")},
	{URL: "https://e.com/p.png", Type: "image/png", Content: []byte("\x89PNG")},
	{URL: "https://e.com/old", Redirect: "https://e.com/older"},
	{URL: "https://e.com/older", Redirect: "https://www.e.com/new/"},
	{URL: "https://www.e.com/new/", Type: "text/html", Charset: "windows-1252", Content: []byte(`<p>é <a href="/f?q=é">f</a><a href="https://e.com/loop">`)},
	{URL: "https://www.e.com/f?q=%E9", Type: "text/plain", Content: []byte("caf\xe9")},
	{URL: "https://e.com/loop", Redirect: "https://e.com/loop"},
	{URL: "https://e.com/d/index.html", Type: "text/html", Charset: "utf-8", Content: []byte("alone")},
	{URL: "https://e.com/x/", Type: "text/html", Charset: "utf-8", Content: []byte("the folder")},
	{URL: "https://e.com/x/index.html", Type: "text/html", Charset: "utf-8", Content: []byte("another page")},
}

var smallCopy = map[string]string{
	"index.html":                 "",
	"e.com/index.html":           `<meta charset=utf-8><link rel=stylesheet href=s.css><a href="../www.e.com/new/index.html">Old</a> <a href="index.html#x">`,
	"e.com/s.css":                "\uFEFFa { b: url(\"p.png\") } /* é */",
	"e.com/p.png":                "\x89PNG",
	"www.e.com/new/index.html":   "\uFEFF<p>é <a href=\"../f@q=_E9!HASH.txt\">f</a><a href=\"https://e.com/loop\">",
	"www.e.com/f@q=_E9!HASH.txt": "\uFEFFcafé",
	"e.com/d/index.html":         "\uFEFFalone",
	"e.com/x/index.html":         "\uFEFFthe folder",
	"e.com/x/index!0.html":       "\uFEFFanother page",
}

func smallOptions() Options {
	return Options{Seeds: []string{"https://e.com/"}, Rewrite: canon.URL.WithoutQuery}
}

func begin(t *testing.T, dir string, all []Body) *Mirror {
	t.Helper()
	m, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	for i := range all {
		if err := m.Append([][]byte{Encode(&all[i])}); err != nil {
			t.Fatal(err)
		}
	}
	m.Keep()
	return m
}

// tree is what there is in a folder, but for what the copy is made from.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	if err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ownFolder:
			return fs.SkipDir
		case !d.IsDir():
			b, err := os.ReadFile(filepath.Join(dir, path))
			files[path] = string(b)
			return err
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBuild(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	m := begin(t, dir, small)
	sum, err := m.Build(t.Context(), smallOptions())
	if err != nil {
		t.Fatal(err)
	}
	got := tree(t, dir)
	if want := len(smallCopy) - 1; sum.Files != want {
		t.Errorf("%d files, want %d", sum.Files, want)
	}
	if !strings.Contains(got["index.html"], `<a href="e.com/index.html">https://e.com/</a>`) {
		t.Errorf("the entry is %s", got["index.html"])
	}
	got["index.html"] = ""
	names := make(map[string]string)
	for name, content := range got {
		names[hash.ReplaceAllString(name, "!HASH")] = hash.ReplaceAllString(content, "!HASH")
	}
	for _, name := range slices.Sorted(maps.Keys(smallCopy)) {
		if names[name] != smallCopy[name] {
			t.Errorf("%s is\n%q, want\n%q", name, names[name], smallCopy[name])
		}
		delete(names, name)
	}
	for name := range names {
		t.Errorf("%s is too much", name)
	}
}

// stingy ends after it has been looked at so many times.
type stingy struct {
	context.Context
	left int
}

func (s *stingy) Err() error {
	if s.left--; s.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestBuildAgain: in whatever order answers came and wherever making the files was cut short, they are the same in the end.
func TestBuildAgain(t *testing.T) {
	one := filepath.Join(t.TempDir(), "copy")
	if _, err := begin(t, one, small).Build(t.Context(), smallOptions()); err != nil {
		t.Fatal(err)
	}
	want := tree(t, one)
	for cut := 0; cut < 2*len(small)+2; cut += 3 {
		dir := filepath.Join(t.TempDir(), "copy")
		all := slices.Clone(small)
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		m := begin(t, dir, all[:len(all)/2])
		if _, err := m.Build(t.Context(), smallOptions()); err != nil { // a crawl that a limit ended
			t.Fatal(err)
		}
		for i := range all[len(all)/2:] {
			if err := m.Append([][]byte{Encode(&all[len(all)/2+i])}); err != nil {
				t.Fatal(err)
			}
		}
		m.Keep()
		if _, err := m.Build(&stingy{t.Context(), cut}, smallOptions()); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, tempFile), []byte("torn"), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Build(t.Context(), smallOptions()); err != nil {
			t.Fatal(err)
		}
		got := tree(t, dir)
		for name := range got {
			if got[name] != want[name] {
				t.Errorf("cut short at %d: %s is %q, want %q", cut, name, got[name], want[name])
			}
		}
		for name := range want {
			if _, ok := got[name]; !ok {
				t.Errorf("cut short at %d: there is no %s", cut, name)
			}
		}
	}
}

// TestResume: what is behind the position on record is gone; a file that is too short is an error.
func TestResume(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	m := begin(t, dir, small[:3])
	kept := m.Position()
	if err := m.Append([][]byte{Encode(&small[3])}); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, bodiesFile)
	if st, err := os.Stat(file); err != nil || st.Size() != kept {
		t.Errorf("%d bytes, %v, want %d", st.Size(), err, kept)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{torn"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	if m, err = Resume(dir, kept); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Build(t.Context(), Options{}); err != nil {
		t.Error(err)
	}
	m.Close()
	if _, err := Resume(dir, kept+1); !errors.Is(err, ErrCut) {
		t.Errorf("beyond the end: %v", err)
	}
}

// TestNothingOfOthersIsTouched: a folder must be empty, and no link in it leads a file outside.
func TestNothingOfOthersIsTouched(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir); !errors.Is(err, ErrExists) {
		t.Errorf("a folder with a file: %v", err)
	}
	if _, err := Create(filepath.Join(dir, "mine")); err == nil {
		t.Error("a file is no folder")
	}
	if _, err := Create(filepath.Join(dir, "no", "copy")); err == nil || !strings.Contains(err.Error(), "make the folder") {
		t.Errorf("no folder: %v", err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("links take rights")
	}
	to, outside := filepath.Join(dir, "copy"), t.TempDir()
	m := begin(t, to, small)
	if err := os.Symlink(outside, filepath.Join(to, "www.e.com")); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Build(t.Context(), smallOptions()); err == nil || !strings.Contains(err.Error(), to) {
		t.Errorf("a link that leads outside: %v", err)
	}
	if list, err := os.ReadDir(outside); err != nil || len(list) != 0 {
		t.Errorf("outside there is %v, %v", list, err)
	}
}

// FuzzBodies: a file of bodies that is damaged is an error, and no more.
func FuzzBodies(f *testing.F) {
	var all []byte
	for i := range small[:4] {
		all = append(all, Encode(&small[i])...)
	}
	f.Add(all)
	f.Add([]byte(`{"url":"https://e.com/","packed":-1}` + "\n"))
	f.Add([]byte(`{"url":"https://e.com/","packed":9223372036854775807}` + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := reader{file: bytes.NewReader(b), end: int64(len(b))}
		for range len(b) + 1 {
			if _, _, err := r.read(func(at int64, _ *record) bool { return at%2 == 0 }); err != nil {
				return
			}
		}
		t.Error("it does not end")
	})
}

// A page may name a redirect as often as it likes: it is not read from the disk each time.
func TestOneRedirectIsReadOnce(t *testing.T) {
	const links = 20_000
	dir := filepath.Join(t.TempDir(), "copy")
	m := begin(t, dir, []Body{
		{URL: "https://e.com/", Type: "text/html", Charset: "utf-8", Content: []byte(strings.Repeat("<a href=r>", links))},
		{URL: "https://e.com/r", Redirect: "https://e.com/to"},
		{URL: "https://e.com/to", Type: "text/html", Charset: "utf-8", Content: []byte("there")},
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := m.Build(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 200<<20 {
		t.Errorf("%d bytes were allocated for %d links", took, links)
	}
	if got := tree(t, dir)["e.com/index.html"]; strings.Count(got, `<a href="to!.html">`) != links {
		t.Errorf("the page begins with %.100q", got)
	}
}
