package canon

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/japanese"
)

func benchmarkResolve(b *testing.B, refs []string) {
	u := mustParse(b, "https://www.example.com/section/topic/article.html?id=12")
	for _, ref := range refs {
		b.Run(ref, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := u.Resolve(ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkResolvePlain(b *testing.B) {
	benchmarkResolve(b, []string{
		"https://www.example.com/section/topic/another-article.html?page=2",
		"https://other.example.org/some/path/to/a/document.html?x=1&y=2",
		"/section/other-topic/article-42.html",
		"another-article.html",
		"../../images/x.html",
		"#comments",
		"?id=13",
	})
}

func BenchmarkResolveSlow(b *testing.B) {
	benchmarkResolve(b, []string{
		"//other.example.org/some/path",
		"https://other.example.org:8443/some/path",
		"https://www.bücher.example/some/path",
		"/some path/é.html",
		"?q=é",
		"/%7Euser/",
	})
}

func BenchmarkResolveInShiftJIS(b *testing.B) {
	u := mustParse(b, "https://www.example.com/search")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.ResolveIn("?q=日本語", japanese.ShiftJIS); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	u := mustParse(b, "https://www.example.com/section/topic/article.html?id=12")
	s := NewSeed()
	b.ReportAllocs()
	for b.Loop() {
		if s.Key(u) == (Key{}) {
			b.Fatal("a zero key")
		}
	}
}

func BenchmarkDomain(b *testing.B) {
	for _, host := range []string{"www.example.com", "a.b.example.co.uk", "www.someone.github.io", "127.0.0.1", "localhost"} {
		b.Run(host, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Domain(host) == "" {
					b.Fatal("no domain")
				}
			}
		})
	}
}

// What hostile links cost that are as long as may be.
func BenchmarkResolveHostile(b *testing.B) {
	u := mustParse(b, "https://www.example.com/section/topic/article.html")
	for name, ref := range hostile() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = u.Resolve(ref)
			}
		})
	}
}

// hostile are links that take the longest to read, of those that the limits let through, and some beyond them.
func hostile() map[string]string {
	fill := func(s string, n int) string { return strings.Repeat(s, n/len(s)) }
	return map[string]string{
		"userinfo":  "http://" + fill("@", MaxAuthority-6) + "h.org/",
		"password":  "http://a:" + fill("\"", MaxAuthority-10) + "@h.org/",
		"host":      "http://" + fill("é", MaxAuthority),
		"labels":    "http://" + fill("é.", MaxAuthority-6) + "org",
		"distinct":  "http://" + distinct(MaxAuthority/3) + "/",
		"mapped":    "http://" + fill("\ufdfa", MaxAuthority/2) + distinct(MaxAuthority/6) + "/",
		"name":      "http://" + distinct(maxName) + "/",
		"punycode":  "http://é." + fill("xn--bcher-kva.", MaxAuthority-10) + "/",
		"oneLabel":  "http://é.xn--" + fill("99a", MaxAuthority-10) + "/",
		"segments":  "/" + fill(fill("é", 30)+"/", MaxLen/3),
		"climbing":  fill("a/../", MaxSlashes*2),
		"path":      fill("é", MaxLen/3),
		"query":     "?" + fill("é", MaxLen/3),
		"escapes":   "/" + fill("%41", MaxLen-1),
		"percents":  "/" + fill("%%34", MaxLen-1),
		"scheme":    fill("a", MaxLen-1) + "é",
		"newlines":  fill("\n", MaxLen),
		"fragment":  " #" + fill("é", MaxLen-2),
		"data":      "data:" + fill("x", 1<<20),
		"beyond":    "http://h.org/" + fill("é", 1<<20),
		"manySlash": fill("/x", MaxLen),
	}
}

// distinct is n different CJK characters.
func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(rune(0x4e00 + i))
	}
	return b.String()
}
