package crawler

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/frontier/canon"
)

// absent explains a URL that was never admitted.
func (q *inquiry) absent(ctx context.Context) (err error) {
	x := q.x
	if q.scope, err = scopeOf(ctx, q.f, &q.cfg); err != nil {
		return err
	}
	pages, total, err := q.f.LeadingTo(ctx, x.URL, MaxRefusals)
	if err != nil {
		return err
	}
	for _, r := range pages {
		x.Refused = append(x.Refused, q.refusal(r))
	}
	l, listed, err := q.f.Listed(ctx, x.URL)
	if err != nil {
		return err
	}
	var leads []string
	if total > 0 {
		leads = append(leads, amount(total, "page leads to it", "pages lead to it"))
	}
	if listed {
		total++
		leads = append(leads, "a sitemap lists it")
		rule, reason := q.outside()
		x.Refused = append(x.Refused, Refusal{From: l.Sitemap, Rule: rule, Reason: reason})
	}
	check, checked, err := q.f.Check(ctx, x.URL)
	if err != nil {
		return err
	}
	if checked && total == 0 {
		leads = append(leads, "pages are made of it, or name it") // which LeadingTo does not look for
	}
	if x.Leading = total; len(leads) > 0 {
		x.Fate, x.Summary = FateNotTaken, "Not fetched: "+strings.Join(leads, " and ")+", but in no way that the crawl follows."
		if checked {
			x.Checked, x.Summary = check.Page, x.Summary+" "+checkText(&check)
		}
		return nil
	}
	x.Fate, x.Summary = FateUnknown, "Not fetched: nothing that the crawl saw leads to it."
	if rule, reason := q.outside(); rule != unexplained {
		x.Summary += " It would not have been taken: " + reason + "."
	}
	x.Near, err = q.f.Knows(ctx, variants(q.url)...)
	return err
}

// checkText says what came of a check.
func checkText(c *crawlfile.Check) string {
	p := c.Page
	if p == nil {
		return "It waits to be checked (amble resume)."
	}
	var answer string
	switch {
	case p.Err != nil && p.Attempts == 0:
		return fmt.Sprintf("It was to be checked, and was not asked for (%s): %s.", p.Err.Class, p.Err.Text)
	case p.Err != nil:
		answer = fmt.Sprintf("failed (%s): %s,", p.Err.Class, p.Err.Text)
	case p.Redirect != "":
		answer = fmt.Sprintf("%d, a redirect to %s,", p.Status, p.Redirect)
	default:
		answer = strconv.Itoa(p.Status)
	}
	return fmt.Sprintf("It was checked: %s on %s by %s.", answer, p.FetchedAt.UTC().Format(time.DateTime+" UTC"), c.Method)
}

// refusal says why a page did not lead the crawl to the URL.
func (q *inquiry) refusal(r crawlfile.Referring) Refusal {
	x := Refusal{From: r.URL, Depth: r.Depth}
	refuse := func(rule, format string, args ...any) Refusal {
		x.Rule, x.Reason = rule, fmt.Sprintf(format, args...)
		return x
	}
	depth := r.Depth // of the URL, if the page led to it
	switch {
	case r.Redirect && r.Redirects >= q.cfg.MaxRedirects:
		depth++ // one redirect too many in a row counts as a click
	case r.Redirect || r.DuplicateOf == q.x.URL:
	default:
		depth++
		followable := slices.IndexFunc(r.Links, func(l Link) bool { return !nofollow(l.Rel) })
		x.Text = r.Links[max(followable, 0)].Text
		switch {
		case strings.Contains(r.Robots, "nofollow"):
			return refuse("page-nofollow", "the page asks robots to follow none of its links (%s)", r.Robots)
		case r.DuplicateOf != "":
			return refuse("duplicate", "the page is taken for a duplicate of %s, and its links are left alone", r.DuplicateOf)
		case followable < 0:
			return refuse("rel-nofollow", "the link is marked rel=%q", r.Links[0].Rel)
		}
	}
	if most := q.cfg.MaxDepth; most >= 0 && depth > most {
		return refuse("depth", "the page is at depth %d, the greatest that the crawl was to reach (--depth %d)", r.Depth, most)
	}
	rule, reason := q.outside()
	return refuse(rule, "%s", reason)
}

// unexplained is the rule where none is found.
const unexplained = "unexplained"

// outside says by which rule the URL does not belong to the crawl.
func (q *inquiry) outside() (rule, reason string) {
	s, u := q.scope, q.url
	if !s.within(u) {
		what := u.HostPort()
		switch s.kind {
		case ScopeDomain:
			what = u.Domain()
		case ScopePrefix:
			what += u.Path()
		}
		return "scope", fmt.Sprintf("%s is out of scope: --scope %s keeps to %s", what, s.kind, s.names())
	}
	if s.allows(u) {
		return unexplained, "no reason is on record: the crawl may have ended before it was admitted"
	}
	for _, re := range s.exclude {
		if re.MatchString(u.String()) {
			return "exclude", fmt.Sprintf("it matches --exclude %q", re)
		}
	}
	var all []string
	for _, re := range s.include {
		all = append(all, fmt.Sprintf("%q", re))
	}
	return "include", "it does not match --include " + strings.Join(all, " or ")
}

// names are the hosts, domains or folders of a scope, the first few in byte order.
func (s *scope) names() string {
	const few = 5
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []string
	for k := range s.keys {
		all = append(all, k)
	}
	slices.Sort(all)
	if len(all) > few {
		all = append(all[:few], fmt.Sprintf("%d more", len(all)-few))
	}
	return strings.Join(all, ", ")
}

// scopeOf is the scope at the end of the crawl: where the redirects of seeds led belongs to it.
func scopeOf(ctx context.Context, f *crawlfile.File, cfg *Config) (*scope, error) {
	seeds, err := parseSeeds(f.Info().Seeds)
	if err != nil {
		return nil, err
	}
	s := newScope(cfg, seeds)
	rooted := make(map[string]bool) // seeds, and where they redirect
	for _, u := range seeds {
		rooted[u.String()] = true
	}
	redirects, err := f.RedirectsAtRoot(ctx, cfg.MaxRedirects)
	if err != nil {
		return nil, err
	}
	for _, r := range redirects {
		if u, err := canon.Parse(r[1]); err == nil && rooted[r[0]] {
			s.extend(u)
			rooted[r[1]] = true
		}
	}
	return s, nil
}

// variants are the URL and those that people and servers often mean by it: with or without the slash at the end, the query,
// "www." and the s of https, the fewest differences first.
func variants(u canon.URL) []string {
	other := map[string]string{"http": "https", "https": "http"}
	host, www := u.HostPort(), "www."+u.HostPort()
	if bare, ok := strings.CutPrefix(host, "www."); ok {
		www = bare
	}
	path, slash := u.Path(), u.Path()+"/"
	if bare, ok := strings.CutSuffix(path, "/"); ok {
		slash = bare
	}
	query := strings.TrimPrefix(u.RequestTarget(), path)
	var all []string
	byDifferences := make([][]string, 5)
	for differ := range 16 {
		pick := func(bit int, same, not string) string {
			if differ&bit != 0 {
				return not
			}
			return same
		}
		n := differ&1 + differ>>1&1 + differ>>2&1 + differ>>3
		v := pick(4, u.Scheme(), other[u.Scheme()]) + "://" + pick(8, host, www) + pick(1, path, slash) + pick(2, query, "")
		byDifferences[n] = append(byDifferences[n], v)
	}
	for _, some := range byDifferences {
		for _, v := range some {
			if !slices.Contains(all, v) {
				all = append(all, v)
			}
		}
	}
	return all
}
