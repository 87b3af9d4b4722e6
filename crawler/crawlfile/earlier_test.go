package crawlfile

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amble/crawler/page"
)

func openEarlier(t testing.TB, path string) *Earlier {
	t.Helper()
	e, err := OpenEarlier(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// TestEarlierIsReadWhileItIsWritten, by many at once: what was committed is found, in short and whole.
func TestEarlierIsReadWhileItIsWritten(t *testing.T) {
	f := create(t)
	full := fullPage()
	full.Status, full.Err = 200, nil
	failed := &page.Page{URL: "http://a.test/failed", Status: 404, Attempts: 1, Err: &page.Error{Class: page.Client, Text: "404"}}
	commit(t, f, Batch{Pages: []*page.Page{full, failed}})
	e := openEarlier(t, f.Path())
	commit(t, f, Batch{Pages: []*page.Page{{URL: "http://a.test/later", Status: 301}}})

	var asking sync.WaitGroup
	for range 16 {
		asking.Go(func() {
			p, id, err := e.Find(t.Context(), full.URL)
			if err != nil || p == nil {
				t.Errorf("Find = %v, %v", p, err)
				return
			}
			want := &page.Page{
				URL: full.URL, Status: 200, Redirect: full.Redirect, Attempts: full.Attempts, FetchedAt: full.FetchedAt, Bytes: full.Bytes,
				Truncated: true, SHA256: full.SHA256, Robots: full.Robots, ETag: full.ETag, LastModified: full.LastModified,
			}
			if diff := cmp.Diff(want, p); diff != "" {
				t.Errorf("in short (-want +got):\n%s", diff)
			}
			whole, err := e.Page(t.Context(), id)
			if diff := cmp.Diff(full, whole, cmpopts.IgnoreFields(page.Page{}, "Links", "Images", "Meta", "Sitemap", "LastMod", "Duration")); diff != "" || err != nil {
				t.Errorf("whole: %v (-want +got):\n%s", err, diff)
			}
			if len(whole.Links) != len(full.Links) {
				t.Errorf("%d links, want %d", len(whole.Links), len(full.Links))
			}
		})
	}
	asking.Wait()
	if p, _, err := e.Find(t.Context(), failed.URL); err != nil || p == nil || p.Err == nil || p.Err.Class != page.Client {
		t.Errorf("Find of a failure = %+v, %v", p, err)
	}
	if p, _, err := e.Find(t.Context(), "http://a.test/none"); p != nil || err != nil {
		t.Errorf("Find of an unknown page = %+v, %v", p, err)
	}
	var read []Unreached
	for u, err := range e.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, u)
	}
	if want := []Unreached{{full.URL, full.Depth, full.Referrer, full.Title}}; !cmp.Equal(want, read) {
		t.Errorf("pages that were read: %d, want the one with 200", len(read))
	}
	if end, err := e.End(t.Context()); err != nil || end.State != Running {
		t.Errorf("End = %+v, %v", end, err)
	}
}

// TestEarlierLeavesNothingBehind: a crawl file that was closed is read without a file beside it, and is not touched.
func TestEarlierLeavesNothingBehind(t *testing.T) {
	f := create(t)
	commit(t, f, Batch{Pages: []*page.Page{{URL: "u"}}})
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	e := openEarlier(t, f.Path())
	if p, _, err := e.Find(t.Context(), "u"); p == nil || err != nil {
		t.Errorf("Find = %v, %v", p, err)
	}
	if got := names(t, filepath.Dir(f.Path())); len(got) != 1 {
		t.Errorf("files beside each other: %q", got)
	}
	if after, _ := os.ReadFile(f.Path()); string(after) != string(before) {
		t.Error("the file was changed")
	}
}

func TestUnreachedComesBack(t *testing.T) {
	f := create(t)
	want := []Unreached{{URL: "a", Depth: 2, Referrer: "b", Title: odd}, {URL: "c"}}
	commit(t, f, Batch{Unreached: []Unreached{want[1], want[0]}})
	var got []Unreached
	for u, err := range f.Unreached(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, u)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadingIsKeptOrRemoved(t *testing.T) {
	f := create(t)
	for _, want := range []string{`{"a":1}`, ""} {
		var reading []byte
		if want != "" {
			reading = []byte(want)
		}
		if err := f.SetReading(t.Context(), reading); err != nil {
			t.Fatal(err)
		}
		info, err := readInfo(context.Background(), f.db)
		if err != nil || string(info.Reading) != want || (want == "") != (info.Reading == nil) {
			t.Errorf("reading %q, %v; want %q", info.Reading, err, want)
		}
	}
}
