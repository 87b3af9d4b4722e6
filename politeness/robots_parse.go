package politeness

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// ParseRobots reads a robots.txt for one crawler, named by its product token; a whole User-Agent is reduced to its
// [ProductToken]. It never fails: what cannot be understood is skipped, and Warnings tells of it.
//
// All groups that name the token count as one. If there is none, all groups for `*` do; if there is none either,
// nothing is disallowed (RFC 9309, section 2.2.1). Tokens are compared whole and without regard to case.
func ParseRobots(body []byte, token string) *Robots { return parseRobots(body, token, false) }

func parseRobots(body []byte, token string, html bool) *Robots {
	text, cut := decode(body)
	p := parser{token: ProductToken(token)}
	for line, rest := "", text; rest != ""; {
		line, rest = nextLine(rest)
		p.lines++
		p.read(line)
	}
	if cut {
		p.warn(0, "the file is longer than %d bytes: what follows line %d is ignored", MaxRobots, p.lines)
	}
	r := p.choose()
	if html && p.known == 0 && strings.HasPrefix(strings.TrimLeft(text, blank+"\r\n"), "<") {
		r.none = "robots.txt is an HTML page without rules: everything is allowed"
	}
	r.warnings = p.warned()
	r.size = r.measure()
	return r
}

// A parser goes through a robots.txt line by line and keeps what is said to the token and what is said to everyone;
// only the end of the file tells which of the two counts.
type parser struct {
	token    string
	own, any group
	sitemaps []string
	lines    int // lines read: the number of the current line
	known    int // lines with a known key

	// The list of user-agent lines that rules now belong to. Only a rule closes it (RFC 9309, section 2.1): the next
	// User-agent line after a rule begins a new list, after anything else it adds to this one.
	begun, closed      bool
	forOwn, forAny     bool
	spent              bool // a rule or Crawl-delay has followed since the last User-agent line
	delayOwn, delayAny bool // whom a Crawl-delay belongs to, see read

	warnings []string
	silent   int // warnings beyond maxWarnings
}

// A group is what the file says to one product token, in all the places where it does.
type group struct {
	named  bool
	rules  []ruleLine
	delays []string
}

// A ruleLine is an Allow or Disallow as it stands in the file. The strings are parts of the file.
type ruleLine struct {
	line           int32
	allow          bool
	value, written string
}

func (p *parser) read(line string) {
	if len(line) > maxLine {
		p.warn(p.lines, "longer than %d octets: the rest is ignored", maxLine)
		line = line[:maxLine]
	}
	key, value, written, ok := field(line)
	if !ok {
		if written != "" {
			p.warn(p.lines, "%q is not of the form \"key: value\": ignored", printable(written, maxQuoted))
		}
		return
	}
	word := keywordOf(key)
	if word != unknown {
		p.known++
	}
	switch word {
	case userAgent:
		p.userAgent(value)
	case allow, disallow:
		p.rule(ruleLine{line: int32(p.lines), allow: word == allow, value: value, written: written})
	case crawlDelay:
		// RFC 9309 does not speak of Crawl-delay, only of rules. A file that gives each crawler its own delay and no
		// rule would end up as one group; so a delay belongs to the user-agent lines right above it, not to
		// those that join the list later.
		p.spent = true
		if !p.begun {
			p.warn(p.lines, "%q stands before the first User-agent line: ignored", printable(written, maxQuoted))
		}
		if p.delayOwn {
			p.own.delays = append(p.own.delays, value)
		}
		if p.delayAny {
			p.any.delays = append(p.any.delays, value)
		}
	case sitemap:
		p.sitemaps = append(p.sitemaps, value)
	case unknown:
		p.warn(p.lines, "unknown key %q: ignored", printable(key, maxQuoted))
	}
}

func (p *parser) userAgent(value string) {
	if p.closed {
		p.closed, p.forOwn, p.forAny = false, false, false
	}
	if p.spent {
		p.spent, p.delayOwn, p.delayAny = false, false, false
	}
	p.begun = true
	switch {
	// A star ends where a token would: "* and all the rest" means everyone, as it does to Google's parser, and so does a
	// star before a stray octet.
	case strings.HasPrefix(value, "*") && leadingName(value[1:]) == "":
		p.any.named, p.forAny, p.delayAny = true, true, true
	case names(value, p.token):
		p.own.named, p.forOwn, p.delayOwn = true, true, true
	}
}

func (p *parser) rule(l ruleLine) {
	if !p.begun {
		p.warn(p.lines, "%q stands before the first User-agent line: ignored", printable(l.written, maxQuoted))
		return
	}
	p.closed, p.spent = true, true
	if l.value == "" {
		return // "Disallow:" disallows nothing
	}
	if p.forOwn {
		p.own.rules = append(p.own.rules, l)
	}
	if p.forAny {
		p.any.rules = append(p.any.rules, l)
	}
}

// choose makes the Robots of the group that counts.
func (p *parser) choose() *Robots {
	r := &Robots{}
	var g *group
	switch {
	case p.own.named:
		g, r.group = &p.own, p.token
	case p.any.named:
		g, r.group = &p.any, "*"
	default:
		g = new(group)
	}
	switch {
	case p.known == 0:
		r.none = "robots.txt holds no rules: everything is allowed"
	case r.group == "":
		r.none = fmt.Sprintf("robots.txt has no group for %s or *: everything is allowed", p.token)
	default:
		r.none = fmt.Sprintf("no rule matches (group %s)", r.group)
	}
	r.delay, r.delayed = p.longestDelay(g.delays)
	r.sitemaps = p.readSitemaps()
	if len(g.rules) > MaxRules {
		r.denied = &Verdict{Line: int(g.rules[MaxRules].line), Group: r.group, Reason: fmt.Sprintf(
			"line %d is rule number %d, more than can be heeded: everything is disallowed (group %s)",
			g.rules[MaxRules].line, MaxRules+1, r.group)}
		p.warn(0, "more than %d rules: everything is disallowed", MaxRules)
		return r
	}
	r.rules, r.wild = p.compile(g.rules, r.group)
	r.heads = headsOf(r.rules)
	return r
}

// maxWarnings and maxQuoted bound what a file can make a person read; maxQuoted is in bytes.
const (
	maxWarnings = 50
	maxQuoted   = 160
)

// warn notes something about a line, or about the whole file if line is 0.
func (p *parser) warn(line int, format string, args ...any) {
	if len(p.warnings) == maxWarnings {
		p.silent++
		return
	}
	text := fmt.Sprintf(format, args...)
	if line > 0 {
		text = fmt.Sprintf("line %d: %s", line, text)
	}
	p.warnings = append(p.warnings, text)
}

func (p *parser) warned() []string {
	if p.silent > 0 {
		return append(p.warnings, fmt.Sprintf("and %d more", p.silent))
	}
	return slices.Clip(p.warnings)
}

// longestDelay is the longest usable one of the given Crawl-delay values: a site that says two things is not hurt by
// the slower.
func (p *parser) longestDelay(values []string) (longest time.Duration, ok bool) {
	for i, v := range values {
		if i == maxDelays {
			p.warn(0, "more than %d Crawl-delay lines: the rest is ignored", maxDelays)
			break
		}
		d, good := delayValue(v)
		if !good {
			p.warn(0, "Crawl-delay %q is no number of seconds up to %v: ignored", printable(v, maxQuoted), MaxCrawlDelay)
			continue
		}
		longest, ok = max(longest, d), true
	}
	return longest, ok
}
