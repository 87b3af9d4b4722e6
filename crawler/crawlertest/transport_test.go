package crawlertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

const slowSite = `Takes time.
seed: http://a.test/
-- a.test/index.html --
!delay 300ms
home
-- a.test/hang --
!hang
-- a.test/stall --
!stall 2
abc
-- a.test/fine --
fine
`

func TestTimeOverTransportIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := NewTransport(parse(t, slowSite))
		tr.Latency = func(r *http.Request) time.Duration { return time.Duration(len(r.URL.Path)) * time.Millisecond }
		c := &http.Client{Transport: tr, Timeout: 2 * time.Second}
		for _, s := range []struct {
			path string
			took time.Duration
			fail bool
		}{
			{"/", 301 * time.Millisecond, false},
			{"/fine", 5 * time.Millisecond, false},
			{"/hang", 2 * time.Second, true},
			{"/stall", 2 * time.Second, true},
		} {
			start := time.Now()
			resp, err := c.Get("http://a.test" + s.path)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			if took := time.Since(start); took != s.took || (err != nil) != s.fail {
				t.Errorf("%s took %v, want %v; error %v", s.path, took, s.took, err)
			}
			if s.fail && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: error %v, want a deadline", s.path, err)
			}
		}
		for i, r := range tr.Log.Requests() {
			want := []time.Duration{301 * time.Millisecond, 5 * time.Millisecond, 2 * time.Second, 2 * time.Second}[i]
			if got := r.End.Sub(r.Start); got != want {
				t.Errorf("%s is logged with %v, want %v", r.URL(), got, want)
			}
		}
	})
}

func TestACancelledWaitEndsAtOnce(t *testing.T) {
	for _, path := range []string{"/", "/hang", "/stall"} {
		synctest.Test(t, func(t *testing.T) {
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			tr := NewTransport(parse(t, slowSite))
			tr.Latency = func(*http.Request) time.Duration { return time.Millisecond }
			time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
			start := time.Now()
			_, _, err := fetch(ctx, tr, "http://a.test"+path)
			if !errors.Is(err, why) || time.Since(start) != 20*time.Millisecond {
				t.Errorf("%s: error %v after %v", path, err, time.Since(start))
			}
		})
	}
}

func TestClosingAStalledBodyFreesItsReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := NewTransport(parse(t, slowSite))
		r, _ := http.NewRequestWithContext(t.Context(), "GET", "http://a.test/stall", nil)
		resp, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan error)
		go func() {
			_, err := io.ReadAll(resp.Body)
			read <- err
		}()
		synctest.Wait()
		resp.Body.Close()
		if err := <-read; !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("got %v", err)
		}
		if r := tr.Log.Requests()[0]; r.End.IsZero() || r.Status != 200 {
			t.Errorf("logged as %+v", r)
		}
	})
}

func TestAnyHandlerCanStandBehindATransport(t *testing.T) {
	tr := &Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/short":
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "four")
		case "/none":
			w.WriteHeader(http.StatusTeapot)
		default:
			io.Copy(w, r.Body)
			fmt.Fprintf(w, "%s %s", r.Host, r.RequestURI)
		}
	})}
	status, body, err := fetch(t.Context(), tr, "https://example.com:444/x?y")
	if status != 200 || body != "example.com /x?y" || err != nil {
		t.Errorf("%d %q %v", status, body, err)
	}
	if _, _, err := fetch(t.Context(), tr, "http://a.test/abort"); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("abort: %v", err)
	}
	if _, body, err := fetch(t.Context(), tr, "http://a.test/short"); body != "four" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short: %q, %v", body, err)
	}
	if status, body, err := fetch(t.Context(), tr, "http://a.test/none"); status != 418 || body != "" || err != nil {
		t.Errorf("none: %d %q %v", status, body, err)
	}
}

func TestTheLogKnowsGapsAndConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := NewGraph("log", map[string]Node{
			"http://x.a.test/": {Delay: 50 * time.Millisecond}, "http://y.a.test/": {Delay: 50 * time.Millisecond},
			"http://b.test/": {Delay: 30 * time.Millisecond},
		})
		if err != nil {
			t.Fatal(err)
		}
		tr := NewTransport(s)
		var wg sync.WaitGroup
		for url, starts := range map[string][]time.Duration{
			"http://x.a.test/": {0, 50, 100}, "http://y.a.test/": {30, 170}, "http://b.test/": {0, 10, 25},
		} {
			for _, at := range starts {
				wg.Go(func() {
					time.Sleep(at * time.Millisecond)
					if _, _, err := fetch(t.Context(), tr, url); err != nil {
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		domain := func(host string) string { return strings.TrimLeft(host, "xy.") }
		gaps := tr.Log.Gaps(domain)
		if want := []time.Duration{30, 20, 50, 70}; !slices.Equal(gaps["a.test"], milliseconds(want)) {
			t.Errorf("gaps %v, want %v", gaps["a.test"], want)
		}
		if want := []time.Duration{10, 15}; !slices.Equal(gaps["b.test"], milliseconds(want)) {
			t.Errorf("gaps %v, want %v", gaps["b.test"], want)
		}
		if got := tr.Log.MaxConcurrent(domain); got["a.test"] != 2 || got["b.test"] != 3 {
			t.Errorf("at once by domain: %v", got)
		}
		if got := tr.Log.MaxConcurrent(nil); got["x.a.test"] != 1 || got["y.a.test"] != 1 {
			t.Errorf("at once by host: %v", got)
		}
		if got := tr.Log.Count("http://x.a.test/"); got != 3 {
			t.Errorf("x.a.test was asked %d times", got)
		}
		if got, want := tr.Log.Duplicates(), []string{"http://b.test/", "http://x.a.test/", "http://y.a.test/"}; !slices.Equal(got, want) {
			t.Errorf("duplicates %v, want %v", got, want)
		}
		tr.Log.Stop()
		fetch(t.Context(), tr, "http://b.test/")
		if got := tr.Log.Count("http://b.test/"); got != 3 {
			t.Errorf("%d requests for b.test after Stop", got)
		}
	})
}

func milliseconds(list []time.Duration) []time.Duration {
	list = slices.Clone(list)
	for i := range list {
		list[i] *= time.Millisecond
	}
	return list
}
