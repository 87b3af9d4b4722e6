package politeness

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/temoto/robotstxt"
)

// FuzzParseRobots holds what must be true of any bytes: Test is total and explains itself, /robots.txt is allowed, the same
// bytes say the same again, and what is shown to a person is short and printable.
func FuzzParseRobots(f *testing.F) {
	for _, c := range robotsCases {
		f.Add([]byte(c.file), c.token, "/a/b?c=d")
	}
	f.Add([]byte("User-agent: *\nDisallow: /*a*a*a*a*b$\nAllow: /%\nCrawl-delay: 1e3\nSitemap: x"), "amble", "/aaaaaaaaaaaaaaa")
	f.Add([]byte("\xff\xfeU\x00"), "bot2", "?%2")
	f.Fuzz(func(t *testing.T, body []byte, token, target string) {
		begin := time.Now()
		r := ParseRobots(body, token)
		v := r.Test(target)
		if d := time.Since(begin); d > 5*time.Second {
			t.Fatalf("took %v", d)
		}
		shown := append(r.Warnings(), v.Rule, v.Reason)
		for _, s := range append(shown, r.Sitemaps()...) {
			if !utf8.ValidString(s) || strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("not printable: %q", s)
			}
		}
		for _, s := range shown {
			if len(s) > 1000+len(token) {
				t.Errorf("%d bytes to read: %.100q…", len(s), s)
			}
		}
		if v.Reason == "" || (v.Line > 0) != (v.Rule != "") {
			t.Errorf("unexplained: %+v", v)
		}
		if !v.Allowed && v.Line == 0 && len(target) < MaxTarget/3 {
			t.Errorf("denied by no line: %+v", v)
		}
		if n := 1 + strings.Count(string(body), "\n") + strings.Count(string(body), "\r"); v.Line > n {
			t.Errorf("line %d of %d", v.Line, n)
		}
		if v := r.Test("/robots.txt"); !v.Allowed {
			t.Errorf("/robots.txt: %+v", v)
		}
		if d, ok := r.CrawlDelay(); d < 0 || d > MaxCrawlDelay || !ok && d != 0 {
			t.Errorf("Crawl-delay %v %v", d, ok)
		}
		again := ParseRobots(slices.Clone(body), token)
		if got := again.Test(target); got != v {
			t.Errorf("%+v, then %+v", v, got)
		}
		if got := again.Test(normal(target, false)); !strings.Contains(target, "#") && got.Line != v.Line {
			t.Errorf("%q is decided by line %d, its normal form by line %d", target, v.Line, got.Line)
		}
		for status := range 7 {
			RobotsFor(status*100, "text/html", body, token).Test(target)
		}
	})
}

// FuzzMatch compares the match of one rule with a regular expression made of the same pattern.
func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{
		{"/", "/"}, {"/a*b", "/aXbc"}, {"/a*b$", "/abb"}, {"*", "/"}, {"/*a*ab$", "/aab"}, {"/a$b", "/a$b"}, {"/%", "/é"},
		{"/**a", "/a"}, {"/a*$", "/ab"}, {"/%2a%24", "/*$"}, {"/*ab*ab$", "/ab"}, {"$", "/"}, {"/a%4", "/a%41"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, target string) {
		whole := normal(pattern, true)
		if again := normal(whole, true); again != whole {
			t.Fatalf("%q in normal form is %q, and that is %q", pattern, whole, again)
		}
		path := normal(target, false)
		if again := normal(path, false); again != path {
			t.Fatalf("%q in normal form is %q, and that is %q", target, path, again)
		}
		want, ok := matchByRegexp(whole, path)
		if !ok {
			t.Skip("too large for a regular expression")
		}
		ru := newRule(whole, ruleLine{})
		got := ru.match(path)
		if got != want {
			t.Errorf("%q on %q: %v, want %v", pattern, target, got, want)
		}
		if h := headsOf([]rule{ru})[0]; got && firstOctets(path)&h.mask != h.bits {
			t.Errorf("%q on %q: they match, their heads do not", pattern, target)
		}
	})
}

// matchByRegexp is what a pattern means: in normal form, its stars are anything and its final dollar is the end.
func matchByRegexp(pattern, path string) (match, ok bool) {
	literal, end := strings.CutSuffix(pattern, "$")
	expr := "^" + strings.ReplaceAll(regexp.QuoteMeta(literal), `\*`, "(?s:.*)")
	if end {
		expr += `\z`
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(path), err == nil
}

// TestMatchExhaustively tries all short patterns on all short paths.
func TestMatchExhaustively(t *testing.T) {
	words := func(letters string, longest int) []string {
		all, last := []string{""}, []string{""}
		for range longest {
			var next []string
			for _, w := range last {
				for _, c := range letters {
					next = append(next, w+string(c))
				}
			}
			all, last = append(all, next...), next
		}
		return all
	}
	paths, matches := words("ab", 5), 0
	for _, pattern := range words("ab*", 5) {
		for _, pattern := range []string{pattern, pattern + "$"} {
			ru := newRule(pattern, ruleLine{})
			for _, path := range paths {
				want, _ := matchByRegexp(pattern, path)
				if got := ru.match(path); got != want {
					t.Fatalf("%q on %q: %v, want %v", pattern, path, got, want)
				}
				if want {
					matches++
				}
			}
		}
	}
	if matches == 0 {
		t.Error("nothing matched")
	}
}

// FuzzAgainstTemoto compares whole files with temoto/robotstxt where that is known to be right: one group, plain paths, no
// wildcards, no path twice.
func FuzzAgainstTemoto(f *testing.F) {
	f.Add([]byte("DaAab/Dab/c"), "ab/cd")
	f.Add([]byte("D/"), "")
	f.Add([]byte("A?a=bDa/b.htmlA-_"), "a/b.html?c")
	f.Fuzz(func(t *testing.T, rules []byte, target string) {
		const letters = "abc/?=._-"
		plainLetters := func(s string) string {
			return strings.Map(func(c rune) rune {
				if strings.ContainsRune(letters, c) {
					return c
				}
				return -1
			}, s)
		}
		var file strings.Builder
		file.WriteString("User-agent: *\n")
		seen := make(map[string]bool)
		for len(rules) > 0 {
			key := "Disallow: /"
			if rules[0] == 'A' {
				key = "Allow: /"
			}
			rules = rules[1:]
			i := slices.IndexFunc(rules, func(c byte) bool { return c == 'A' || c == 'D' })
			if i < 0 {
				i = len(rules)
			}
			path := plainLetters(string(rules[:i]))
			rules = rules[i:]
			if !seen[path] {
				seen[path] = true
				file.WriteString(key + path + "\n")
			}
		}
		target = "/" + plainLetters(target)
		data, err := robotstxt.FromString(file.String())
		if err != nil {
			t.Fatal(err)
		}
		v := ParseRobots([]byte(file.String()), "amble").Test(target)
		if want := data.TestAgent(target, "amble"); v.Allowed != want {
			t.Errorf("%q on %q: %+v, temoto says %v", target, file.String(), v, want)
		}
	})
}
