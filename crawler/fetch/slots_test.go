package fetch

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/andybalholm/brotli"

	"amble/crawler/page"
)

var (
	largePage = strings.Repeat("<p>amble", LargeBody/8+1)
	smallPage = largePage[:LargeBody-1]
)

func serves(body string) roundTripper {
	return func(*http.Request) (*http.Response, error) { return htmlAnswer(body), nil }
}

func TestLargeBodyHoldsASlotUntilRelease(t *testing.T) {
	slots := NewSlots(Step{LargeBody, 2})
	u := parse(t, "http://a.test/")
	c := newClient(t, Config{Large: slots, Transport: serves(largePage)})
	r := c.Get(context.Background(), u, Request{})
	if slots.InUse() != 1 || len(r.Body) != len(largePage) {
		t.Errorf("%d slots taken for %d bytes, %v", slots.InUse(), len(r.Body), r.Err)
	}
	r.Release()
	r.Release()
	if slots.InUse() != 0 {
		t.Errorf("%d slots taken after Release", slots.InUse())
	}
	for name, get := range map[string]func() *Response{
		"small": func() *Response {
			return newClient(t, Config{Large: slots, Transport: serves(smallPage)}).Get(context.Background(), u, Request{})
		},
		"cut": func() *Response {
			return newClient(t, Config{Large: slots, MaxBody: LargeBody, Transport: serves(largePage)}).Get(context.Background(), u, Request{})
		},
		"without slots": func() *Response {
			return newClient(t, Config{Transport: serves(largePage)}).Get(context.Background(), u, Request{})
		},
	} {
		if r := get(); r.Err != nil || slots.InUse() != 0 {
			t.Errorf("%s: %d slots taken, %v", name, slots.InUse(), r.Err)
		} else {
			r.Release()
		}
	}
}

// However a Get ends, its slot is free after Release.
func TestSlotsNeverLeak(t *testing.T) {
	ends := map[string]func(ctx context.Context, cancel func(), body io.Reader) io.Reader{
		"well": func(_ context.Context, _ func(), b io.Reader) io.Reader { return b },
		"cut off": func(_ context.Context, _ func(), b io.Reader) io.Reader {
			return io.MultiReader(b, failing{io.ErrUnexpectedEOF})
		},
		"timeout": func(ctx context.Context, _ func(), b io.Reader) io.Reader {
			return io.MultiReader(b, &drip{ctx: ctx, every: time.Hour})
		},
		"cancelled": func(ctx context.Context, cancel func(), b io.Reader) io.Reader {
			return io.MultiReader(b, canceller(cancel), &drip{ctx: ctx, every: time.Hour})
		},
	}
	for name, end := range ends {
		for _, opts := range []Request{{}, {Raw: 20 << 20}} {
			synctest.Test(t, func(t *testing.T) {
				slots := NewSlots(Step{LargeBody, 1})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				c := bubbleClient(t, Config{Large: slots, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					resp := htmlAnswer("")
					resp.ContentLength, resp.Body = -1, io.NopCloser(end(r.Context(), cancel, strings.NewReader(largePage)))
					return resp, nil
				})})
				r := c.Get(ctx, parse(t, "http://a.test/"), opts)
				if (r.Err == nil) != (name == "well") || slots.InUse() != 1 {
					t.Errorf("%s: %v, %d slots taken", name, r.Err, slots.InUse())
				}
				r.Release()
				if slots.InUse() != 0 {
					t.Errorf("%s: the slot is lost", name)
				}
			})
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

type canceller func()

func (c canceller) Read([]byte) (int, error) { c(); return 0, io.EOF }

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a fault in a decoder") }

func TestPanicGivesTheSlotBack(t *testing.T) {
	slots := NewSlots(Step{LargeBody, 1})
	c := newClient(t, Config{Large: slots, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		resp := htmlAnswer("")
		resp.ContentLength, resp.Body = -1, io.NopCloser(io.MultiReader(strings.NewReader(largePage), panicking{}))
		return resp, nil
	})})
	defer func() {
		if recover() == nil || slots.InUse() != 0 {
			t.Errorf("%d slots taken", slots.InUse())
		}
	}()
	c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
}

// Four pages of 8 s each and one slot: the last waits longer than Timeout and MinSpeed allow a server, and is well.
func TestWaitForASlotIsNotTheServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := NewSlots(Step{LargeBody, 1})
		c := bubbleClient(t, Config{Large: slots, Timeout: 12 * time.Second, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			resp := htmlAnswer("")
			rest := &drip{ctx: r.Context(), n: 4000, every: time.Second, steps: 7}
			resp.ContentLength, resp.Body = -1, io.NopCloser(io.MultiReader(strings.NewReader(largePage), rest))
			return resp, nil
		})})
		done := make(chan *Response)
		for range 4 {
			go func() {
				r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{})
				if slots.InUse() != 1 {
					t.Errorf("%d slots taken", slots.InUse())
				}
				r.Release()
				done <- r
			}()
		}
		var longest time.Duration
		for range 4 {
			r := <-done
			if r.Err != nil {
				t.Error(r.Err)
			}
			longest = max(longest, r.Duration)
		}
		if longest != 32*time.Second {
			t.Errorf("the last took %v", longest)
		}
	})
}

func TestCancelEndsTheWaitForASlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slots := NewSlots(Step{LargeBody, 1})
		if err := acquire(t.Context(), slots.steps[0].taken); err != nil {
			t.Fatal(err)
		}
		c := bubbleClient(t, Config{Large: slots, Transport: serves(largePage)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		r := c.Get(ctx, parse(t, "http://a.test/"), Request{})
		if r.Err == nil || r.Err.Class != page.Cancelled || time.Since(r.Start) != time.Hour {
			t.Errorf("%v after %v", r.Err, time.Since(r.Start))
		}
		r.Release()
		if slots.InUse() != 1 {
			t.Error("a slot was given back that was never taken")
		}
	})
}

// What a large page needed is not held for the small ones that follow.
func TestPoolsKeepNothingLarge(t *testing.T) {
	for brotlis.Get() != nil || zstds.Get() != nil { // leaves both empty
	}
	for _, coding := range []string{"identity", "br", "zstd"} {
		text := bytes.Repeat([]byte("<p>größer und größer</p>\n"), 200_000)
		r := getEncoded(t, Config{MaxRatio: 1 << 30}, coding, encode(t, coding, text))
		if r.Err != nil || len(r.Body) != len(text) {
			t.Fatal(coding, r.Err)
		}
		r.Release()
	}
	if brotlis.Get() != nil || zstds.Get() != nil {
		t.Error("a decoder that needed a large window is kept")
	}
	for _, free := range bufs.free {
		for _, b := range free {
			if cap(b) > maxPool {
				t.Fatalf("a buffer of %d bytes", cap(b))
			}
		}
	}
}

// wideBrotli is a page in a window of 16 MiB.
func wideBrotli(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := brotli.NewWriterOptions(&b, brotli.WriterOptions{Quality: 5, LGWin: 24})
	_, _ = w.Write([]byte(text))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func encodedAnswer(coding string, body io.Reader) *http.Response {
	resp := htmlAnswer("")
	resp.Header.Set("Content-Encoding", coding)
	resp.ContentLength, resp.Body = -1, io.NopCloser(body)
	return resp
}

// Many servers hold their bodies back at the last byte: none has a window yet, and a page whose server is done gets one at once.
func TestWindowsAreForWhoeverHasAllInput(t *testing.T) {
	small := strings.Repeat("<p>größer", 1000)
	wide := wideBrotli(t, small)
	synctest.Test(t, func(t *testing.T) {
		slots := NewSlots(Step{128 << 10, 20}, Step{LargeBody, 1})
		tails := make(chan struct{})
		slow := bubbleClient(t, Config{Large: slots, Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return encodedAnswer("br", io.MultiReader(bytes.NewReader(wide[:len(wide)-1]), onClose{tails}, bytes.NewReader(wide[len(wide)-1:]))), nil
		})})
		quick := bubbleClient(t, Config{Large: slots, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return encodedAnswer("br", bytes.NewReader(wide)), nil
		})})
		done := make(chan *Response)
		for range 2 * maxWindows {
			go func() { done <- slow.Get(t.Context(), parse(t, "http://a.test/"), Request{}) }()
		}
		synctest.Wait()
		if n := len(slots.windows); n > 0 {
			t.Errorf("%d windows wait for their servers", n)
		}
		if r := quick.Get(t.Context(), parse(t, "http://b.test/"), Request{}); r.Err != nil || string(r.Body) != small {
			t.Errorf("%v, %d bytes", r.Err, len(r.Body))
		} else {
			r.Release()
		}
		close(tails)
		for range 2 * maxWindows {
			r := <-done
			if r.Err != nil || string(r.Body) != small {
				t.Errorf("%v, %d bytes", r.Err, len(r.Body))
			}
			r.Release()
		}
		if slots.InUse() != 0 || len(slots.windows) != 0 {
			t.Errorf("%d places and %d windows are lost", slots.InUse(), len(slots.windows))
		}
	})
}

// onClose blocks until the channel is closed.
type onClose struct{ c chan struct{} }

func (o onClose) Read([]byte) (int, error) { <-o.c; return 0, io.EOF }

// Bodies of all sizes, with and without windows, and windows within windows, compete for the least that there can be.
func TestPlacesDoNotDeadlock(t *testing.T) {
	bodies := map[string][][]byte{"br": {wideBrotli(t, smallPage), wideBrotli(t, largePage)}, "zstd": {}, "": {[]byte(largePage)}}
	for _, text := range []string{smallPage, strings.Repeat(largePage, 2)} {
		bodies["zstd"] = append(bodies["zstd"], encode(t, "zstd", []byte(text)))
		bodies["zstd, br"] = append(bodies["zstd, br"], wideBrotli(t, string(encode(t, "zstd", []byte(text)))))
	}
	synctest.Test(t, func(t *testing.T) {
		slots := NewSlots(Step{1 << 10, 1}, Step{128 << 10, 1}, Step{LargeBody, 1})
		done := make(chan *Response)
		n := 0
		for coding, all := range bodies {
			for _, b := range all {
				for range 5 {
					n++
					c := bubbleClient(t, Config{Large: slots, MaxRatio: 1 << 30, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
						return encodedAnswer(coding, iotest.HalfReader(bytes.NewReader(b))), nil
					})})
					go func() {
						r := c.Get(t.Context(), parse(t, "http://a.test/"), Request{})
						r.Release()
						done <- r
					}()
				}
			}
		}
		for range n {
			if r := <-done; r.Err != nil || !r.HTML {
				t.Error(r.Err)
			}
		}
		if slots.InUse() != 0 || len(slots.windows) != 0 {
			t.Errorf("%d places and %d windows are lost", slots.InUse(), len(slots.windows))
		}
	})
}

// What a server declares is no memory yet.
func TestDeclaredLengthTakesNoMemory(t *testing.T) {
	c := newClient(t, Config{Large: NewSlots(Step{64 << 10, 1}), Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		resp := htmlAnswer("<p>little")
		resp.ContentLength = 1 << 20
		return resp, nil
	})})
	r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
	if n := cap(r.Body); n > 128<<10 {
		t.Errorf("a buffer of %d bytes", n)
	}
	r.Release()
}

// Decoders of large windows are few, however many bodies want one, and the wait for one ends with the context.
func TestWindowsAreFew(t *testing.T) {
	wide := wideBrotli(t, largePage)
	synctest.Test(t, func(t *testing.T) {
		slots := NewSlots(Step{128 << 10, 20}, Step{LargeBody, 1})
		if err := acquire(t.Context(), slots.steps[1].taken); err != nil { // so that nobody comes to an end
			t.Fatal(err)
		}
		c := bubbleClient(t, Config{Large: slots, MaxRatio: 1 << 30, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return encodedAnswer("br", bytes.NewReader(wide)), nil
		})})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan *Response)
		for range 2 * maxWindows {
			go func() { done <- c.Get(ctx, parse(t, "http://a.test/"), Request{}) }()
		}
		synctest.Wait()
		if n := len(slots.windows); n != maxWindows {
			t.Errorf("%d windows are in use, want %d", n, maxWindows)
		}
		cancel()
		for range 2 * maxWindows {
			r := <-done
			if r.Err == nil || r.Err.Class != page.Cancelled {
				t.Error(r.Err)
			}
			r.Release()
		}
		if slots.InUse() != 1 || len(slots.windows) != 0 {
			t.Errorf("%d places and %d windows are lost", slots.InUse()-1, len(slots.windows))
		}
	})
}
