package crawler

import (
	"fmt"
	"io"
	"math"
	"os"

	"amble/crawler/fetch"
	"amble/frontier/canon"
)

// Auth is a login for one origin. However it is printed, it hides its secrets.
type Auth = fetch.Auth

// The schemes of Auth.
const (
	AuthBasic  = fetch.AuthBasic  // RFC 7617
	AuthBearer = fetch.AuthBearer // RFC 6750
)

// ParseAuth reads "basic USER:PASSWORD" or "bearer TOKEN", with an origin in front or without one. Its error quotes nothing.
func ParseAuth(s string) (Auth, error) { return fetch.ParseAuth(s) }

// ReadAuth reads one such login from each line; lines that are empty or begin with # are passed over. An error names the line
// and quotes nothing.
func ReadAuth(r io.Reader) ([]Auth, error) { return fetch.ReadAuth(r) }

// newClient makes the client of a crawl. The hosts of the seeds may lie in private networks, and may see a client certificate.
func newClient(c *Config, seeds []canon.URL) (*fetch.Client, error) {
	own := make([]string, len(seeds))
	for i, u := range seeds {
		own[i] = u.Host()
	}
	cookies, err := c.cookies()
	if err != nil {
		return nil, err
	}
	ratio := c.MaxRatio
	if ratio < 0 {
		ratio = math.MaxInt32 // more than any coding can do
	}
	return fetch.New(fetch.Config{
		UserAgent: c.UserAgent, Header: c.Header, Auth: c.Auth, Cookies: cookies, ConnsPerHost: c.PerHost, ReadAll: c.ReadAll,
		Timeout: c.Timeout, MaxBody: c.MaxBody, MaxRatio: ratio, MinSpeed: c.MinSpeed, Large: largeBodies(),
		Record: c.WARC != "", RecordSecrets: c.WARCSecrets,
		Proxy: c.Proxy, Insecure: c.Insecure, CAFile: c.CAFile, ClientCert: c.ClientCert, ClientKey: c.ClientKey,
		AllowPrivate: c.AllowPrivate, OwnHosts: own, Resolve: c.Resolve, Dial: c.Dial, Transport: c.Transport,
	})
}

// cookies are those that a crawl begins with; nil if it is to have none.
func (c *Config) cookies() (*fetch.Cookies, error) {
	if !c.Cookies && c.CookieFile == "" {
		return nil, nil
	}
	jar := fetch.NewCookies()
	if c.CookieFile == "" {
		return jar, nil
	}
	f, err := os.Open(c.CookieFile)
	if err != nil {
		return nil, fmt.Errorf("crawler: the cookie file: %w", err)
	}
	defer f.Close()
	if err := jar.ReadNetscape(f); err != nil {
		return nil, fmt.Errorf("crawler: the cookie file %s: %w", c.CookieFile, err)
	}
	return jar, nil
}
