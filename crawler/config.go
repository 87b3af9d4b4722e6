package crawler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"amble/crawler/fetch"
	"amble/crawler/fields"
	"amble/frontier/canon"
	"amble/politeness"
)

// Version is amble's version.
const Version = "0.1.0"

// Homepage is where the people whose sites are crawled can read what amble is and how to keep it out.
const Homepage = "https://amble.example/bot"

// The values that the zero Config stands for.
const (
	DefaultUserAgent    = "amble/" + Version + " (+" + Homepage + ")"
	DefaultRate         = 1.0
	DefaultWorkers      = 64
	DefaultTimeout      = 30 * time.Second
	DefaultRetries      = 2
	DefaultMaxRedirects = 10
	DefaultMaxBody      = 10 << 20
	DefaultMaxLinks     = 100_000
	DefaultMaxRatio     = fetch.DefaultMaxRatio
	DefaultMinSpeed     = fetch.DefaultMinSpeed
	DefaultAdaptive     = 1.0
	// DefaultMaxCrawlDelay and DefaultMaxBackoff bound how long a server can make a crawl wait.
	DefaultMaxCrawlDelay = 5 * time.Minute
	DefaultMaxBackoff    = politeness.MaxBackoff
)

// MaxWorkers is the greatest number of workers, and of connections to a domain: beyond it they cost memory and bring nothing.
const MaxWorkers = 10_000

// Unlimited, as a Rate, asks for no limit; as a MaxDepth, for no limit either. None, as Retries or MaxRedirects, asks
// for none.
const (
	Unlimited = -1
	None      = -1
)

// Hours are hours of the day.
type Hours = politeness.Hours

// ParseHours reads hours as "22:00-06:00"; they are those of the zone.
func ParseHours(s string, zone *time.Location) (Hours, error) { return politeness.ParseHours(s, zone) }

// Rewrite is what may be changed of the URLs that pages name before they are asked for.
type Rewrite = canon.Rewrite

// LimitBy says which requests share a rate.
type LimitBy string

const (
	ByDomain LimitBy = "domain" // all hosts of a registrable domain (by the public suffix list) together
	ByHost   LimitBy = "host"   // each host name for itself
	ByIP     LimitBy = "ip"     // as ByDomain, and all hosts at one IP address together as well
)

// Config says what to crawl and with what manners. The zero value crawls the seeds alone, politely.
type Config struct {
	// MaxDepth is the greatest number of clicks from a seed: 0 fetches the seeds alone, a negative number sets no limit.
	MaxDepth int
	// Scope says which links belong to the crawl; "" means ScopeHost.
	Scope Scope
	// Include, if not empty, keeps only URLs that match one of the expressions; Exclude leaves out those that match one. Both see
	// the whole canonical URL. Seeds are fetched in any case.
	Include, Exclude []*regexp.Regexp
	// MaxPages is the number of URLs to fetch at the most; 0 means no limit. URLs that robots.txt disallows do not count.
	MaxPages int
	// MaxTime ends the crawl after so long, as Stop does, but that pages in flight have ten seconds more: then they are left to another
	// run. So does StopAt. 0 means no limit.
	MaxTime time.Duration

	// MaxBytes ends the crawl when so many bytes have been received, over all its runs; 0 means no limit. What is in flight then is
	// finished.
	MaxBytes int64
	// MaxHostBytes is how many bytes may be received from one origin (scheme, host and port), over all runs: what is left there stays
	// pending. 0 means no limit.
	MaxHostBytes int64
	// StopAt ends the crawl at that time, by the clock on the wall, as Stop does; zero means never.
	StopAt time.Time
	// Hours are the hours of the day in which requests are made; nil means all. Outside them the crawl pauses.
	Hours *Hours
	// MinFreeDisk pauses the crawl while fewer bytes are free on the disk of File; 0 means never.
	MinFreeDisk int64

	// Rate is the number of requests per second to one domain; 0 means DefaultRate, Unlimited (or any negative number)
	// no limit. A robots.txt that asks for a longer delay is obeyed.
	Rate float64
	// Burst is how many requests may go out together after a quiet time; 0 means 1.
	Burst int
	// PerHost is the number of connections to one domain at a time; 0 means 1. It does not raise the rate.
	PerHost int
	// LimitBy says which requests share Rate and PerHost; "" means ByDomain.
	LimitBy LimitBy
	// MaxCrawlDelay bounds the interval that a robots.txt may ask for; 0 means DefaultMaxCrawlDelay.
	MaxCrawlDelay time.Duration
	// Adaptive is the pause after each answer, in multiples of the time that the server took for it (from the request to the last
	// byte), at most 30 s; 0 means DefaultAdaptive, None (or any negative number) none. An unlimited Rate has none either.
	Adaptive float64
	// MaxBackoff bounds each pause after a failure, also one that a server asks for by Retry-After; 0 means
	// DefaultMaxBackoff.
	MaxBackoff time.Duration
	// Bandwidth is the number of bytes per second, over all domains, that answers may amount to: no request begins while they are
	// more. 0 means no limit.
	Bandwidth int64

	// Sitemaps fetches the sitemaps that robots.txt names; SitemapURLs are fetched besides. The pages they list enter at SitemapDepth,
	// as if they were that many clicks from a seed.
	Sitemaps     bool
	SitemapURLs  []string
	SitemapDepth int
	// RespectNoindex keeps no content of pages that ask not to be indexed: neither title nor texts, images, meta or hash.
	RespectNoindex bool
	// FollowCanonical takes a page that names another one as canonical for its duplicate: that one is fetched instead of what
	// the page links to.
	FollowCanonical bool

	// Fields are what is taken out of HTML pages besides: see package fields. Structured takes all that pages say in JSON-LD, microdata and
	// OpenGraph, too. What there is of them on a page is in PageData.Fields. A page that asks not to be indexed has none under
	// RespectNoindex. Neither can change when a crawl is resumed.
	Fields     []FieldRule
	Structured bool

	// Check says what is checked besides the pages that are read, once these are done: it needs a File. What is checked is no page: it does
	// not count for MaxPages, is not yielded and leads nowhere. crawlfile.File.Broken has what came of it.
	Check Checks

	// Limits bounds what a site can make of itself: what looks endless is held back.
	Limits Limits
	// StopAtDuplicates leaves alone the links of pages with the same text, or nearly the same, as one that was met before, which
	// is fetched once however many URLs it has. Which of them comes first, and so is expanded, depends on timing.
	StopAtDuplicates bool
	// Rewrite changes the URLs that links, redirects and sitemaps name before they are asked for. The zero Rewrite changes
	// nothing: a server is asked for what its pages name.
	Rewrite Rewrite

	// IgnoreRobots leaves robots.txt unread. Use it on sites of your own only.
	IgnoreRobots bool

	// Workers is the number of pages in work at once, over all domains; 0 means DefaultWorkers.
	Workers int
	// Timeout bounds one request, from the name lookup to the last byte; 0 means DefaultTimeout.
	Timeout time.Duration
	// Retries is how often a request that timed out, broke off, was refused, or was answered 429 or 5xx is made again; 0 means
	// DefaultRetries, None (or any negative number) never.
	Retries int
	// MaxRedirects is the number of redirects in a row that count as part of the click which led to the first of them;
	// each further one counts as a click of its own. 0 means DefaultMaxRedirects, None (or any negative number) that every
	// redirect is a click.
	MaxRedirects int
	// MaxBody is the number of bytes of a page that are read, after content decoding; 0 means DefaultMaxBody. A longer
	// page is cut there.
	MaxBody int64
	// MaxLinks is how many different links of a page are read, and as many images; 0 means DefaultMaxLinks, which no page of
	// DefaultMaxBody bytes that people read is known to have. What is over is left out, and the page counts as Truncated.
	MaxLinks int
	// MaxRatio is how many times its encoded size a body may decode to, judged once it is large; 0 means DefaultMaxRatio, None (or
	// any negative number) that anything goes. Beyond it the page fails: it is a decompression bomb.
	MaxRatio int
	// MinSpeed is the least number of bytes a second, on average over ten seconds, at which an answer's body may come; 0 means
	// DefaultMinSpeed, None (or any negative number) that it may come as slowly as Timeout allows.
	MinSpeed int64
	// ReadAll reads bodies that are not HTML too, for their size and hash.
	ReadAll bool

	// UserAgent is sent with every request, and its product token (the letters before the first "/") is the name by
	// which robots.txt may address the crawl; "" means DefaultUserAgent.
	UserAgent string
	// Contact is who answers for the crawl, an e-mail address or a URL: it is added to the User-Agent, and an address is sent
	// as From (RFC 9110, section 10.1.2), too. Empty means nobody is named.
	Contact string
	// Header is sent with every request, besides. What speaks for the user in it (Authorization, Cookie,
	// X-Api-Key, or whatever is named for a secret) goes to the origins of the seeds alone.
	Header http.Header
	// Auth are logins, each for one origin; one without an origin is for those of the seeds. They go nowhere else.
	Auth []Auth
	// Cookies keeps the cookies that servers set for as long as the crawl runs, and sends them back by the rules of RFC 6265. They
	// are never written anywhere. CookieFile names a file in Netscape's format with cookies to begin with; it implies
	// Cookies.
	Cookies    bool
	CookieFile string

	// AllowPrivate lets the crawl go to private, loopback, link-local and other special addresses. Without it only the hosts of the
	// seeds may lie there: no page can lead the crawl into the user's network. It is judged by the address that is
	// connected to. Behind a proxy, and with a Dial or Transport, only addresses in URLs can be judged.
	AllowPrivate bool
	// Proxy is the URL of the proxy for all requests (http, https, socks5 or socks5h, with a user and a password if need be);
	// "" means what the environment says (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), "none" that there is none.
	Proxy string
	// Insecure accepts any certificate. Whoever is on the way can then read and change everything.
	Insecure bool
	// CAFile names a file of certificate authorities (PEM) to trust besides the system's.
	CAFile string
	// ClientCert and ClientKey name files (PEM) with a certificate and its key to show to the hosts of the seeds. With an empty
	// ClientKey both are in ClientCert.
	ClientCert, ClientKey string
	// Resolve holds entries host:port:address that stand in for the name service, as in curl; the host may be "*".
	Resolve []string
	// Dial makes connections; nil means the network.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Transport sends requests in place of amble's own client, in tests for example; nil means amble's own.
	Transport http.RoundTripper

	// File is the path of the crawl file to write, which must not exist; "" means none. Without a crawl file the links
	// of all pages stay in memory for as long as the crawl runs.
	File string
	// WARC is the name of an archive to write (WARC 1.1), which must not exist and ends in .warc.gz, or in .warc for one without compression: every request
	// that was answered and its answer, those for robots.txt and sitemaps, redirects and failures included. "" means none. It needs
	// a File, and agrees with it after any death; a crawl that is resumed takes the same WARC again. Bodies are read for it that the crawl has no
	// other use for, up to MaxBody bytes; what is longer is cut and says so. Headers that speak for the user are left out of it, and the
	// cookies that are set in answer to them, unless WARCSecrets is true. See package warc.
	WARC        string
	WARCSecrets bool
	// WARCMaxSize is the size in bytes at which the archive goes on in a new file, numbered as in example-00002.warc.gz; 0 means never. What is
	// committed together stays together, if that makes a file larger.
	WARCMaxSize int64
	// Mirror is the folder for a copy of the site that can be browsed from a disk, which must be empty, or not exist; "" means none. The copy has all
	// pages, and whatever else the crawl fetches, up to MaxBody bytes each (what is longer is left out), and what pages and style sheets need to be
	// shown, wherever that lies: this is fetched when the pages are done, as by Check.Assets, which Mirror implies. It needs a File, and
	// agrees with it after any death. Its files are made when the crawl ends, be it by a limit; a crawl that is resumed takes the same Mirror again. It
	// cannot go with Since: what has not changed is not sent. See package mirror.
	Mirror string
	// Since is the path of the crawl file of an earlier crawl, of these or other seeds, finished or not; "" means none. Pages on record there
	// are asked for on the condition that they have changed (RFC 9110, section 13), where the server gave validators and the earlier
	// crawl read pages in the same way (UserAgent's product token, MaxBody, MaxLinks, RespectNoindex, Rewrite). The record of
	// one that has not changed is carried over, so that the crawl comes to the same pages as it would without Since, and its crawl file
	// stands for itself. All pages are marked by what has become of them (see PageData.Change). The file is only read. A crawl that is
	// resumed takes the same Since again.
	Since string
	// Note is kept in the crawl file as it is: what a program wants to know again when the crawl is resumed, where another one takes its
	// place unless it is empty. It must be JSON, or empty.
	Note     []byte
	rewriter *canon.Rewriter
	fields   *fields.Extractor // nil if nothing is wanted

	// Logger is told what is worth telling while the crawl runs; nil means silence.
	Logger *slog.Logger
}

// withDefaults checks the configuration and puts the defaults in the place of zeros.
func (c Config) withDefaults() (Config, error) {
	bad := func(format string, args ...any) (Config, error) {
		return Config{}, fmt.Errorf("crawler: "+format, args...)
	}
	if c.Scope == "" {
		c.Scope = ScopeHost
	}
	if !c.Scope.valid() {
		return bad("scope %q is not known: use host, domain, prefix or any", c.Scope)
	}
	if c.LimitBy == "" {
		c.LimitBy = ByDomain
	}
	if c.LimitBy != ByDomain && c.LimitBy != ByHost && c.LimitBy != ByIP {
		return bad("cannot limit by %q: use domain, host or ip", c.LimitBy)
	}
	if math.IsNaN(c.Rate) || math.IsInf(c.Rate, 0) {
		return bad("a rate of %v requests per second makes no sense", c.Rate)
	}
	if c.Rate == 0 {
		c.Rate = DefaultRate
	}
	if c.Rate > 0 && c.Rate < 1.0/(7*24*3600) {
		return bad("a rate of %v requests per second is less than one a week", c.Rate)
	}
	for _, n := range []struct {
		name  string
		value int
	}{{"MaxPages", c.MaxPages}, {"Burst", c.Burst}, {"PerHost", c.PerHost}, {"Workers", c.Workers}, {"SitemapDepth", c.SitemapDepth}, {"MaxLinks", c.MaxLinks}} {
		if n.value < 0 {
			return bad("%s must not be negative; 0 is the default", n.name)
		}
	}
	if c.Workers > MaxWorkers || c.PerHost > MaxWorkers {
		return bad("more than %d workers or connections to a domain are of no use", MaxWorkers)
	}
	if c.Retries > 1000 {
		return bad("more than 1000 retries are of no use")
	}
	if c.SitemapDepth > 1_000_000 {
		return bad("sitemaps deeper than a million clicks are of no use")
	}
	if math.IsNaN(c.Adaptive) || c.Adaptive > 1000 {
		return bad("an adaptive factor of %v makes no sense", c.Adaptive)
	}
	if c.MaxBytes < 0 || c.MaxHostBytes < 0 || c.MinFreeDisk < 0 {
		return bad("MaxBytes, MaxHostBytes and MinFreeDisk must not be negative; 0 sets no limit")
	}
	if err := c.mirrorConfig(); err != nil {
		return bad("%w", err)
	}
	if c.Check != (Checks{}) && c.File == "" {
		return bad("links are checked by what is on record of the pages: set File, too")
	}
	if c.MaxRedirects > 1000 {
		return bad("more than 1000 redirects in a row are of no use")
	}
	if c.Timeout < 0 || c.MaxTime < 0 || c.MaxBody < 0 || c.MaxCrawlDelay < 0 || c.MaxBackoff < 0 || c.Bandwidth < 0 {
		return bad("Timeout, MaxTime, MaxBody, MaxCrawlDelay, MaxBackoff and Bandwidth must not be negative; 0 is the default")
	}
	orDefault(&c.Burst, 1)
	orDefault(&c.PerHost, 1)
	orDefault(&c.Workers, DefaultWorkers)
	orDefault(&c.Timeout, DefaultTimeout)
	orDefault(&c.Retries, DefaultRetries)
	orDefault(&c.MaxRedirects, DefaultMaxRedirects)
	orDefault(&c.MaxBody, DefaultMaxBody)
	orDefault(&c.MaxLinks, DefaultMaxLinks)
	orDefault(&c.MaxCrawlDelay, DefaultMaxCrawlDelay)
	orDefault(&c.MaxBackoff, DefaultMaxBackoff)
	orDefault(&c.Adaptive, DefaultAdaptive)
	c.Adaptive = max(c.Adaptive, 0)
	c.Limits = c.Limits.withDefaults()
	orDefault(&c.UserAgent, DefaultUserAgent)
	c.Retries = max(c.Retries, 0)
	c.MaxRedirects = max(c.MaxRedirects, 0)
	if token := politeness.ProductToken(c.UserAgent); !strings.Contains(strings.ToLower(c.UserAgent), strings.ToLower(token)) {
		return bad("the user agent %q has no product token, such as \"mybot\" in \"mybot/1.0\": robots.txt could not address it", c.UserAgent)
	}
	rewriter, err := canon.NewRewriter(c.Rewrite)
	if err != nil {
		return bad("%w", err)
	}
	c.rewriter = rewriter
	if c.fields, err = fields.Compile(c.Fields, c.Structured); err != nil {
		return bad("%w", err)
	}
	if err := c.identify(); err != nil {
		return Config{}, err
	}
	if err := c.archiveConfig(); err != nil {
		return bad("%w", err)
	}
	if c.Header.Get("User-Agent") != "" {
		return bad("set the user agent by UserAgent, not by a header: robots.txt goes by it")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func orDefault[T comparable](v *T, d T) {
	if *v == *new(T) {
		*v = d
	}
}

// waitingInMemory is how many URLs of a domain wait in memory; the others wait in the crawl file.
const waitingInMemory = 16384

// window is that number; 0 where all wait in memory.
func (c *Config) window() int {
	if c.File == "" {
		return 0
	}
	return waitingInMemory
}

func (c *Config) hours() func(time.Time) time.Time {
	if c.Hours == nil {
		return nil
	}
	return c.Hours.Next
}

func (c *Config) limitBy() func(canon.URL) string {
	if c.LimitBy == ByHost {
		return canon.URL.Host
	}
	return canon.URL.Domain
}

// ErrSeed is the error of a seed that cannot be crawled.
var ErrSeed = errors.New("bad seed")

// identify puts the contact into the headers.
func (c *Config) identify() error {
	if c.Contact == "" {
		return nil
	}
	if strings.ContainsFunc(c.Contact, func(r rune) bool { return r <= ' ' || r > '~' || r == '(' || r == ')' }) {
		return fmt.Errorf("crawler: contact %q: write an e-mail address or a URL", c.Contact)
	}
	c.UserAgent += " (+" + c.Contact + ")"
	if a, err := mail.ParseAddress(c.Contact); err == nil && c.Header.Get("From") == "" {
		c.Header = c.Header.Clone()
		if c.Header == nil {
			c.Header = make(http.Header)
		}
		c.Header.Set("From", a.Address)
	}
	return nil
}

// ProductToken is the name by which robots.txt may address a crawl with this configuration (RFC 9309, section 2.2.1).
func ProductToken(c Config) string {
	orDefault(&c.UserAgent, DefaultUserAgent)
	return politeness.ProductToken(c.UserAgent)
}
