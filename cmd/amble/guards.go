package main

import (
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"amble/crawler"
)

// networkFlags binds the flags that say by what way servers are reached, and as whom.
func (o *options) networkFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.AllowPrivate, "allow-private", false, "go to private, loopback and link-local addresses too;\nwithout it only the hosts of the URLs that the crawl starts from may lie there")
	f.StringVar(&o.Proxy, "proxy", "", "send requests through the proxy at this `URL`: http, https, socks5 or socks5h;\n\"none\" uses none (default: HTTP_PROXY, HTTPS_PROXY and NO_PROXY say)")
	f.StringArrayVar(&o.Resolve, "resolve", nil, "connect to this address without asking DNS, as `host:port:address` (repeatable; host may be *)")
	f.StringVar(&o.CAFile, "ca-file", "", "trust the certificate authorities in this PEM `file` besides the system's")
	f.StringVar(&o.ClientCert, "client-cert", "", "show the client certificate in this PEM `file` to the hosts of the first URLs")
	f.StringVar(&o.ClientKey, "client-key", "", "its private key, in this PEM `file`, if it is not in the same one")
	f.BoolVar(&o.Insecure, "insecure", false, "do not verify certificates: whoever is on the way can then read and change everything")
	f.StringArrayVar(&o.auth, "auth", nil, "log in with `\"[ORIGIN] basic USER:PASSWORD\"` or \"[ORIGIN] bearer TOKEN\" at that origin alone,\nor at those of the first URLs (repeatable; not kept in the crawl file)")
	f.StringVar(&o.AuthFile, "auth-file", "", "read such logins from this `file`, one a line: other users of the machine can read command lines")
	f.BoolVar(&o.Cookies, "cookies", false, "keep the cookies that servers set, for as long as the crawl runs")
	f.StringVar(&o.CookieFile, "cookie-file", "", "begin with the cookies in this `file` in Netscape's format, as curl and browsers' add-ons write it;\nimplies --cookies")
}

// limitFlags binds the flags that bound what a site can cost.
func (o *options) limitFlags(f *pflag.FlagSet) {
	o.MaxBody = crawler.DefaultMaxBody
	f.Var(&o.MaxBody, "max-body", "read so much of a page, after decompression; with K, M or G")
	f.IntVar(&o.MaxLinks, "max-links", crawler.DefaultMaxLinks, "read so many different links of a page, and as many images; of no more than 10,000 hosts")
	f.IntVar(&o.MaxRatio, "max-ratio", crawler.DefaultMaxRatio, "give up a page that decompresses to more than so many times its size; 0 sets no limit")
	f.DurationVar(&o.Timeout, "timeout", crawler.DefaultTimeout, "time for one request, from name lookup to last byte")
	o.MinSpeed = size(crawler.DefaultMinSpeed)
	f.Var(&o.MinSpeed, "min-speed", "give up an answer that comes in at fewer bytes a second; 0 sets no limit")
	o.Limits = crawler.DefaultLimits
	for _, l := range limits(&o.Limits) {
		f.IntVar(l.value, l.flag, *l.value, l.usage)
	}
	f.BoolVar(&o.StopAtDuplicates, "stop-at-duplicates", false, "leave the links of pages alone that say the same as another one, or nearly so")
}

// limit is a flag that holds back URLs.
type limit struct {
	flag  string
	value *int
	usage string
}

func limits(v *crawler.Limits) []limit {
	return []limit{
		{"max-url-length", &v.URLLength, "hold back URLs of more bytes; 0 sets no limit, here and below"},
		{"max-path-depth", &v.PathDepth, "hold back URLs with more segments in the path"},
		{"max-path-repeats", &v.PathRepeats, "hold back URLs whose path repeats itself more often in a row, as /a/b/a/b does twice"},
		{"max-years-ahead", &v.YearsAhead, "hold back calendars' URLs for dates that are further ahead"},
		{"max-redirect-chain", &v.RedirectChain, "follow no more redirects in a row"},
		{"max-host-pages", &v.HostPages, "URLs of one host (with its scheme and port)"},
		{"max-path-queries", &v.PathQueries, "URLs that differ in nothing but the query"},
		{"max-query-orders", &v.QueryOrders, "URLs that differ in nothing but the order of the query's parameters"},
		{"max-session-ids", &v.SessionIDs, "URLs that differ in nothing but a session id"},
		{"max-domain-hosts", &v.DomainHosts, "hosts of one domain"},
	}
}

// rewriteFlags binds the flags that change URLs.
func (o *options) rewriteFlags(f *pflag.FlagSet) {
	f.StringSliceVar(&o.DropParams, "drop-param", nil, "leave out these parameters of links: `names`, with * for anything, as in utm_*,gclid (repeatable)")
	f.BoolVar(&o.SortQuery, "sort-query", false, "sort the parameters of links by name")
	f.BoolVar(&o.StripQuery, "strip-query", false, "leave out the queries of links")
}

// guard checks what these flags say and hands it to the crawler's configuration.
func (o *options) guard(c *crawler.Config) error {
	c.Limits, c.StopAtDuplicates = o.Limits, o.StopAtDuplicates
	for _, l := range limits(&c.Limits) {
		if err := orNone(l.flag, l.value); err != nil {
			return err
		}
	}
	c.MaxLinks, c.MaxRatio, c.MinSpeed = o.MaxLinks, o.MaxRatio, int64(o.MinSpeed)
	if err := orNone("max-ratio", &c.MaxRatio); err != nil {
		return err
	}
	if c.MinSpeed == 0 {
		c.MinSpeed = crawler.None
	}
	c.Rewrite = crawler.Rewrite{StripQuery: o.StripQuery, SortQuery: o.SortQuery, DropParams: o.DropParams}
	c.AllowPrivate, c.Insecure = o.AllowPrivate, o.Insecure
	c.CAFile, c.ClientCert, c.ClientKey = o.CAFile, o.ClientCert, o.ClientKey
	c.Cookies, c.CookieFile = o.Cookies, o.CookieFile
	c.Proxy, o.Proxy, o.ProxyUser = o.Proxy, withoutUser(o.Proxy), o.Proxy != withoutUser(o.Proxy)
	return o.logins(c)
}

// orNone turns a limit of the command line, where 0 sets none, into one of the crawler's.
func orNone(flag string, value *int) error {
	if *value < 0 {
		return usage("--%s %d: use a positive number, or 0 for no limit", flag, *value)
	}
	if *value == 0 {
		*value = crawler.None
	}
	return nil
}

// withoutUser is the URL of a proxy without user and password.
func withoutUser(proxy string) string {
	scheme, rest, ok := strings.Cut(proxy, "://")
	if at := strings.LastIndexByte(rest, '@'); ok && at >= 0 {
		return scheme + "://" + rest[at+1:]
	}
	return proxy
}

// logins reads --auth and --auth-file, and notes for whom --auth must be given again when the crawl is resumed.
func (o *options) logins(c *crawler.Config) error {
	for _, s := range o.auth {
		a, err := crawler.ParseAuth(s)
		if err != nil {
			return usage("--auth: %w", err)
		}
		c.Auth = append(c.Auth, a)
		if !slices.Contains(o.AuthOrigins, a.Origin) {
			o.AuthOrigins = append(o.AuthOrigins, a.Origin)
		}
	}
	if o.AuthFile == "" {
		return nil
	}
	f, err := os.Open(o.AuthFile)
	if err != nil {
		return usage("--auth-file: %w", err)
	}
	defer f.Close()
	more, err := crawler.ReadAuth(f)
	if err != nil {
		return usage("--auth-file %s: %w", o.AuthFile, err)
	}
	c.Auth = append(c.Auth, more...)
	return nil
}

// missing names what the crawl was begun with that is kept nowhere, as it may be secret, and that was not given again.
func (o *options) missing(begun *options, c *crawler.Config) (flags []string) {
	for _, name := range begun.HeaderNames {
		if c.Header.Get(name) == "" {
			flags = append(flags, "--header "+name)
		}
	}
	for _, origin := range begun.AuthOrigins {
		if slices.ContainsFunc(c.Auth, func(a crawler.Auth) bool { return a.Origin == origin }) {
			continue
		}
		if origin == "" {
			origin = "(for the first URLs)"
		}
		flags = append(flags, "--auth "+origin)
	}
	if begun.ProxyUser && c.Proxy == begun.Proxy {
		flags = append(flags, "--proxy with user and password")
	}
	return flags
}
