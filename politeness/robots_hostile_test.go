package politeness

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRobotsIsCutAtALineEnd(t *testing.T) {
	head := "User-agent: *\nDisallow: /a\n"
	fill := strings.Repeat("# xxxxxxxxxx\n", (MaxRobots-len(head)-20)/13)
	last := "Disallow: /b" + strings.Repeat("b", MaxRobots)
	r := ParseRobots([]byte(head+fill+last+"\nDisallow: /c\n"), "amble")
	if r.Test("/a").Allowed || !r.Test("/bbb").Allowed || !r.Test("/c").Allowed {
		t.Error("the rules are not those of the whole lines within MaxRobots")
	}
	lines := 2 + strings.Count(fill, "\n")
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], fmt.Sprintf("what follows line %d is ignored", lines)) {
		t.Errorf("warnings: %q", w)
	}
	whole := []byte(head + fill)
	whole = append(whole, bytes.Repeat([]byte{'\n'}, MaxRobots-len(whole))...)
	if w := ParseRobots(whole, "amble").Warnings(); len(w) != 0 {
		t.Errorf("a file of just MaxRobots: %q", w)
	}
	if v := ParseRobots(bytes.Repeat([]byte{'x'}, MaxRobots+1), "amble").Test("/"); !v.Allowed {
		t.Errorf("one endless line: %+v", v)
	}
}

func TestLongLinesAreCut(t *testing.T) {
	long := "/" + strings.Repeat("x", 2*maxLine)
	r := ParseRobots([]byte("User-agent: *\nDisallow: "+long+"\nDisallow: /b\n"), "amble")
	cut := maxLine - len("Disallow: ")
	if r.Test(long[:cut-1]).Line != 0 || r.Test(long[:cut]).Line != 2 || r.Test(long).Line != 2 || r.Test("/b").Line != 3 {
		t.Errorf("the line is not cut after %d octets", maxLine)
	}
	if w := r.Warnings(); len(w) != 1 || w[0] != "line 2: longer than 16663 octets: the rest is ignored" {
		t.Errorf("warnings: %q", w)
	}
}

func TestTooManyRulesDenyEverything(t *testing.T) {
	file := "User-agent: *\n" + strings.Repeat("Allow: /a\n", MaxRules)
	if v := ParseRobots([]byte(file), "amble").Test("/b"); !v.Allowed {
		t.Errorf("MaxRules rules: %+v", v)
	}
	r := ParseRobots([]byte(file+"Allow: /a\n"), "amble")
	v := r.Test("/a")
	if v.Allowed || v.Line != MaxRules+2 || !strings.Contains(v.Reason, "more than can be heeded") || r.Unavailable() {
		t.Errorf("one more: %+v", v)
	}
	if !r.Test("/robots.txt").Allowed {
		t.Error("/robots.txt is denied")
	}
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], "more than 20000 rules") {
		t.Errorf("warnings: %q", w)
	}
	// The rules of others do not count.
	if v := ParseRobots([]byte(file+"Allow: /a\nUser-agent: amble\nDisallow: /c"), "amble").Test("/a"); !v.Allowed {
		t.Errorf("own group: %+v", v)
	}
}

func TestTooManyWildcardsDeny(t *testing.T) {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for i := range MaxWildcards {
		fmt.Fprintf(&b, "Disallow: /x*%d\n", i)
	}
	b.WriteString("Disallow: /beyond/*.html$\nDisallow: /open\nAllow: /open/*.html\nAllow: /open/plain\n")
	r := ParseRobots([]byte(b.String()), "amble")
	for _, c := range []struct {
		target string
		line   int
	}{
		{"/x-7", 9}, // the first that matches of equally long ones
		{"/x-", 0},
		{"/beyond/a.html", MaxWildcards + 2},
		{"/beyond/a.txt", MaxWildcards + 2}, // counts up to its first star
		{"/beyond", 0},
		{"/open/a.html", MaxWildcards + 3}, // the Allow does not count
		{"/open/plain", MaxWildcards + 5},
	} {
		if v := r.Test(c.target); v.Line != c.line {
			t.Errorf("%s: %+v, want line %d", c.target, v, c.line)
		}
	}
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], fmt.Sprintf("line %d: rule number %d with a wildcard", MaxWildcards+2, MaxWildcards+1)) {
		t.Errorf("warnings: %q", w)
	}
}

func TestLongTargets(t *testing.T) {
	target := "/" + strings.Repeat("a", MaxTarget)
	wild := ParseRobots([]byte("User-agent: *\nDisallow: /*x\n"), "amble")
	if v := wild.Test(target); v.Allowed || v.Line != 0 || !strings.Contains(v.Reason, "too long") {
		t.Errorf("with wildcards: %+v", v)
	}
	if v := wild.Test(target[:MaxTarget]); !v.Allowed {
		t.Errorf("just short enough: %+v", v)
	}
	if v := wild.Test("/" + strings.Repeat("é", MaxTarget/6)); !v.Allowed {
		t.Errorf("just short enough once escaped: %+v", v)
	}
	if v := wild.Test("/" + strings.Repeat("é", MaxTarget/6+1)); v.Allowed {
		t.Errorf("too long once escaped: %+v", v)
	}
	if v := ParseRobots([]byte("User-agent: *\nDisallow: /b\n"), "amble").Test(target); !v.Allowed {
		t.Errorf("without wildcards: %+v", v)
	}
}

// hostileFiles are made to be slow: they fill MaxRobots.
func hostileFiles() map[string]string {
	fill := func(line func(i int) string) string {
		var b strings.Builder
		b.WriteString("User-agent: *\n")
		for i := 0; b.Len() < MaxRobots-maxLine; i++ {
			b.WriteString(line(i))
			b.WriteByte('\n')
		}
		return b.String()
	}
	return map[string]string{
		"stars in long lines":  fill(func(int) string { return "Disallow: /" + strings.Repeat("a*", 8000) + "b" }),
		"one line of stars":    "User-agent: *\nDisallow: /" + strings.Repeat("*a", MaxRobots),
		"stars in a row":       fill(func(int) string { return "Disallow: /" + strings.Repeat("*", 16000) + "b" }),
		"short wildcards":      fill(func(int) string { return "Disallow: /*b" }),
		"almost matching ends": fill(func(i int) string { return "Disallow: /*" + strings.Repeat("a", 200+i%200) + "b" }),
		"as many as are tried": "User-agent: *\n" + strings.Repeat("Disallow: /*"+strings.Repeat("a", 480)+"b\n", MaxWildcards),
		"in short pieces":      "User-agent: *\n" + strings.Repeat("Disallow: /*"+strings.Repeat(strings.Repeat("a", 30)+"*", 15)+"b\n", MaxWildcards),
		"in pieces not found":  "User-agent: *\n" + strings.Repeat("Disallow: /*"+strings.Repeat("a", 30)+"b\n", MaxWildcards),
		"many short rules":     fill(func(int) string { return "Disallow: /aaaaaaaaaaaaaaaab" }),
		"the shortest rules":   fill(func(int) string { return "Allow:/b" }),
		"index pages":          fill(func(int) string { return "Allow: /*a*/index.htm" }),
		"escapes":              fill(func(int) string { return "Disallow: /*%61%c3%" }),
		"delays":               fill(func(i int) string { return fmt.Sprint("Crawl-delay:", i) }),
		"sitemaps":             fill(func(i int) string { return fmt.Sprint("Sitemap:", i) }),
		"user-agents":          fill(func(int) string { return "User-agent:*" }),
		"rubbish":              fill(func(int) string { return "\x1b\xff" }),
		"carriage returns":     strings.Repeat("\r", MaxRobots),
	}
}

// hostileTargets are made to be slow on hostileFiles.
func hostileTargets() []string {
	return []string{
		"/" + strings.Repeat("a", 2000),
		"/" + strings.Repeat("a", MaxTarget-1),
		"/" + strings.Repeat("a/", MaxTarget/2-1),
		"/" + strings.Repeat("%61", MaxTarget/3-1),
	}
}

// TestHostileFilesAreBounded holds the cost of a hostile file within generous limits: a machine ten times slower than those that
// it was measured on passes, a cost that is a product of two hostile lengths does not.
func TestHostileFilesAreBounded(t *testing.T) {
	for name, file := range hostileFiles() {
		start := time.Now()
		r := ParseRobots([]byte(file), "amble")
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: parsed in %v", name, d)
		}
		for _, target := range hostileTargets() {
			start := time.Now()
			r.Test(target)
			if d := time.Since(start); d > time.Second {
				t.Errorf("%s: tested %.10q… in %v", name, target, d)
			}
		}
	}
}

func TestTestDoesNotAllocate(t *testing.T) {
	r := ParseRobots([]byte(largeRobots()), "amble")
	for _, target := range []string{"/nothing/matches?a=b", "/dir7/sub/x.html", "/robots.txt"} {
		if n := testing.AllocsPerRun(100, func() { r.Test(target) }); n != 0 {
			t.Errorf("%s: %v allocations", target, n)
		}
	}
}

func TestRobotsAreSafeForConcurrentUse(t *testing.T) {
	r := ParseRobots([]byte("User-agent: *\nDisallow: /a*b\nCrawl-delay: 1\nSitemap: /s\nKey: x\n"), "amble")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				v := r.Test("/axb")
				d, _ := r.CrawlDelay()
				if v.Allowed || d != time.Second || len(r.Sitemaps()) != 1 || len(r.Warnings()) != 1 {
					t.Errorf("%+v %v", v, d)
				}
			}
		})
	}
	wg.Wait()
}

// largeRobots is a robots.txt of 50 KB such as large shops have: 1,500 rules, every tenth with wildcards.
func largeRobots() string {
	var b strings.Builder
	b.WriteString("User-agent: *\nCrawl-delay: 2\nSitemap: https://example.com/sitemap.xml\n")
	for i := 0; b.Len() < 50<<10; i++ {
		switch {
		case i%10 == 0:
			fmt.Fprintf(&b, "Disallow: /*?*filter%d=\n", i)
		case i%7 == 0:
			fmt.Fprintf(&b, "Allow: /dir%d/public/index.html\n", i)
		default:
			fmt.Fprintf(&b, "Disallow: /dir%d/sub/page-%d\n", i, i*i)
		}
	}
	return b.String()
}

func BenchmarkParseRobots(b *testing.B) {
	body := []byte(largeRobots())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		ParseRobots(body, "amble")
	}
}

func BenchmarkTest(b *testing.B) {
	large := ParseRobots([]byte(largeRobots()), "amble")
	small := ParseRobots([]byte("User-agent: *\nDisallow: /admin/\nDisallow: /*?sort=\nAllow: /admin/ajax\n"), "amble")
	for _, c := range []struct {
		name, target string
		r            *Robots
	}{
		{"small", "/articles/2024/some-title?page=3", small},
		{"large/nomatch", "/articles/2024/some-title?page=3", large},
		{"large/path", "/articles/2024/some-title", large},
		{"large/match", "/dir51/sub/page-2601", large},
		{"large/escaped", "/articles/%e3%83%84", large},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.r.Test(c.target)
			}
		})
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, file := range hostileFiles() {
		b.Run("parse/"+name, func(b *testing.B) {
			for b.Loop() {
				ParseRobots([]byte(file), "amble")
			}
		})
		r := ParseRobots([]byte(file), "amble")
		for i, target := range hostileTargets() {
			b.Run(fmt.Sprintf("test%d/%s", i, name), func(b *testing.B) {
				for b.Loop() {
					r.Test(target)
				}
			})
		}
	}
}

// TestCostlyAndSize: what a caller is told of the cost of rules before it pays.
func TestCostlyAndSize(t *testing.T) {
	var wild, plain strings.Builder
	for _, b := range []*strings.Builder{&wild, &plain} {
		b.WriteString("User-agent: *\n")
	}
	for i := range MaxWildcards {
		fmt.Fprintf(&wild, "Disallow: /*%sb*%d\n", strings.Repeat("a", 70), i)
	}
	for i := range MaxRules - 1 {
		fmt.Fprintf(&plain, "Disallow: /%d\n", i)
	}
	long := "/" + strings.Repeat("a", MaxTarget-1)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	many := ParseRobots([]byte(plain.String()), "amble")
	runtime.GC()
	runtime.ReadMemStats(&after)
	if took := int(after.HeapAlloc - before.HeapAlloc); many.Size() < took/2 || many.Size() > 2*took {
		t.Errorf("%d rules take %d bytes, Size says %d", MaxRules-1, took, many.Size())
	}
	r := ParseRobots([]byte(wild.String()), "amble")
	for _, c := range []struct {
		r      *Robots
		target string
		want   bool
	}{{r, long, true}, {r, "/a", false}, {many, long, false}, {many, "/a", false}, {RobotsFor(0, "", nil, "amble"), long, false}} {
		if got := c.r.Costly(c.target); got != c.want {
			t.Errorf("%d rules, a target of %d octets: costly %t, want %t", len(c.r.rules), len(c.target), got, c.want)
		}
	}
}
