package politeness

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// A robotsCase is a robots.txt and what it says of URLs, each probe a line "+ /target @line" (allowed) or "- /target @line"
// (denied) with the line that decides; no line means that none does.
type robotsCase struct {
	name   string
	file   string
	token  string // "" is amble
	probes string
}

var robotsCases = []robotsCase{
	// Which groups speak to a crawler.
	{"an empty file", "", "", "+ /\n+ /a?b"},
	{"only comments", "# nothing\n#Disallow: /\n", "", "+ /"},
	{"everyone", "User-agent: *\nDisallow: /\n", "", "- / @2\n- /a @2\n- /?q @2"},
	{"own group wins over everyone, wherever it stands",
		"User-agent: *\nDisallow: /\n\nUser-agent: amble\nDisallow: /a\n", "", "+ /\n- /a @5\n+ /b"},
	{"own group first", "User-agent: amble\nDisallow: /a\nUser-agent: *\nDisallow: /b\n", "", "- /a @2\n+ /b"},
	{"own group without rules wins too", "User-agent: *\nDisallow: /\nUser-agent: amble\n", "", "+ /"},
	{"own group with an empty Disallow", "User-agent: amble\nDisallow:\n\nUser-agent: *\nDisallow: /\n", "", "+ /a"},
	{"somebody else's group", "User-agent: other\nDisallow: /\n", "", "+ /"},
	{"tokens are compared without case", "User-agent: AmBLe\nDisallow: /\n", "aMbLE", "- / @2"},
	{"a token is not matched by its prefix", "User-agent: my\nDisallow: /\n", "mybot", "+ /"},
	{"nor by what it is a prefix of", "User-agent: mybot-images\nDisallow: /\n", "mybot", "+ /"},
	{"a version in the line", "User-agent: amble/2.1\nDisallow: /\n", "", "- / @2"},
	{"words behind the token", "User-agent: amble the crawler\nDisallow: /\n", "", "- / @2"},
	{"digits glued to the token", "User-agent: amble2\nDisallow: /\n", "", "- / @2"},
	{"a token with digits is matched whole", "User-agent: bot3\nDisallow: /3\nUser-agent: bot2\nDisallow: /2\n", "bot2",
		"+ /3\n- /2 @4"},
	{"a token that begins with a digit", "User-agent: 360Spider\nDisallow: /\n", "360Spider/1.0", "- / @2"},
	{"a star behind the token", "User-agent: amble*\nDisallow: /\n", "", "- / @2"},
	{"a whole User-Agent is reduced to its token", "User-agent: amble\nDisallow: /\n",
		"Mozilla/5.0 (compatible; amble/1.0; +https://example.com/)", "- / @2"},
	{"groups of one token are merged",
		"User-agent: amble\nDisallow: /a\n\nUser-agent: x\nDisallow: /x\n\nUser-agent: AMBLE\nDisallow: /b\n", "",
		"- /a @2\n- /b @8\n+ /x"},
	{"groups of everyone are merged", "User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: *\nDisallow: /b\n", "",
		"- /a @2\n- /b @6\n+ /c"},
	{"several tokens share a group", "User-agent: x\nUser-agent: amble\nUser-agent: y\nDisallow: /a\n", "", "- /a @4"},
	{"a token beside everyone", "User-agent: amble\nUser-agent: *\nDisallow: /a\n", "", "- /a @3"},
	{"a star and more words", "User-agent: * and friends\nDisallow: /\n", "", "- / @2"},
	{"a star and a stray octet", "User-agent: *\xa0\nDisallow: /\n", "", "- / @2"},
	{"a star glued to a name is that name's", "User-agent: *other\nDisallow: /\n", "", "+ /"},
	{"an empty User-agent is nobody", "User-agent: *\nDisallow: /a\nUser-agent:\nDisallow: /b\n", "", "- /a @2\n+ /b"},
	{"rules before the first group are nobody's", "Disallow: /a\nAllow: /\nUser-agent: *\nDisallow: /b\n", "",
		"+ /a\n- /b @4"},
	{"a blank line does not end a group", "User-agent: *\n\n\nDisallow: /a\n\nDisallow: /b\n", "", "- /a @4\n- /b @6"},
	{"a rule ends the list of user-agents", "User-agent: amble\nDisallow: /a\nUser-agent: x\nDisallow: /b\n", "", "- /a @2\n+ /b"},
	{"an empty rule ends it as well", "User-agent: amble\nDisallow:\nUser-agent: x\nDisallow: /b\n", "", "+ /b"},
	{"a Crawl-delay does not", "User-agent: amble\nCrawl-delay: 3\nUser-agent: x\nDisallow: /b\n", "", "- /b @4"},
	{"a Sitemap does not", "User-agent: amble\nSitemap: /s.xml\nUser-agent: x\nDisallow: /b\n", "", "- /b @4"},
	{"an unknown key does not", "User-agent: amble\nNoindex: /q\nHost: h\nUser-agent: x\nDisallow: /b\n", "", "- /b @5"},
	{"a line without key does not", "User-agent: amble\nwhat is this\nUser-agent: x\nDisallow: /b\n", "", "- /b @4"},

	// Which rule wins.
	{"the longest rule wins", "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n", "",
		"- /a @2\n+ /a/b @3\n- /a/b/c @4\n+ /b"},
	{"whatever their order", "User-agent: *\nDisallow: /a/b/c\nAllow: /a/b\nDisallow: /a\n", "",
		"- /a @4\n+ /a/b @3\n- /a/b/c @2"},
	{"Allow wins a tie", "User-agent: *\nDisallow: /a\nAllow: /a\n", "", "+ /a @3"},
	{"Allow wins a tie when first", "User-agent: *\nAllow: /a\nDisallow: /a\n", "", "+ /a @2"},
	{"Allow / does not open what a longer rule closes", "User-agent: *\nAllow: /\nDisallow: /a\n", "", "- /a @3\n+ /b @2"},
	{"of equal rules the first is named", "User-agent: *\nDisallow: /a\nDisallow: /a\n", "", "- /a @2"},
	{"a wildcard rule counts by its own length", "User-agent: *\nAllow: /page\nDisallow: /*.html\n", "",
		"+ /page @2\n- /page.html @3"},
	{"which may be the shorter", "User-agent: *\nAllow: /folder/page\nDisallow: /*.html\n", "", "+ /folder/page.html @2"},
	{"a star at the end counts", "User-agent: *\nAllow: /a\nDisallow: /a*\n", "", "- /a @3\n- /ab @3"},
	{"stars in a row count each", "User-agent: *\nAllow: /a*c\nDisallow: /a**c\n", "", "- /abc @3"},
	{"a final dollar counts", "User-agent: *\nDisallow: /\nAllow: /$\n", "", "+ / @3\n- /a @2\n- /?a @2"},
	{"length is that of the normal form", "User-agent: *\nAllow: /%61%62%63\nDisallow: /abcd\n", "", "- /abcd @3\n+ /abc @2"},
	{"an escaped octet counts three", "User-agent: *\nAllow: /é\nDisallow: /é*\n", "", "- /%C3%A9 @3"},
	{"also among many", "User-agent: *\n" + strings.Repeat("Disallow: /a\nDisallow: /bb\nDisallow: /ccc\n", 50), "",
		"- /a @2\n- /bb @3\n- /ccc @4"},
	{"an empty Disallow opens nothing that is closed", "User-agent: *\nDisallow: /a\nDisallow:\n", "", "- /a @2\n+ /b"},
	{"an empty Allow does nothing", "User-agent: *\nDisallow: /\nAllow:\n", "", "- /a @2"},
	{"paths are compared with case", "User-agent: *\nDisallow: /Aa\n", "", "- /Aa @2\n+ /aa"},
	{"a rule is a prefix", "User-agent: *\nDisallow: /fish\n", "",
		"- /fish @2\n- /fish.html @2\n- /fish/salmon @2\n- /fishheads @2\n- /fish?x @2\n+ /catfish\n+ /Fish\n+ /?fish"},
	{"a slash at the end", "User-agent: *\nDisallow: /fish/\n", "", "- /fish/ @2\n- /fish/x @2\n+ /fish\n+ /fish.html"},
	{"the query belongs to the path", "User-agent: *\nDisallow: /a?b=1\n", "", "- /a?b=1 @2\n- /a?b=12 @2\n+ /a\n+ /a?b=2"},

	// Wildcards.
	{"a star alone", "User-agent: *\nDisallow: *\n", "", "- / @2\n- /a @2"},
	{"a star at the beginning", "User-agent: *\nDisallow: *.gif\n", "", "- /a.gif @2\n- /a.gif?b @2\n+ /agif"},
	{"a star in the middle", "User-agent: *\nDisallow: /a/*/z\n", "", "- /a/b/z @2\n- /a//z @2\n- /a/b/c/zz @2\n+ /a/z\n+ /b/a/x/z"},
	{"a pattern begins where the path begins", "User-agent: *\nDisallow: /a*.php\n", "", "- /aaa.php @2\n+ /x/aaa.php"},
	{"a star matches nothing too", "User-agent: *\nDisallow: /a*b\n", "", "- /ab @2\n- /aXb @2\n+ /a"},
	{"a star matches slashes and queries", "User-agent: *\nDisallow: /*sid=\n", "", "- /a/b?x=1&sid=2 @2\n+ /a/b?sid"},
	{"many stars", "User-agent: *\nDisallow: /*a*b*c*d\n", "", "- /abcd @2\n- /xaxbxcxdx @2\n+ /abdc"},
	{"a piece may overlap a failed start", "User-agent: *\nDisallow: /*aab\n", "", "- /aaab @2\n- /aaaab @2\n- /aaba @2\n+ /aba"},
	{"dollar", "User-agent: *\nDisallow: /a$\n", "", "- /a @2\n+ /a/\n+ /a?b\n+ /ab"},
	{"star and dollar", "User-agent: *\nDisallow: /*.php$\n", "", "- /x.php @2\n- /a/b.php @2\n+ /x.php?a\n+ /x.php5\n- /x.php.php @2"},
	{"the end is matched by the last piece alone", "User-agent: *\nDisallow: /*ab*b$\n", "", "+ /ab\n- /abb @2\n- /ab/b @2\n+ /abc"},
	{"a star before the dollar", "User-agent: *\nDisallow: /a*$\n", "", "- /a @2\n- /abc @2\n+ /b"},
	{"a dollar inside is a dollar", "User-agent: *\nDisallow: /a$b\n", "", "- /a$b @2\n- /a%24bc @2\n+ /a"},
	{"an escaped dollar at the end is a dollar", "User-agent: *\nDisallow: /a%24\n", "", "- /a$ @2\n- /a%24b @2\n+ /a"},
	{"an escaped star is a star", "User-agent: *\nDisallow: /a%2Ab\n", "", "- /a*b @2\n- /a%2ab @2\n+ /axb"},
	{"regular expressions mean nothing", "User-agent: *\nDisallow: /a.b+[c]\n", "", "- /a.b+[c] @2\n+ /axbb+c"},

	// Percent-encoding.
	{"raw UTF-8 in the rule", "User-agent: *\nDisallow: /ツ\n", "", "- /%E3%83%84 @2\n- /%e3%83%84 @2\n- /ツ @2"},
	{"escaped UTF-8 in the rule", "User-agent: *\nDisallow: /%e3%83%84\n", "", "- /%E3%83%84 @2\n- /ツx @2"},
	{"Latin-1 in the rule is those octets", "User-agent: *\nDisallow: /caf\xe9\n", "", "- /caf%E9 @2\n+ /caf%C3%A9"},
	{"the case of escapes", "User-agent: *\nDisallow: /%aa%Bb\n", "", "- /%AA%BB @2\n- /%aa%bb @2"},
	{"an escaped tilde", "User-agent: *\nDisallow: /%7Eann\n", "", "- /~ann @2\n- /%7eann @2"},
	{"a raw tilde", "User-agent: *\nDisallow: /~ann\n", "", "- /%7Eann @2"},
	{"escaped letters", "User-agent: *\nDisallow: /foo/bar/%62%61%7A\n", "", "- /foo/bar/baz @2\n- /foo/bar/%62%61%7a @2"},
	{"an escaped slash is no slash", "User-agent: *\nDisallow: /a%2fb\n", "", "- /a%2Fb @2\n+ /a/b"},
	{"a slash is no escaped slash", "User-agent: *\nDisallow: /a/b\n", "", "+ /a%2Fb\n- /a/b @2"},
	{"reserved characters stay", "User-agent: *\nDisallow: /a?b=https://c.d&e\n", "", "- /a?b=https://c.d&e @2\n+ /a?b=https%3A%2F%2Fc.d&e"},
	{"a space in the rule", "User-agent: *\nDisallow: /a b\n", "", "- /a%20b @2\n+ /a+b\n+ /a"},
	{"quotes and braces", "User-agent: *\nDisallow: /\"{x}|\n", "", "- /%22%7Bx%7D%7C @2\n- /%22{x}| @2"},
	{"a backslash", "User-agent: *\nDisallow: /a\\b\n", "", "- /a%5Cb @2"},
	{"a stray percent sign", "User-agent: *\nDisallow: /100%/x\n", "", "- /100%25/x @2\n- /100%/x @2"},
	{"a percent sign that ends a rule begins an escape", "User-agent: *\nDisallow: /*%\n", "", "- /a%20b @2\n- /é @2\n+ /ab"},
	{"so does a torn escape", "User-agent: *\nDisallow: /a%e\n", "", "- /a%E3%83%84 @2\n+ /a%20"},
	{"but not before a dollar", "User-agent: *\nDisallow: /100%$\n", "", "- /100%25 @2\n+ /100%25x"},
	{"an escaped percent sign", "User-agent: *\nDisallow: /a%2541\n", "", "- /a%2541 @2\n+ /aA\n+ /a%41"},
	{"a number sign must be escaped", "User-agent: *\nDisallow: /a%23b\n", "", "- /a%23b @2\n+ /a#b"},

	// Lines.
	{"keys in any case", "USER-AGENT: *\ndISALLOW: /a\naLLOW: /a/b\n", "", "- /a @2\n+ /a/b @3"},
	{"CR", "User-agent: *\rDisallow: /a\r\rDisallow: /b\r", "", "- /a @2\n- /b @4"},
	{"CRLF", "User-agent: *\r\nDisallow: /a\r\n\r\nDisallow: /b", "", "- /a @2\n- /b @4"},
	{"LF, CR and CRLF", "User-agent: *\nDisallow: /a\r\r\nDisallow: /b\n\rDisallow: /c", "", "- /a @2\n- /b @4\n- /c @6"},
	{"no newline at the end", "User-agent: *\nDisallow: /a", "", "- /a @2"},
	{"blanks around", " \tUser-agent\t : \t* \n\t Disallow\t:\t/a\t \n", "", "- /a @2\n- /ab @2"},
	{"space before the colon", "User-agent : *\nDisallow : /\n", "", "- / @2"},
	{"no space behind it", "User-agent:*\nDisallow:/a\n", "", "- /a @2"},
	{"no-break space at the end", "User-agent: *\u00a0\nDisallow: /a\u00a0\nDisallow: /b\u2002\n", "", "- /a @2\n- /bc @3"},
	{"no colon", "User-agent *\nDisallow /a\n", "", "- /a @2"},
	{"no colon and three words", "User-agent: *\nDisallow /a /b\n", "", "+ /a"},
	{"comments", "User-agent: * # all\nDisallow: /a # not /b\n# Disallow: /c\n", "", "- /a @2\n+ /c"},
	{"a comment glued to the value", "User-agent: *#x\nDisallow: /a#b\n", "", "- /a @2\n- /ac @2"},
	{"a comment instead of the value", "User-agent: *\nDisallow: #/a\n", "", "+ /a"},
	{"misspelt Disallow", "User-agent: *\nDissallow: /a\nDissalow: /b\nDisalow: /c\nDiasllow: /d\nDisallaw: /e\nDiaslow: /f\n", "",
		"- /a @2\n- /b @3\n- /c @4\n- /d @5\n- /e @6\n- /f @7"},
	{"misspelt User-agent", "Useragent: x\nUser agent: amble\nDisallow: /a\n", "", "- /a @3"},
	{"keys that go on", "User-agents: *\nDisallowed: /a\n", "", "- /a @2"},
	{"misspelt Allow opens nothing", "User-agent: *\nDisallow: /\nAlow: /a\n", "", "- /a @2"},
	{"an empty key", "User-agent: *\n: /a\nDisallow: /b\n", "", "+ /a\n- /b @3"},
	{"colons in the value", "User-agent: *\nDisallow: /a:b\n", "", "- /a:b @2\n+ /a"},
	{"byte order mark", "\ufeffUser-agent: *\nDisallow: /\n", "", "- / @2"},
	{"a torn byte order mark", "\xef\xbbUser-agent: *\nDisallow: /\n", "", "- / @2"},
	{"a mark inside the file spoils its line", "User-agent: *\n\ufeffAllow: /a\nDisallow: /\n", "", "- /a @3"},
	{"UTF-16, little end first", inUTF16("\ufeffUser-agent: *\r\nDisallow: /é\r\n", false), "", "- /%C3%A9 @2\n+ /e"},
	{"UTF-16, big end first", inUTF16("\ufeffUser-agent: *\nDisallow: /a\n", true), "", "- /a @2"},
	{"UTF-16 without a mark", inUTF16("User-agent: *\nDisallow: /a\n", false), "", "- /a @2"},
	{"UTF-16, big end first, without a mark", inUTF16("User-agent: *\nDisallow: /a\n", true), "", "- /a @2"},
	{"NUL ends a line", "User-agent: *\nDisallow: /a\x00b\nDisallow: /c\n", "", "- /a @2\n- /c @3"},
	{"binary rubbish", "\x01\x02\xff\xfe\x80:\n\x7fELF\nUser-agent: *\nDisallow: /a\n", "", "- /a @4"},
	{"lines before and behind do no harm", "hello\n<p>\nCrawl-delay: x\nUser-agent: *\nCrawl-delay: soon\nDisallow: /a\n???\n", "",
		"- /a @6\n+ /b"},

	// What Google does where RFC 9309 is silent, and what amble does where Google is.
	{"an allowed index page allows its directory", "User-agent: *\nDisallow: /\nAllow: /x/index.html\n", "",
		"+ /x/index.html @3\n+ /x/ @3\n- /x/y @2\n- /x @2\n- /x/index.htm @2"},
	{"index.htm as well", "User-agent: *\nDisallow: /\nAllow: /index.htm\n", "", "+ / @3\n+ /index.html @3\n- /a @2"},
	{"but a Disallow of it does not close the directory", "User-agent: *\nDisallow: /x/index.html\n", "", "+ /x/\n- /x/index.html @2"},
	{"a Disallow without a slash gets one", "User-agent: *\nDisallow: private\nDisallow: ?sort\n", "", "- /private @2\n- /?sort=a @3\n+ /x/private"},
	{"an Allow without a slash is not understood", "User-agent: *\nDisallow: /\nAllow: public\n", "", "- /public @2"},
	{"a whole URL is no path", "User-agent: *\nDisallow: https://example.com/a\n", "", "+ /a"},
	{"robots.txt is always allowed", "User-agent: *\nDisallow: /\nDisallow: /robots.txt\n", "", "+ /robots.txt\n- /robots.txt.bak @3"},

	// Targets.
	{"an empty target is the root", "User-agent: *\nDisallow: /$\n", "", "- @2"},
	{"a query alone", "User-agent: *\nDisallow: /?a\n", "", "- ?ab @2"},
	{"double slashes are as they are", "User-agent: *\nDisallow: /a\n", "", "+ //a\n- /a//b @2"},
	{"dot segments are as they are", "User-agent: *\nDisallow: /b\n", "", "+ /a/../b"},
}

// inUTF16 encodes s in UTF-16.
func inUTF16(s string, bigFirst bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if bigFirst {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

func TestRobotsTable(t *testing.T) {
	probes := 0
	for _, c := range robotsCases {
		r := ParseRobots([]byte(c.file), c.token)
		for p := range strings.SplitSeq(c.probes, "\n") {
			probes++
			target, line := strings.TrimSpace(p[1:]), 0
			if i := strings.LastIndex(p, "@"); i >= 0 {
				if _, err := fmt.Sscanf(p[i:], "@%d", &line); err != nil {
					t.Fatalf("%s: probe %q: %v", c.name, p, err)
				}
				target = strings.TrimSpace(p[1:i])
			}
			v := r.Test(target)
			if v.Allowed != (p[0] == '+') || v.Line != line {
				t.Errorf("%s: %q: allowed %v by line %d (%s), want %s", c.name, target, v.Allowed, v.Line, v.Reason, p)
			}
		}
	}
	t.Logf("%d files, %d probes", len(robotsCases), probes)
}

func TestRobotsForStatus(t *testing.T) {
	const file = "User-agent: *\nDisallow: /a\n"
	for _, c := range []struct {
		status      int
		contentType string
		body        string
		a           bool // /a is allowed
		b           bool // /b is allowed
		unavailable bool
		reason      string // of /b
	}{
		{200, "text/plain", file, false, true, false, "no rule matches (group *)"},
		{203, "", file, false, true, false, "no rule matches (group *)"},
		{204, "", "", true, true, false, "robots.txt holds no rules: everything is allowed"},
		{200, "text/plain", "User-agent: x\nDisallow: /", true, true, false, "robots.txt has no group for amble or *: everything is allowed"},
		{200, "text/html; charset=utf-8", " \r\n<!DOCTYPE html><p>Not found", true, true, false, "robots.txt is an HTML page without rules: everything is allowed"},
		{200, "application/xhtml+xml", "<?xml version='1.0'?>\n<html>", true, true, false, "robots.txt is an HTML page without rules: everything is allowed"},
		{200, "Text/HTML", file, false, true, false, "no rule matches (group *)"},
		{200, "text/html", "<pre>\n" + file + "</pre>", false, true, false, "no rule matches (group *)"},
		{200, "text/html", "nothing here", true, true, false, "robots.txt holds no rules: everything is allowed"},
		{301, "", file, true, true, false, "robots.txt answered 301 and leads nowhere: everything is allowed"},
		{307, "", "", true, true, false, "robots.txt answered 307 and leads nowhere: everything is allowed"},
		{401, "", file, true, true, false, "robots.txt answered 401: everything is allowed"},
		{403, "", file, true, true, false, "robots.txt answered 403: everything is allowed"},
		{404, "text/html", file, true, true, false, "robots.txt answered 404: everything is allowed"},
		{410, "", file, true, true, false, "robots.txt answered 410: everything is allowed"},
		{429, "", file, false, false, true, "robots.txt answered 429: everything is disallowed until it can be read"},
		{500, "", file, false, false, true, "robots.txt answered 500: everything is disallowed until it can be read"},
		{503, "", "", false, false, true, "robots.txt answered 503: everything is disallowed until it can be read"},
		{599, "", "", false, false, true, "robots.txt answered 599: everything is disallowed until it can be read"},
		{999, "", "", false, false, true, "robots.txt answered 999: everything is disallowed until it can be read"},
		{103, "", "", false, false, true, "robots.txt answered 103: everything is disallowed until it can be read"},
		{0, "", "", false, false, true, "robots.txt could not be fetched: everything is disallowed until it can be read"},
	} {
		r := RobotsFor(c.status, c.contentType, []byte(c.body), "amble")
		if got := r.Test("/a").Allowed; got != c.a {
			t.Errorf("%d %q: /a allowed %v, want %v", c.status, c.body, got, c.a)
		}
		v := r.Test("/b")
		if v.Allowed != c.b || v.Reason != c.reason {
			t.Errorf("%d %q: /b: %+v, want %v because %q", c.status, c.body, v, c.b, c.reason)
		}
		if r.Unavailable() != c.unavailable {
			t.Errorf("%d: unavailable %v", c.status, r.Unavailable())
		}
		if v := r.Test("/robots.txt"); !v.Allowed {
			t.Errorf("%d: /robots.txt is denied: %s", c.status, v.Reason)
		}
	}
}

func TestVerdictExplains(t *testing.T) {
	r := ParseRobots([]byte("# hi\nUser-agent: *\nDisallow:  /x*  # why\nDisallow: /y\x1b[31m\nDisallow: /"+strings.Repeat("é", 200)), "amble")
	for _, c := range []struct {
		target string
		want   Verdict
	}{
		{"/xy", Verdict{false, 3, "Disallow:  /x*", "*", `line 3 "Disallow:  /x*" (group *)`}},
		{"/y%1B[31m", Verdict{false, 4, "Disallow: /y\ufffd[31m", "*", "line 4 \"Disallow: /y\ufffd[31m\" (group *)"}},
		{"/z", Verdict{true, 0, "", "*", "no rule matches (group *)"}},
		{"/robots.txt", Verdict{true, 0, "", "", "robots.txt itself may always be fetched"}},
	} {
		if got := r.Test(c.target); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.target, got, c.want)
		}
	}
	long := r.Test("/" + strings.Repeat("é", 200))
	if long.Line != 5 || len(long.Rule) > 170 || !strings.HasSuffix(long.Rule, "é…") {
		t.Errorf("a long rule: %+v", long)
	}
	own := ParseRobots([]byte("User-agent: AMBLE\nDisallow: /a"), "amble/1.0").Test("/a")
	if own.Group != "amble" || own.Reason != `line 2 "Disallow: /a" (group amble)` {
		t.Errorf("own group: %+v", own)
	}
}

// TestRobotsDisagreements lists where amble differs from other implementations on purpose, and why. Each row holds what amble
// says; changing one is a decision, not a repair.
func TestRobotsDisagreements(t *testing.T) {
	for _, c := range []struct {
		who, why            string
		file, token, target string
		allowed             bool
	}{
		{"google/robotstxt", "RFC 9309, 2.2.2: escapes of unreserved octets are decoded before comparison",
			"User-agent: *\nDisallow: /%62%61%7A", "amble", "/baz", false},
		{"google/robotstxt", "RFC 9309, 2.2.3: %2A in a rule is the literal star, as the URL may have it raw",
			"User-agent: *\nDisallow: /a%2A", "amble", "/a*", false},
		{"google/robotstxt", "a URL is sent with its spaces and quotes escaped; the rule means that URL",
			"User-agent: *\nDisallow: /a b", "amble", "/a%20b", false},
		{"google/robotstxt", "a Disallow without a leading slash matches nothing there; Google's own specification lets one be assumed",
			"User-agent: *\nDisallow: private", "amble", "/private", false},
		{"google/robotstxt", "the misspelling is common, and a Disallow in doubt denies",
			"User-agent: *\nDiaslow: /a", "amble", "/a", false},
		{"google/robotstxt", "the caller may pass a whole User-Agent, which cannot name a group there",
			"User-agent: Foo\nDisallow: /", "Foo Bar", "/", false},
		{"google/robotstxt", "crawlers with digits in their names exist, so digits are compared",
			"User-agent: bot3\nDisallow: /", "bot2", "/", true},
		{"RFC 9309's second example in 2.2.2", "it escapes : and / in a query; no implementation does, and /*/feed/ would no longer match /a?b=/feed/",
			"User-agent: *\nDisallow: /a?b=https://c", "amble", "/a?b=https%3A%2F%2Fc", true},
		{"protego, temoto/robotstxt", "they take a part of the name for the name; the RFC compares tokens whole",
			"User-agent: amb\nDisallow: /", "amble", "/", true},
		{"protego", "a final dollar is an anchor only, not also a literal dollar",
			"User-agent: *\nDisallow: /a$", "amble", "/a$", true},
		{"protego, rep-cpp", "unknown keys do not close a list of user-agents (RFC 9309, 2.2.4)",
			"User-agent: *\nInvalid: x\nUser-agent: other\nDisallow: /", "amble", "/", false},
		{"protego", "a token is ASCII: what follows its last ASCII character is not part of it",
			"User-agent: j\u00e4vla\nDisallow: /", "j", "/", false},
		{"rep-cpp", "rules before the first User-agent line belong to nobody (RFC 9309, 2.2.1)",
			"Disallow: /a", "amble", "/a", true},
		{"rep-cpp", "a line of two words needs no colon, as in Google's parser",
			"User-agent: *\nDisallow /a", "amble", "/a", false},
		{"rep-cpp", "amble does not know the host here, so it takes a whole URL for a path, which matches nothing",
			"User-agent: *\nDisallow: http://example.com/a", "amble", "/a", true},
		{"temoto/robotstxt", "everything it gets wrong stands in the table of cases; its User-agent lines do not end at a slash",
			"User-agent: amble/1.0\nDisallow: /", "amble", "/", false},
	} {
		if v := ParseRobots([]byte(c.file), c.token).Test(c.target); v.Allowed != c.allowed {
			t.Errorf("unlike %s (%s): %q on %q: allowed %v (%s)", c.who, c.why, c.target, c.file, v.Allowed, v.Reason)
		}
	}
}
