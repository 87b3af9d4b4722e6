package mirror

import (
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"amble/frontier/canon"
)

func mustURL(t testing.TB, s string) canon.URL {
	t.Helper()
	u, err := canon.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestNames(t *testing.T) {
	long := strings.Repeat("folder/", 40)
	for _, c := range []struct{ url, mediaType, want string }{
		{"https://example.com/", "text/html", "example.com/index.html"},
		{"https://example.com/a/b/", "text/html", "example.com/a/b/index.html"},
		{"https://example.com/a/index.html", "text/html", "example.com/a/index!0.html"},
		{"https://example.com/a/index.htm", "text/html", "example.com/a/index.htm"},
		{"https://example.com/a/index", "text/html", "example.com/a/index!.html"},
		{"https://example.com/feed/", "application/rss+xml", "example.com/feed/index.xml"},
		{"http://example.com/", "text/html", "example.com!http/index.html"},
		{"http://localhost:8080/", "text/html", "localhost!http8080/index.html"},
		{"https://example.com:8443/", "text/html", "example.com!https8443/index.html"},
		{"http://[::1]:80/x.css", "text/css", "ipv6!--1!http/x.css"},
		{"https://con/", "text/html", "_con!HASH/index.html"},
		{"https://index.html/", "text/html", "index.html!HASH/index.html"},
		{"https://xn--bcher-kva.example/", "text/html", "xn--bcher-kva.example/index.html"},
		{"https://e.com/about", "text/html", "e.com/about!.html"},
		{"https://e.com/about.html", "text/html", "e.com/about.html"},
		{"https://e.com/About.HTML", "text/html", "e.com/About!f1.HTML"},
		{"https://e.com/README", "text/plain", "e.com/README!1v!.txt"},
		{"https://e.com/page.php", "text/html", "e.com/page.php!.html"},
		{"https://e.com/page.php?id=3&x=y", "text/html", "e.com/page.php@id=3&x=y.html"},
		{"https://e.com/?q=A", "text/html", "e.com/index@q=A!20.html"},
		{"https://e.com/index?q=a", "text/html", "e.com/index@q=a!0.html"},
		{"https://e.com/style.css?2022.1", "text/css", "e.com/style.css@2022.1.css"},
		{"https://e.com/style.css?", "text/css", "e.com/style.css@.css"},
		{"https://e.com/style.css", "text/html", "e.com/style.css!.html"},
		{"https://e.com/page.html", "text/plain", "e.com/page.html!.txt"},
		{"https://e.com/photo.png", "image/webp", "e.com/photo.png"},
		{"https://e.com/foo-1.2.tar.gz", "application/gzip", "e.com/foo-1.2.tar.gz"},
		{"https://e.com/foo.whl", "application/octet-stream", "e.com/foo.whl"},
		{"https://e.com/foo.html", "application/octet-stream", "e.com/foo.html!.bin"},
		{"https://e.com/foo", "", "e.com/foo!.bin"},
		{"https://e.com/a.html/b", "text/html", "e.com/a.html!0/b!.html"},
		{"https://e.com/v1.0/b", "text/html", "e.com/v1.0/b!.html"},
		{"https://e.com/~user/", "text/html", "e.com/~user/index.html"},
		{"https://e.com/@scope/pkg.js", "text/javascript", "e.com/@scope/pkg.js"},
		{"https://e.com/nul.txt", "text/plain", "e.com/_nul!HASH.txt"},
		{"https://e.com/Gr%C3%B6%C3%9Fe.html", "text/html", "e.com/Größe!HASH.html"},
		{"https://e.com/a%2Fb", "text/html", "e.com/a_b!HASH.html"},
		{"https://e.com/.htaccess", "text/plain", "e.com/_.htaccess!HASH.txt"},
		{"https://e.com/a//b.html", "text/html", "e.com/a/_!HASH/b.html"},
		{"https://e.com/a%0Ab%1B.html", "text/html", "e.com/a_b_!HASH.html"},
		{"https://e.com/" + long + "x.css", "text/css", "e.com/!long/x!HASH.css"},
	} {
		got := hash.ReplaceAllString(Name(mustURL(t, c.url), c.mediaType), "!HASH")
		if got != c.want {
			t.Errorf("%s as %s is %s, want %s", c.url, c.mediaType, got, c.want)
		}
	}
}

var hash = regexp.MustCompile(`![0-9a-v]{16}\b`)

// FuzzNames: whatever two URLs are and however their answers are typed, their files are apart on every file system, and safe on each.
func FuzzNames(f *testing.F) {
	for _, s := range [][3]string{
		{"https://e.com/a", "https://e.com/a/b", "text/html"}, {"https://e.com/a.html", "https://e.com/a", "text/html"},
		{"https://e.com/A", "https://e.com/a", "text/html"}, {"https://e.com/a/", "https://e.com/a/index.html", "text/html"},
		{"https://e.com/a?b", "https://e.com/a@b", "text/css"}, {"https://e.com/con", "http://e.com/con", "image/png"},
		{"https://e.com/a!1", "https://e.com/A", "text/plain"}, {"https://e.com/%2e%2e%5c", "https://e.com/a%00", ""},
		{"https://e.com/index@x", "https://e.com/?x", "text/html"}, {"https://e.com/a.html?x", "https://e.com/a?x.html", "text/html"},
	} {
		f.Add(s[0], s[1], s[2], s[2])
	}
	f.Fuzz(func(t *testing.T, a, b, typeA, typeB string) {
		u, err := canon.Parse(a)
		v, err2 := canon.Parse(b)
		if err != nil || err2 != nil {
			return
		}
		n, m := Name(u, typeA), Name(v, typeB)
		for _, name := range []string{n, m} {
			safe(t, name)
		}
		if u == v {
			return
		}
		x, y := strings.ToLower(n), strings.ToLower(m)
		if x == y || strings.HasPrefix(x, y+"/") || strings.HasPrefix(y, x+"/") {
			t.Errorf("%s and %s are in each other's way: %s, %s", u, v, n, m)
		}
	})
}

func safe(t *testing.T, name string) {
	t.Helper()
	if len(name) > maxName || path.Clean(name) != name || !utf8.ValidString(name) {
		t.Errorf("a bad name: %q", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "", part[0] == '.', part[0] == '-', part[len(part)-1] == '.', part[len(part)-1] == ' ', len(part) > 255, reserved(part):
			t.Errorf("a bad part of a name: %q in %q", part, name)
		case strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`<>:"\|?*`, r) }):
			t.Errorf("a bad character in %q", name)
		}
	}
}
