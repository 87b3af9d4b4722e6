package crawler

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"amble/crawler/fetch"
	"amble/frontier/canon"
)

// sends is a Transport that answers whatever is asked with the same page.
type sends string

func (s sends) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ContentLength: -1,
		Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(string(s))),
	}, nil
}

func TestRoomIsGivenInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(10, nil)
		first := r.take(t.Context(), 6)
		var order []int64
		for _, n := range []int64{99, 1} { // more than there is, and what would still fit
			go func() {
				leave := r.take(t.Context(), n)
				order = append(order, n)
				leave()
				leave()
			}()
			synctest.Wait()
		}
		if len(order) > 0 {
			t.Fatalf("%v came in while there was no room", order)
		}
		first()
		synctest.Wait()
		if len(order) != 2 || order[0] != 99 || r.free != 10 {
			t.Errorf("in came %v, %d bytes are free", order, r.free)
		}
	})
}

func TestWaitForRoomEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(10, nil)
		first := r.take(t.Context(), 6)
		ctx, cancel := context.WithCancel(t.Context())
		waits, behind := make(chan func(), 1), make(chan func(), 1)
		go func() { waits <- r.take(ctx, 10) }()
		synctest.Wait()
		go func() { behind <- r.take(t.Context(), 4) }()
		synctest.Wait()
		cancel()
		leave := <-waits
		(<-behind)() // it waited for the other alone
		leave()
		first()
		if r.free != 10 || len(r.queue) > 0 {
			t.Errorf("%d bytes are free, %d wait", r.free, len(r.queue))
		}
	})
}

// Of bodies as large as sitemaps may be there is one in memory at a time; pages of default settings need not wait for it.
func TestOneEnormousBodyAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := strings.Repeat("<url>", 12<<20/5)
		c, err := fetch.New(fetch.Config{Large: largeBodies(), AllowPrivate: true, Transport: sends(body)})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := canon.Parse("http://a.test/")
		first := c.Get(t.Context(), u, fetch.Request{Raw: 20 << 20})
		second := make(chan *fetch.Response, 1)
		go func() { second <- c.Get(t.Context(), u, fetch.Request{Raw: 20 << 20}) }()
		synctest.Wait()
		if len(second) > 0 {
			t.Error("there are two in memory")
		}
		first.Release()
		r := <-second
		if first.Err != nil || r.Err != nil || len(r.Body) != len(body) {
			t.Errorf("%v, %v, %d bytes", first.Err, r.Err, len(r.Body))
		}
		page := c.Get(t.Context(), u, fetch.Request{})
		if page.Err != nil || !page.Truncated || int64(len(page.Body)) != fetch.DefaultMaxBody {
			t.Errorf("a page beside it: %v, %d bytes", page.Err, len(page.Body))
		}
		page.Release()
		r.Release()
	})
}

// Whoever takes the second half of the room says so: what holds the first is to be committed while that one's page is read.
func TestHalfTheRoomPresses(t *testing.T) {
	pressed := make(chan struct{}, 1)
	r := newRoom(10, pressed)
	first := r.take(t.Context(), 5)
	if r.tight() || len(pressed) > 0 {
		t.Fatal("half is free, and somebody is pressed")
	}
	second := r.take(t.Context(), 1)
	if !r.tight() || len(pressed) != 1 {
		t.Fatal("less than half is free, and nobody is pressed")
	}
	second()
	if r.tight() {
		t.Error("half is free again, and somebody is pressed still")
	}
	first()
}
