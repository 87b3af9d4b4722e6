package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/crawler"
)

// options are what the flags of crawl say. They are kept in the crawl file, so that resume can go on in the same manner.
type options struct {
	Depth           int           `json:"depth"`
	Scope           string        `json:"scope"`
	Include         []string      `json:"include,omitempty"`
	Exclude         []string      `json:"exclude,omitempty"`
	MaxPages        int           `json:"max_pages,omitempty"`
	MaxTime         time.Duration `json:"max_time,omitempty"`
	Rate            float64       `json:"rate"`
	Burst           int           `json:"burst"`
	PerHost         int           `json:"per_host"`
	LimitBy         string        `json:"limit_by"`
	Workers         int           `json:"workers"`
	Timeout         time.Duration `json:"timeout"`
	Retries         int           `json:"retries"`
	MaxBody         size          `json:"max_body"`
	UserAgent       string        `json:"user_agent"`
	HeaderNames     []string      `json:"header_names,omitempty"` // not the values, which may be secrets
	IgnoreRobots    bool          `json:"ignore_robots,omitempty"`
	MaxCrawlDelay   time.Duration `json:"max_crawl_delay"`
	MaxBackoff      time.Duration `json:"max_backoff"`
	Adaptive        float64       `json:"adaptive"`
	Bandwidth       size          `json:"bandwidth,omitempty"`
	Sitemaps        bool          `json:"sitemaps,omitempty"`
	Sitemap         []string      `json:"sitemap,omitempty"`
	SitemapDepth    int           `json:"sitemap_depth,omitempty"`
	RespectNoindex  bool          `json:"respect_noindex,omitempty"`
	FollowCanonical bool          `json:"follow_canonical,omitempty"`
	Contact         string        `json:"contact,omitempty"`
	Resolve         []string      `json:"resolve,omitempty"`
	AllowPrivate    bool          `json:"allow_private,omitempty"`
	Proxy           string        `json:"proxy,omitempty"` // without user and password
	ProxyUser       bool          `json:"proxy_user,omitempty"`
	Insecure        bool          `json:"insecure,omitempty"`
	CAFile          string        `json:"ca_file,omitempty"`
	ClientCert      string        `json:"client_cert,omitempty"`
	ClientKey       string        `json:"client_key,omitempty"`
	AuthOrigins     []string      `json:"auth_origins,omitempty"` // not the secrets
	AuthFile        string        `json:"auth_file,omitempty"`
	Cookies         bool          `json:"cookies,omitempty"`
	CookieFile      string        `json:"cookie_file,omitempty"`
	MaxLinks        int           `json:"max_links"`
	MaxRatio        int           `json:"max_ratio"`
	MinSpeed        size          `json:"min_speed"`

	Limits           crawler.Limits `json:"limits"` // 0 is no limit here
	StopAtDuplicates bool           `json:"stop_at_duplicates,omitempty"`
	StripQuery       bool           `json:"strip_query,omitempty"`
	SortQuery        bool           `json:"sort_query,omitempty"`
	DropParams       []string       `json:"drop_params,omitempty"`

	budgets
	checks
	archiving
	taking

	Since    string   `json:"since,omitempty"` // absolute
	Output   []string `json:"output,omitempty"`
	FailOn   []string `json:"fail_on,omitempty"`
	Testsite []string `json:"testsite,omitempty"` // bundled sites that the seeds named

	header    []string
	auth      []string
	file      string
	urls      []string
	quiet     bool
	verbose   bool
	logFormat string
	supervision
}

// reachFlags binds the flags that say what belongs to a crawl.
func (o *options) reachFlags(f *pflag.FlagSet) {
	f.IntVarP(&o.Depth, "depth", "d", 3, "clicks from a seed: 0 fetches the seeds alone, -1 sets no limit")
	f.StringVar(&o.Scope, "scope", "host", "which links belong to the crawl: host, domain, prefix (the seed's folder) or any")
	f.StringArrayVar(&o.Include, "include", nil, "fetch only URLs that match this regular `expression` (repeatable: one must match);\nseeds are fetched in any case")
	f.StringArrayVar(&o.Exclude, "exclude", nil, "fetch no URLs that match this regular `expression`, but for seeds (repeatable)")
	f.BoolVar(&o.Sitemaps, "sitemaps", false, "fetch the pages in the sitemaps that robots.txt names, too")
	f.StringArrayVar(&o.Sitemap, "sitemap", nil, "fetch the pages in the sitemap at this `URL`, too (repeatable)")
	f.IntVar(&o.SitemapDepth, "sitemap-depth", 0, "depth at which pages in sitemaps enter")
	f.BoolVar(&o.FollowCanonical, "follow-canonical", false, "take a page that names another as canonical for its duplicate")
	f.BoolVar(&o.RespectNoindex, "respect-noindex", false, "keep no content of pages that ask not to be indexed")
}

// endsFlags binds the flags that say where a crawl begins, and where it is written.
func (o *options) endsFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.urls, "urls", nil, "read more URLs to start from, one a line, from `file`; - is standard input (repeatable)")
	f.StringVar(&o.file, "file", "", "write the crawl file here; it must not exist (default: named for the first seed's\nhost and the time)")
}

// runFlags binds the flags that can differ from one run of a crawl to the next.
func (o *options) runFlags(f *pflag.FlagSet) {
	f.Float64VarP(&o.Rate, "rate", "r", crawler.DefaultRate, "requests per second to one domain; 0 is unlimited, for servers of your own")
	f.IntVarP(&o.Workers, "workers", "w", crawler.DefaultWorkers, "pages in work at once, over all domains")
	f.IntVar(&o.MaxPages, "max-pages", 0, "end after so many pages; 0 sets no limit")
	f.DurationVar(&o.MaxTime, "max-time", 0, "end after this time, such as 30m; pages in flight have ten seconds more; 0 sets no limit")
	f.StringArrayVarP(&o.Output, "output", "o", nil, "write results to `file` at the end, in the form of its ending: .jsonl, .csv, .txt,\n.parquet, .xml (sitemap) and others, see amble export; \"-\" writes JSON Lines\nto standard output as pages come (repeatable)")
	f.StringSliceVar(&o.FailOn, "fail-on", nil, "exit with 1 if pages failed: any, a class (dns, timeout, 4xx, ...) or a status (404);\nwith --since, if pages are new, changed, gone or unreached; broken: if links are")
	f.StringVar(&o.Since, "since", "", "ask only for what has changed since the crawl in this crawl `file`, and tell what has;\n\"none\" for none")
	f.StringArrayVarP(&o.header, "header", "H", nil, "send this header with every request, as `\"Name: value\"` (repeatable);\nnot kept in the crawl file; Authorization and Cookie go to the seeds' hosts alone")
	o.archiving.flags(f)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "say nothing but errors; a log file has everything all the same")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "say more: each page, each retry")
	f.StringVar(&o.logFormat, "log-format", "text", "messages as text or json; with --log-file, the form of that file")
}

// mannerFlags binds the flags that say how servers are asked.
func (o *options) mannerFlags(f *pflag.FlagSet) {
	f.IntVar(&o.Burst, "burst", 1, "requests that may go out together after a quiet time")
	f.IntVar(&o.PerHost, "per-host", 1, "connections at a time to one domain (or host, with --limit-by host)")
	f.StringVar(&o.LimitBy, "limit-by", "domain", "what --rate and --per-host count: domain (all its hosts together), host, or ip\n(domain, and all hosts at one IP address as well)")
	f.DurationVar(&o.MaxCrawlDelay, "max-crawl-delay", crawler.DefaultMaxCrawlDelay, "longest interval that a robots.txt may ask for")
	f.Float64Var(&o.Adaptive, "adaptive", crawler.DefaultAdaptive, "pause after an answer, in multiples of the time it took the server; 0 for none")
	f.DurationVar(&o.MaxBackoff, "max-backoff", crawler.DefaultMaxBackoff, "longest pause after a failure, also if Retry-After asks for more")
	f.Var(&o.Bandwidth, "bandwidth", "bytes per second over all domains, on average; with K, M or G; 0 sets no limit")
	f.IntVar(&o.Retries, "retries", crawler.DefaultRetries, "repetitions after a timeout, a connection that breaks or is refused, 429 or 5xx")
	f.StringVar(&o.Contact, "contact", "", "who answers for the crawl: an e-mail address or a URL, sent with every request")
	f.StringVar(&o.UserAgent, "user-agent", crawler.DefaultUserAgent, "who asks; the part before the first / is the name for robots.txt")
	f.BoolVar(&o.IgnoreRobots, "ignore-robots", false, "do not read robots.txt: for sites of your own only")
}

func completions(cmd *cobra.Command) {
	fixed := func(flag string, values ...string) {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	fixed("scope", "host", "domain", "prefix", "any")
	fixed("limit-by", "domain", "host", "ip")
	fixed("log-format", "text", "json")
}

// config checks the options and turns them into a crawler's.
func (o *options) config() (crawler.Config, error) {
	c := crawler.Config{
		MaxDepth: o.Depth, Scope: crawler.Scope(o.Scope), MaxPages: o.MaxPages, MaxTime: o.MaxTime,
		Rate: o.Rate, Burst: o.Burst, PerHost: o.PerHost, LimitBy: crawler.LimitBy(o.LimitBy), Workers: o.Workers,
		Timeout: o.Timeout, Retries: o.Retries, MaxBody: int64(o.MaxBody), UserAgent: o.UserAgent, Header: make(http.Header),
		IgnoreRobots: o.IgnoreRobots, Resolve: o.Resolve, File: o.file,
		MaxCrawlDelay: o.MaxCrawlDelay, MaxBackoff: o.MaxBackoff, Adaptive: o.Adaptive, Bandwidth: int64(o.Bandwidth),
		Sitemaps: o.Sitemaps, SitemapURLs: o.Sitemap, SitemapDepth: o.SitemapDepth,
		RespectNoindex: o.RespectNoindex, FollowCanonical: o.FollowCanonical, Contact: o.Contact,
		Check: o.checks.config(),
	}
	if o.Adaptive < 0 {
		return c, usage("--adaptive %v: use a positive number, or 0 for none", o.Adaptive)
	}
	if o.Adaptive == 0 {
		c.Adaptive = crawler.None
	}
	if err := o.supervision.check(); err != nil {
		return c, err
	}
	if o.quiet && o.verbose && o.logFile == "" {
		return c, usage("--quiet and --verbose contradict each other (but with --log-file, where the pages then go)")
	}
	for _, empty := range []struct{ flag, value string }{{"scope", o.Scope}, {"limit-by", o.LimitBy}, {"user-agent", o.UserAgent}} {
		if empty.value == "" {
			return c, usage("--%s is empty", empty.flag)
		}
	}
	if o.Depth < -1 {
		return c, usage("--depth %d: use 0 for the seeds alone, or -1 for no limit", o.Depth)
	}
	if !(o.Rate >= 0 && o.Rate < math.MaxFloat64) { // NaN is neither
		return c, usage("--rate %v: use a positive number, or 0 for no limit", o.Rate)
	}
	if o.Rate == 0 {
		c.Rate = crawler.Unlimited
	}
	if o.Retries < 0 {
		return c, usage("--retries %d: use 0 for none", o.Retries)
	}
	if o.Retries == 0 {
		c.Retries = crawler.None
	}
	for _, n := range []struct {
		flag  string
		value int64
		least int64
	}{
		{"workers", int64(o.Workers), 1}, {"per-host", int64(o.PerHost), 1}, {"burst", int64(o.Burst), 1},
		{"max-body", int64(o.MaxBody), 1}, {"timeout", int64(o.Timeout), 1}, {"max-pages", int64(o.MaxPages), 0},
		{"max-time", int64(o.MaxTime), 0}, {"max-crawl-delay", int64(o.MaxCrawlDelay), 1}, {"max-backoff", int64(o.MaxBackoff), 1},
		{"sitemap-depth", int64(o.SitemapDepth), 0}, {"max-links", int64(o.MaxLinks), 1},
	} {
		if n.value < 0 || n.value < n.least {
			return c, usage("--%s must be %s", n.flag, map[int64]string{0: "0 or more", 1: "more than 0"}[n.least])
		}
	}
	if o.logFormat != "text" && o.logFormat != "json" {
		return c, usage("--log-format %q: use text or json", o.logFormat)
	}
	var err error
	if c.Include, err = expressions("include", o.Include); err != nil {
		return c, err
	}
	if c.Exclude, err = expressions("exclude", o.Exclude); err != nil {
		return c, err
	}
	for i, h := range o.header {
		name, value, ok := strings.Cut(h, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			// It is not shown, for it may be a secret.
			return c, usage("--header: the %s has no colon: use \"Name: value\"", ordinal(i+1))
		}
		if strings.EqualFold(name, "User-Agent") {
			return c, usage("--header %s: use --user-agent, which is also the name for robots.txt", name)
		}
		c.Header.Add(name, strings.TrimSpace(value))
		if !slices.Contains(o.HeaderNames, name) {
			o.HeaderNames = append(o.HeaderNames, name)
		}
	}
	if err := o.checkSitemaps(); err != nil {
		return c, err
	}
	if _, err := o.failures(); err != nil {
		return c, err
	}
	if err := o.budget(&c, time.Now()); err != nil {
		return c, err
	}
	if err := o.guard(&c); err != nil {
		return c, err
	}
	if err := o.taking.config(&c); err != nil {
		return c, err
	}
	if err := o.archive(&c); err != nil {
		return c, err
	}
	if err := o.compare(&c); err != nil {
		return c, err
	}
	if c.Mirror != "" && c.Since != "" {
		return c, usage("a copy (--mirror) cannot be made of what has changed since another crawl (--since): servers do not send what has not")
	}
	c.Note, err = json.Marshal(o)
	return c, err
}

// ordinal is the nth of a few, in words.
func ordinal(n int) string {
	if words := []string{"first", "second", "third"}; n <= len(words) {
		return words[n-1]
	}
	return strconv.Itoa(n) + "th"
}

func expressions(flag string, raw []string) ([]*regexp.Regexp, error) {
	var res []*regexp.Regexp
	for _, s := range raw {
		re, err := regexp.Compile(s)
		if err != nil {
			return nil, usage("--%s: %w", flag, err)
		}
		res = append(res, re)
	}
	return res, nil
}

// size is a number of bytes as people write it: 500, 64K, 10M, 1G, with powers of 1024.
type size int64

func (s *size) Set(v string) error {
	unit := int64(1)
	digits := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(v), "B"), "I")
	for i, u := range []string{"K", "M", "G"} {
		if rest, ok := strings.CutSuffix(digits, u); ok {
			digits, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return fmt.Errorf("%q is no size: write 500, 64K, 10M or 1G", v)
	}
	*s = size(n * unit)
	return nil
}

func (s *size) String() string {
	n := int64(*s)
	for _, u := range []string{"", "K", "M"} {
		if n%1024 != 0 || n == 0 {
			return strconv.FormatInt(n, 10) + u
		}
		n /= 1024
	}
	return strconv.FormatInt(n, 10) + "G"
}

func (*size) Type() string { return "size" }

const userInURL = "a user name or password in a URL would end up in the results: use --auth or --auth-file instead"

// seeds gathers the seeds of the command line and of --urls files. A seed without a scheme is taken for http.
func (o *options) seeds(args []string, stdin io.Reader) ([]string, error) {
	raw := args
	for _, name := range o.urls {
		more, err := readSeeds(name, stdin)
		if err != nil {
			return nil, err
		}
		raw = append(raw, more...)
	}
	if len(raw) == 0 {
		return nil, usage("no URL to start from: name one, or a list with --urls FILE")
	}
	var seeds []string
	for _, s := range raw {
		if name, ok := strings.CutPrefix(s, "testsite:"); ok {
			o.Testsite = append(o.Testsite, name)
			continue
		}
		if s = withScheme(s); s == "" {
			return nil, usage("one of the URLs to start from is empty")
		}
		if hasUser(s) {
			return nil, usage(userInURL)
		}
		seeds = append(seeds, s)
	}
	if len(seeds) > 0 && len(o.Testsite) > 0 {
		return nil, usage("testsite:%s cannot be crawled together with %s: a bundled site stands apart from the network", o.Testsite[0], seeds[0])
	}
	return seeds, nil
}

// checkSitemaps reads the URLs of --sitemap as those to start from are read. They are kept in the crawl file, too.
func (o *options) checkSitemaps() error {
	for i, s := range o.Sitemap {
		if s = withScheme(s); hasUser(s) {
			return usage("--sitemap: " + userInURL)
		}
		if _, err := crawler.CheckSeeds(s); err != nil {
			return usage("--sitemap: %s", strings.TrimPrefix(err.Error(), "crawler: "+crawler.ErrSeed.Error()+": "))
		}
		o.Sitemap[i] = s
	}
	return nil
}

// withScheme adds http to an address that names no scheme: example.com/a, localhost:8080.
func withScheme(s string) string {
	s = strings.TrimSpace(s)
	if scheme, rest, ok := strings.Cut(s, ":"); s == "" || ok && !strings.ContainsAny(scheme, "./[?#") && (rest == "" || rest[0] < '0' || rest[0] > '9') {
		return s
	}
	return "http://" + s
}

// hasUser reports whether a user, or a password, stands before the host of what was given as a URL, be it sound or not: "u:p@host"
// has none but a scheme that nobody knows, and errors quote those. An e-mail address is no secret.
func hasUser(s string) bool {
	scheme, rest, _ := strings.Cut(s, ":")
	switch strings.ToLower(scheme) {
	case "mailto":
		return false
	case "http", "https":
		s = strings.TrimLeft(rest, `/\`)
	default:
		if _, rest, ok := strings.Cut(s, "//"); ok {
			s = rest
		}
	}
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		s = s[:i]
	}
	return strings.Contains(s, "@")
}

func readSeeds(name string, stdin io.Reader) ([]string, error) {
	in := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, usage("--urls: %w", err)
		}
		defer f.Close()
		in = f
	}
	var seeds []string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if s := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); s != "" && !strings.HasPrefix(s, "#") {
			seeds = append(seeds, s)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, usage("--urls %s: %w", name, err)
	}
	return seeds, nil
}
