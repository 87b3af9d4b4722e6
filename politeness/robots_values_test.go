package politeness

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCrawlDelayOfTheChosenGroup(t *testing.T) {
	for _, c := range []struct {
		name, file string
		want       time.Duration
		ok         bool
	}{
		{"none", "User-agent: *\nDisallow: /a", 0, false},
		{"seconds", "User-agent: *\nCrawl-delay: 10", 10 * time.Second, true},
		{"decimals", "User-agent: *\nCrawl-delay: 2.5", 2500 * time.Millisecond, true},
		{"a bare fraction", "User-agent: *\nCrawl-delay: .5", 500 * time.Millisecond, true},
		{"zero", "User-agent: *\nCrawl-delay: 0", 0, true},
		{"a unit behind a blank", "User-agent: *\nCrawl-delay: 5 seconds", 5 * time.Second, true},
		{"a comment", "User-agent: *\nCrawl-delay: 5#s", 5 * time.Second, true},
		{"other spellings", "User-agent: *\ncrawldelay: 3", 3 * time.Second, true},
		{"no colon", "User-agent: *\nCrawl-delay 4", 4 * time.Second, true},
		{"a day", "User-agent: *\nCrawl-delay: 86400", 24 * time.Hour, true},
		{"more than a day", "User-agent: *\nCrawl-delay: 86401", 0, false},
		{"more than a Duration", "User-agent: *\nCrawl-delay: 9e300", 0, false},
		{"just more than a Duration", "User-agent: *\nCrawl-delay: 9223372037", 0, false},
		{"negative", "User-agent: *\nCrawl-delay: -1", 0, false},
		{"NaN", "User-agent: *\nCrawl-delay: NaN", 0, false},
		{"infinite", "User-agent: *\nCrawl-delay: Inf", 0, false},
		{"a word", "User-agent: *\nCrawl-delay: soon", 0, false},
		{"a glued unit", "User-agent: *\nCrawl-delay: 5s", 0, false},
		{"a comma", "User-agent: *\nCrawl-delay: 1,5", 0, false},
		{"empty", "User-agent: *\nCrawl-delay:", 0, false},
		{"before the first group", "Crawl-delay: 9\nUser-agent: *\nDisallow: /a", 0, false},
		{"a bad one does not hide a good one", "User-agent: *\nCrawl-delay: 5\nCrawl-delay: x", 5 * time.Second, true},
		{"the longest counts", "User-agent: *\nCrawl-delay: 5\nCrawl-delay: 7\nCrawl-delay: 1", 7 * time.Second, true},
		{"merged groups", "User-agent: *\nCrawl-delay: 5\nDisallow: /\nUser-agent: x\nDisallow: /\nUser-agent: *\nCrawl-delay: 6", 6 * time.Second, true},
		{"own group", "User-agent: *\nCrawl-delay: 5\nDisallow:\nUser-agent: amble\nCrawl-delay: 2", 2 * time.Second, true},
		{"own group without", "User-agent: *\nCrawl-delay: 5\nDisallow:\nUser-agent: amble\nDisallow: /a", 0, false},
		{"behind rules", "User-agent: *\nDisallow: /a\nCrawl-delay: 5\nDisallow: /b", 5 * time.Second, true},
		{"each crawler has its own", "User-agent: amble\nCrawl-delay: 1\n\nUser-agent: x\nCrawl-delay: 60\nDisallow: /x", time.Second, true},
		{"behind rules a new list begins", "User-agent: amble\nDisallow: /a\nUser-agent: x\nCrawl-delay: 9", 0, false},
		{"a shared one", "User-agent: x\nUser-agent: amble\nCrawl-delay: 8", 8 * time.Second, true},
	} {
		d, ok := ParseRobots([]byte(c.file), "amble").CrawlDelay()
		if d != c.want || ok != c.ok {
			t.Errorf("%s: %v %v, want %v %v", c.name, d, ok, c.want, c.ok)
		}
	}
	if _, ok := RobotsFor(404, "", []byte("User-agent: *\nCrawl-delay: 5"), "amble").CrawlDelay(); ok {
		t.Error("the body of a 404 has a Crawl-delay")
	}
}

func TestSitemaps(t *testing.T) {
	r := ParseRobots([]byte("Sitemap: https://a.example/one.xml\nUser-agent: x\nSITEMAP : /two.xml?a=b:c # here\n"+
		"Sitemap:\nSite-map: https://a.example/one.xml\nSitemap: /é.xml\nSitemap: /a b\x1b\xff\u202e.xml\nSitemap /last.xml"), "amble")
	want := []string{"https://a.example/one.xml", "/two.xml?a=b:c", "/é.xml", "/a%20b%1B%FF%E2%80%AE.xml", "/last.xml"}
	if got := r.Sitemaps(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r.Sitemaps()[0] = "changed"
	if got := r.Sitemaps(); got[0] != want[0] {
		t.Error("Sitemaps handed out what Robots keeps")
	}
}

func TestSitemapsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range MaxSitemaps + 10 {
		fmt.Fprintf(&b, "Sitemap: /%d.xml\n", i)
	}
	r := ParseRobots([]byte(b.String()), "amble")
	if got := r.Sitemaps(); len(got) != MaxSitemaps || got[MaxSitemaps-1] != fmt.Sprintf("/%d.xml", MaxSitemaps-1) {
		t.Errorf("%d sitemaps", len(got))
	}
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], "more than 1000 sitemaps") {
		t.Errorf("warnings: %q", w)
	}
}

func TestWarnings(t *testing.T) {
	r := ParseRobots([]byte("Disallow: /x\nUser-agent: *\nNoindex: /y\nwhat\nAllow: z\nDisallow: z\nCrawl-delay: -1\n"), "amble")
	want := []string{
		`line 1: "Disallow: /x" stands before the first User-agent line: ignored`,
		`line 3: unknown key "Noindex": ignored`,
		`line 4: "what" is not of the form "key: value": ignored`,
		`Crawl-delay "-1" is no number of seconds up to 24h0m0s: ignored`,
		`line 5: "Allow: z" does not begin with / or *: ignored`,
		`line 6: "Disallow: z" does not begin with / or *: a slash is supplied`,
	}
	if got := r.Warnings(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if w := ParseRobots([]byte("# a\n\nUser-agent: *\nDisallow: /\nSitemap: /s\nCrawl-delay: 1\n"), "").Warnings(); len(w) != 0 {
		t.Errorf("a good file: %q", w)
	}
	many := ParseRobots([]byte(strings.Repeat("Key: value\n", 1000)), "").Warnings()
	if len(many) != maxWarnings+1 || many[maxWarnings] != "and 950 more" {
		t.Errorf("%d warnings, the last %q", len(many), many[len(many)-1])
	}
}

func TestProductToken(t *testing.T) {
	for _, c := range []struct{ userAgent, want string }{
		{"", "amble"},
		{"amble", "amble"},
		{"amble/1.0", "amble"},
		{"mybot/1.0 (+https://example.com/bot)", "mybot"},
		{"My_Bot-News/1.0", "My_Bot-News"},
		{"bot2/1.0", "bot2"},
		{"360Spider", "360Spider"},
		{"MJ12bot/v1.4.8 (http://mj12bot.com/)", "MJ12bot"},
		{"Mozilla/5.0 (compatible; amble/1.0; +https://example.com/bot)", "amble"},
		{"Mozilla/5.0 (Compatible;amble)", "amble"},
		{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/1 Safari/537.36", "Googlebot"},
		{"Mozilla/5.0 (compatible; ) mybot/1.0", "mybot"},
		{"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 mybot/1.0", "mybot"},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox"},
		{"mozilla", "mozilla"},
		{"(mybot)", "mybot"},
		{"1.0 mybot", "mybot"},
		{"1.0", "amble"},
		{"--- _ 2", "amble"},
		{"mybot example.com", "mybot"},
		{"ツ", "amble"},
	} {
		got := ProductToken(c.userAgent)
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.userAgent, got, c.want)
		}
		if again := ProductToken(got); again != got {
			t.Errorf("%q: the token of the token %q is %q", c.userAgent, got, again)
		}
	}
}
