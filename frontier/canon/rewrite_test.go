package canon

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func mustRewrite(t testing.TB, r Rewrite) *Rewriter {
	t.Helper()
	w, err := NewRewriter(r)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var (
	strip    = Rewrite{StripQuery: true}
	sorted   = Rewrite{SortQuery: true}
	trackers = Rewrite{DropParams: []string{"utm_*", "gclid", "PHPSESSID", "jsessionid", "*token*", "a b", "ünï", "filter[*]"}}
	both     = Rewrite{SortQuery: true, DropParams: trackers.DropParams}
)

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		ask     Rewrite
		in, out string
	}{
		{strip, "/a?b=c", "/a"},
		{strip, "/a?", "/a"},
		{strip, "/a;x=1?b", "/a;x=1"},
		{strip, "/a", "/a"},
		{Rewrite{StripQuery: true, DropParams: []string{"jsessionid"}}, "/a;jsessionid=1?b=c", "/a"},

		{sorted, "/?b=1&a=2", "/?a=2&b=1"},
		{sorted, "/?a=2&a=1&A=3", "/?A=3&a=2&a=1"},
		{sorted, "/?b&a=&a", "/?a=&a&b"},
		{sorted, "/?%62=1&a%3D=2&a=3", "/?a=3&a%3D=2&b=1"},
		{sorted, "/?a+c=1&a%20b=2", "/?a%20b=2&a+c=1"},
		{sorted, "/?b;a=1&a;b=2", "/?a;b=2&b;a=1"},
		{sorted, "/?b=%2f%zz+&a=?&%", "/?%&a=?&b=%2F%zz+"},
		{sorted, "/?b==1&a=&=x", "/?=x&a=&b==1"},
		{sorted, "/?&&b=1&&a=2&", "/?a=2&b=1"},
		{sorted, "/?a=1&&b=2", "/?a=1&b=2"},
		{sorted, "/?&&", "/"},
		{sorted, "/?", "/?"},
		{sorted, "/b;z;a/?x", "/b;z;a/?x"},

		{trackers, "/?utm_source=x&id=1&utm_=&UTM_Medium=y", "/?id=1"},
		{trackers, "/?id=1&gclid=2", "/?id=1"},
		{trackers, "/?gclid=2", "/"},
		{trackers, "/?gclid", "/"},
		{trackers, "/?gclid&", "/"},
		{trackers, "/?gcl%69d=2&GCLID=3&gclid2=4", "/?gclid2=4"},
		{trackers, "/?a+b=1&a%20b=2&a%2Bb=3", "/?a%2Bb=3"},
		{trackers, "/?%C3%BCn%c3%af=1&x", "/?x"},
		{trackers, "/?csrf_token=1&tokens&b=token", "/?b=token"},
		{trackers, "/?filter%5Bcolour%5D=red&filter[x]=1&filter=2", "/?filter=2"},
		{trackers, "/?z=1&&a=2", "/?z=1&&a=2"},
		{trackers, "/?z=1&&gclid&a=2", "/?z=1&a=2"},
		{trackers, "/?x;gclid=1", "/?x;gclid=1"},
		{trackers, "/?", "/?"},
		{trackers, "/a;jsessionid=A1.node/b;x=1;JSESSIONID=2;y/c?d", "/a/b;x=1;y/c?d"},
		{trackers, "/a;jsessionid", "/a"},
		{trackers, "/;jsessionid=1", "/"},
		{trackers, "/a;;jsessionid=1;", "/a;;"},
		{trackers, "/..;jsessionid=1/b", "/..;jsessionid=1/b"},
		{trackers, "/.;jsessionid=1", "/.;jsessionid=1"},
		{trackers, "/..;a;jsessionid=1/b", "/..;a/b"},
		{trackers, "/a=b;jsessionid=1//", "/a=b//"},
		{trackers, "/gclid=1/a;jsessionid2=1", "/gclid=1/a;jsessionid2=1"},

		{both, "/?b=1&gclid=3&a=2", "/?a=2&b=1"},
		{both, "/?b=1&gclid=3", "/?b=1"},
	} {
		w := mustRewrite(t, c.ask)
		u := mustParse(t, "http://h.org:8080"+c.in)
		got := w.Apply(u)
		if got.String() != "http://h.org:8080"+c.out {
			t.Errorf("%+v of %s: got %s, want %s", c.ask, c.in, got, c.out)
		}
		checkRewritten(t, w, u)
	}
}

// checkRewritten holds what is true of every rewritten URL.
func checkRewritten(t *testing.T, w *Rewriter, u URL) {
	t.Helper()
	v := w.Apply(u)
	if again, err := Parse(v.String()); err != nil || again != v {
		t.Errorf("%q becomes %q, which is not canonical: %q, %v", u, v, again, err)
	}
	if again := w.Apply(v); again != v {
		t.Errorf("%q becomes %q, and that %q", u, v, again)
	}
	if v.Origin() != u.Origin() || v.Host() != u.Host() || v.Port() != u.Port() || len(v.String()) > len(u.String()) {
		t.Errorf("%q becomes %q", u, v)
	}
	pieces := strings.Split(u.Query(), "&")
	for piece := range strings.SplitSeq(v.Query(), "&") {
		i := slices.Index(pieces, piece)
		if i < 0 && piece != "" {
			t.Errorf("%q becomes %q: where does %q come from?", u, v, piece)
		} else if i >= 0 {
			pieces = slices.Delete(pieces, i, i+1)
		}
	}
}

func TestNothingIsRewrittenUnasked(t *testing.T) {
	w := mustRewrite(t, Rewrite{DropParams: []string{}})
	u := mustParse(t, "http://h.org/a;jsessionid=1?utm_source=x&a=1")
	if w != nil || w.Apply(u) != u {
		t.Errorf("got %+v and %q", w, w.Apply(u))
	}
	if n := testing.AllocsPerRun(10, func() { w.Apply(u) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if v := mustRewrite(t, both).Apply(URL{}); !v.IsZero() {
		t.Errorf("the zero URL becomes %q", v)
	}
}

func TestWrongRewritesAreRefused(t *testing.T) {
	for _, c := range []struct {
		ask  Rewrite
		want string
	}{
		{Rewrite{StripQuery: true, SortQuery: true}, "the query cannot be both stripped and sorted: choose one"},
		{Rewrite{DropParams: []string{"a", ""}}, "the name of a parameter to drop is empty"},
		{Rewrite{DropParams: []string{"**"}}, `parameters to drop: "**" is every parameter: strip the query instead`},
		{Rewrite{DropParams: []string{"a=1"}}, `parameters to drop: "a=1" is no name: give it as it is read, without value and separators`},
		{Rewrite{DropParams: []string{"a&b"}}, `parameters to drop: "a&b" is no name: give it as it is read, without value and separators`},
		{Rewrite{DropParams: []string{strings.Repeat("a", MaxDropParam+1)}}, `parameters to drop: "aaaaaaaaaaaaaaaaaaaa"... has more than 200 octets`},
		{Rewrite{DropParams: slices.Repeat([]string{"a*"}, MaxDropParams+1)}, "parameters to drop: 101 names have a *, at most 100 may"},
	} {
		if w, err := NewRewriter(c.ask); w != nil || err == nil || err.Error() != c.want {
			t.Errorf("%.60v: got %v, want %s", c.ask, err, c.want)
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, yes, no string
	}{
		{"a*", "a ab a*", "b ba"},
		{"*a", "a ba", "ab"},
		{"a*a", "aa aba", "a ab"},
		{"a*b*c", "abc axbxc abbcc abcbc", "ac acb abcb"},
		{"*ab*ab*", "abab xabxabx", "ab aab"},
		{"a**b", "ab axb", "a"},
		{"*ab*b", "abb abxb", "ab"},
	} {
		for s := range strings.FieldsSeq(c.yes) {
			if !matchStar(c.pattern, s) {
				t.Errorf("%s does not match %s", c.pattern, s)
			}
		}
		for s := range strings.FieldsSeq(c.no) {
			if matchStar(c.pattern, s) {
				t.Errorf("%s matches %s", c.pattern, s)
			}
		}
	}
}

// hugeQuery has as many parameters as fit, in an order that is far from sorted.
func hugeQuery(t testing.TB) URL {
	var b strings.Builder
	for i := range 32_000 {
		b.WriteByte('&')
		b.WriteByte("zyxwvutsrqponmlkjihgfedcba"[i*7%26])
	}
	return mustParse(t, "http://h.org/?"+b.String()[1:])
}

func TestRewritingAHugeQueryIsQuick(t *testing.T) {
	w := mustRewrite(t, Rewrite{SortQuery: true, DropParams: slices.Repeat([]string{"*a*b*"}, MaxDropParams)})
	u := hugeQuery(t)
	begin := time.Now()
	v := w.Apply(u)
	if d := time.Since(begin); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	if len(v.String()) != len(u.String()) || !slices.IsSorted(strings.Split(v.Query(), "&")) {
		t.Errorf("got %.50s", v)
	}
}

func FuzzRewrite(f *testing.F) {
	for _, s := range []string{"a?b=1&a=2&&gclid=3", "..;jsessionid=1/b;x?utm_a=1", "?%67clid=1&a%2=", ";jsessionid=1//?", "a?%%34%31;gclid=&4&1"} {
		f.Add("http://h.org/"+s, "gclid", "utm_*", true, false)
		f.Add("https://[::1]:8080/"+s, "jsessionid", "*a*", false, true)
	}
	f.Fuzz(func(t *testing.T, raw, name, pattern string, sort, strip bool) {
		u, err := Parse(raw)
		if err != nil {
			t.Skip()
		}
		r := Rewrite{SortQuery: sort, StripQuery: strip}
		for _, n := range []string{name, pattern} {
			if n != "" {
				r.DropParams = append(r.DropParams, n)
			}
		}
		w, err := NewRewriter(r)
		if err != nil {
			if w != nil || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%+v: %v, %v", r, w, err)
			}
			t.Skip()
		}
		checkRewritten(t, w, u)
		for piece := range strings.SplitSeq(w.Apply(u).Query(), "&") {
			if piece != "" && lowerASCII(paramName(piece)) == lowerASCII(name) && !strings.Contains(name, "*") {
				t.Errorf("%q of %q is still there", name, u)
			}
		}
	})
}

func BenchmarkRewrite(b *testing.B) {
	w := mustRewrite(b, Rewrite{SortQuery: true, DropParams: []string{"utm_*", "gclid", "fbclid", "jsessionid"}})
	for name, u := range map[string]URL{
		"plain":   mustParse(b, "https://www.example.com/section/topic/article.html"),
		"sorted":  mustParse(b, "https://www.example.com/section/topic?id=12&page=2"),
		"tracked": mustParse(b, "https://www.example.com/section/topic?page=2&id=12&utm_source=x&utm_medium=y"),
		"huge":    hugeQuery(b),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.Apply(u)
			}
		})
	}
}
