package fetch

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"amble/crawler/page"
)

const allowHint = ": --allow-private lets the crawl go there"

// world replaces the network of a Client: names say where its hosts are, and what is dialled is noted and refused.
func world(c *Client, names map[string][]netip.Addr) (dialled *[]string) {
	dialled = new([]string)
	c.dialer.names = newNames(func(_ context.Context, host string) resolution {
		addrs := names[host]
		if addrs == nil {
			return resolution{err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
		}
		return resolution{addrs: addrs}
	}, time.Minute)
	c.dialer.connect = func(_ context.Context, _, addr string) (net.Conn, error) {
		*dialled = append(*dialled, addr)
		return nil, errors.New("dialled")
	}
	return dialled
}

func TestPrivateNetworksAreOutOfReach(t *testing.T) {
	names := map[string][]netip.Addr{
		"intranet.example": addresses("10.0.0.1"),
		"metadata.example": addresses("169.254.169.254"),
		"mixed.example":    addresses("::1", "192.88.98.1", "127.0.0.1", "2606:4700::1"),
		"mapped.example":   addresses("::ffff:192.168.1.1"),
		"public.example":   addresses("192.88.98.1"),
		"several.example":  addresses("fe80::1", "10.0.0.1"),
	}
	for _, test := range []struct {
		url     string
		text    string // why it is refused; "" if it is not
		dialled string
	}{
		{"http://127.0.0.1/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"https://127.0.0.1:8443/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"http://0x7f.1/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"http://2130706433/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"http://0177.0.0.01/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"http://127.1/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"http://①②⑦.0.0.1/", "127.0.0.1 lies in this machine (loopback)", ""},
		{"http://[::1]/", "::1 lies in this machine (loopback)", ""},
		{"http://[::]/", ":: lies in this machine (unspecified address)", ""},
		{"http://0/", "0.0.0.0 lies in this machine (unspecified address)", ""},
		{"http://[::ffff:127.0.0.1]/", "::ffff:7f00:1 lies in this machine (loopback)", ""},
		{"http://[64:ff9b::10.0.0.1]/", "64:ff9b::a00:1 lies in a private network", ""},
		{"http://169.254.169.254/latest/meta-data/", "169.254.169.254 lies at a cloud's metadata service", ""},
		{"http://localhost/", "localhost lies in this machine (loopback)", ""},
		{"http://LOCALHOST.:8080/", "localhost. lies in this machine (loopback)", ""},
		{"http://a.localhost/", "a.localhost lies in this machine (loopback)", ""},
		{"http://intranet.example/", "intranet.example has the address 10.0.0.1, in a private network", ""},
		{"https://intranet.example/", "intranet.example has the address 10.0.0.1, in a private network", ""},
		{"http://metadata.example/", "metadata.example has the address 169.254.169.254, at a cloud's metadata service", ""},
		{"http://mapped.example/", "mapped.example has the address ::ffff:192.168.1.1, in a private network", ""},
		{"http://several.example/", "several.example has the address fe80::1, on the local link (link-local)", ""},
		{"http://mixed.example/", "", "192.88.98.1:80 [2606:4700::1]:80"},
		{"http://public.example/", "", "192.88.98.1:80"},
		{"http://192.88.98.1:81/", "", "192.88.98.1:81"},
		{"http://[2606:4700::1]/", "", "[2606:4700::1]:80"},
	} {
		t.Run(test.url, func(t *testing.T) {
			c := strictClient(t, Config{Proxy: "none"})
			dialled := world(c, names)
			r := c.Get(t.Context(), parse(t, test.url), Request{})
			if got := strings.Join(*dialled, " "); got != test.dialled {
				t.Errorf("dialled %q, want %q", got, test.dialled)
			}
			if test.text == "" {
				if r.Err == nil || r.Err.Class != page.Network {
					t.Errorf("got %v", r.Err)
				}
				return
			}
			if r.Err == nil || r.Err.Class != page.Private || r.Err.Text != test.text+allowHint || r.Requests != 0 {
				t.Errorf("got %v\nwant %s", r.Err, test.text+allowHint)
			}
			c = strictClient(t, Config{Proxy: "none", AllowPrivate: true})
			world(c, names)
			if r := c.Get(t.Context(), parse(t, test.url), Request{}); r.Err == nil || r.Err.Class == page.Private {
				t.Errorf("with AllowPrivate: %v", r.Err)
			}
		})
	}
}

// A mapped literal is another host than the one that the user named, although it leads to the same place.
func TestOwnHostsMayBePrivate(t *testing.T) {
	names := map[string][]netip.Addr{"seed.example": addresses("10.0.0.1"), "other.example": addresses("10.0.0.1")}
	c := strictClient(t, Config{Proxy: "none", OwnHosts: []string{"Seed.example", "127.0.0.1", "[::1]", "localhost", "::ffff:7f00:2"}})
	world(c, names)
	for url, want := range map[string]page.Class{
		"http://seed.example/":       page.Network, // it was dialled
		"http://seed.example:8080/":  page.Network,
		"https://seed.example/":      page.Network,
		"http://127.0.0.1:81/":       page.Network,
		"http://[::1]:81/":           page.Network,
		"http://localhost/":          page.DNS, // it was looked up
		"http://other.example/":      page.Private,
		"http://www.seed.example/":   page.DNS,
		"http://127.0.0.2/":          page.Private,
		"http://a.localhost/":        page.Private,
		"http://[::ffff:127.0.0.1]/": page.Private,
		"http://[::ffff:127.0.0.2]/": page.Network,
	} {
		if r := c.Get(t.Context(), parse(t, url), Request{}); r.Err == nil || r.Err.Class != want {
			t.Errorf("%s: %v, want %s", url, r.Err, want)
		}
	}
}

// A host of the user's is only as free as it was when it was first resolved, by a Get or by Locate.
func TestRebindingIsRefused(t *testing.T) {
	for _, test := range []struct {
		name          string
		first, second string
		locate        bool
		want          string // "" if the second may be dialled
	}{
		{"into the private network", "192.88.98.1", "10.0.0.1", false,
			"seed.example has the address 10.0.0.1, in a private network, where it was not when it was first asked" + allowHint},
		{"into the private network, located first", "192.88.98.1", "10.0.0.1", true,
			"seed.example has the address 10.0.0.1, in a private network, where it was not when it was first asked" + allowHint},
		{"from the private network to the metadata service", "10.0.0.1", "169.254.169.254", false,
			"seed.example has the address 169.254.169.254, at a cloud's metadata service, where it was not when it was first asked" + allowHint},
		{"within the private network", "10.0.0.1", "10.0.0.2", false, ""},
		{"out of the private network", "10.0.0.1", "192.88.98.1", false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				names := map[string][]netip.Addr{"seed.example": addresses(test.first)}
				c := bubbleClient(t, Config{Proxy: "none", OwnHosts: []string{"seed.example"}})
				defer c.Close()
				dialled := world(c, names)
				u := parse(t, "http://seed.example/")
				if test.locate {
					if got := c.Locate(t.Context(), u); got != test.first {
						t.Errorf("located at %q", got)
					}
				} else if r := c.Get(t.Context(), u, Request{}); r.Err == nil || r.Err.Class != page.Network {
					t.Errorf("first: %v", r.Err)
				}
				names["seed.example"] = addresses(test.second)
				*dialled = nil
				time.Sleep(2 * time.Minute)
				r := c.Get(t.Context(), u, Request{})
				if test.want == "" {
					if !slices.Equal(*dialled, []string{test.second + ":80"}) {
						t.Errorf("dialled %v: %v", *dialled, r.Err)
					}
					return
				}
				if r.Err == nil || r.Err.Class != page.Private || r.Err.Text != test.want || len(*dialled) > 0 {
					t.Errorf("second: %v, dialled %v\nwant %s", r.Err, *dialled, test.want)
				}
			})
		})
	}
}

func TestConfiguredAddressesAreJudged(t *testing.T) {
	cfg := Config{Proxy: "none", OwnHosts: []string{"seed.example"}, Resolve: []string{"*:80:10.0.0.1", "mixed.example:80:127.0.0.1,192.88.98.1"}}
	for url, want := range map[string]string{
		"http://other.example/": "",
		"http://seed.example/":  "10.0.0.1:80",
		"http://mixed.example/": "192.88.98.1:80",
	} {
		c := strictClient(t, cfg)
		dialled := world(c, nil)
		r := c.Get(t.Context(), parse(t, url), Request{})
		if got := strings.Join(*dialled, " "); got != want || (want == "") != (r.Err.Class == page.Private) {
			t.Errorf("%s: dialled %q, want %q; %v", url, got, want, r.Err)
		}
	}
}

func TestWhatIsJudgedBeforeTheCallersDialAndTransport(t *testing.T) {
	var reached []string
	dial := Config{Proxy: "none", Resolve: []string{"overridden.example:80:10.0.0.1"}, Dial: func(_ context.Context, _, addr string) (net.Conn, error) {
		reached = append(reached, addr)
		return nil, errors.New("dialled")
	}}
	transport := Config{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		reached = append(reached, r.URL.Host)
		return nil, errors.New("asked")
	})}
	for _, test := range []struct {
		name string
		cfg  Config
		url  string
		want string
	}{
		{"Dial", dial, "http://10.0.0.1/", ""},
		{"Dial", dial, "http://localhost/", "localhost:80"},
		{"Dial", dial, "http://a.example/", "a.example:80"},
		{"Dial", dial, "http://overridden.example/", ""},
		{"Transport", transport, "http://10.0.0.1/", ""},
		{"Transport", transport, "http://localhost/", ""},
		{"Transport", transport, "http://a.example/", "a.example"},
	} {
		reached = nil
		r := strictClient(t, test.cfg).Get(t.Context(), parse(t, test.url), Request{})
		if got := strings.Join(reached, " "); got != test.want || (got == "") != (r.Err.Class == page.Private) {
			t.Errorf("%s, %s: reached %q, want %q; %v", test.name, test.url, got, test.want, r.Err)
		}
	}
}

func TestLocateAsksOnceForTheGetThatFollows(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	c := strictClient(t, Config{Proxy: "none"})
	var asked atomic.Int32
	c.dialer.names = newNames(func(context.Context, string) resolution {
		asked.Add(1)
		return resolution{addrs: addresses("192.88.98.2", "192.88.98.1")}
	}, time.Minute)
	c.dialer.connect = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	u := parse(t, "http://a.example/")
	if got := c.Locate(t.Context(), u); got != "192.88.98.1" {
		t.Errorf("located at %q", got)
	}
	if r := c.Get(t.Context(), u, Request{}); r.Status != 404 || asked.Load() != 1 {
		t.Errorf("%v; asked %d times", r.Err, asked.Load())
	}
	for _, url := range []string{"http://localhost/", "http://a.localhost/"} {
		if got := c.Locate(t.Context(), parse(t, url)); got != "" || asked.Load() != 1 {
			t.Errorf("%s located at %q", url, got)
		}
	}
}

func TestIPv6Target(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no ::1")
	}
	var host string
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.Host
		w.WriteHeader(http.StatusNoContent)
	})}}
	s.Start()
	defer s.Close()
	c := newClient(t, Config{OwnHosts: []string{"::1"}})
	r := c.Get(t.Context(), parse(t, s.URL+"/"), Request{})
	if r.Status != http.StatusNoContent || host != l.Addr().String() {
		t.Errorf("status %d (%v), host %q", r.Status, r.Err, host)
	}
}

// Every Get asks, those over kept connections too.
func TestJudgingAHostCostsNothing(t *testing.T) {
	g := newGuard(Config{OwnHosts: []string{"seed.example"}})
	for _, host := range []string{"www.example.com", "192.88.98.1", "2606:4700::1", "host1", "seed.example"} {
		if n := testing.AllocsPerRun(100, func() {
			if g.host(host) != nil {
				t.Error(host)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", host, n)
		}
	}
}
