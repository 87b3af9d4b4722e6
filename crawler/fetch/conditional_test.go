package fetch

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
)

// TestConditionalRequest: validators come as they are and go back as they are, a 304 costs no connection, and no condition stays
// behind in the header that requests share.
func TestConditionalRequest(t *testing.T) {
	const body = "<title>A page</title>"
	var asked []http.Header
	var conns atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header)
		w.Header().Set("ETag", `W/"a b"`)
		w.Header().Set("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")
		if r.Header.Get("If-None-Match") != "" {
			w.Header().Set("Content-Length", strconv.Itoa(len(body))) // of what a GET without the condition would give
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(body))
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	c := newClient(t, Config{AllowPrivate: true, Header: http.Header{"If-None-Match": {`"the user's"`}}})
	u := parse(t, srv.URL+"/")
	for i, req := range []Request{{}, {IfNoneMatch: `W/"a b"`, IfModifiedSince: "Sun, 06 Nov 1994 08:49:37 GMT"}, {IfNoneMatch: `"other"`}, {}} {
		r := c.Get(t.Context(), u, req)
		if r.Err != nil || r.ETag != `W/"a b"` || r.LastModified != "Sun, 06 Nov 1994 08:49:37 GMT" {
			t.Errorf("request %d: %d, %v, validators %q %q", i, r.Status, r.Err, r.ETag, r.LastModified)
		}
		if r.Status == http.StatusNotModified && (r.HTML || len(r.Body) > 0 || r.SHA256 != "") {
			t.Errorf("request %d: a 304 with a body", i)
		}
		r.Release()
	}
	for i, want := range []string{`"the user's"`, `W/"a b"`, `"other"`, `"the user's"`} {
		if got := asked[i].Get("If-None-Match"); got != want {
			t.Errorf("request %d: If-None-Match %s, want %s", i, got, want)
		}
	}
	if got := asked[1].Get("If-Modified-Since"); got != "Sun, 06 Nov 1994 08:49:37 GMT" || asked[2]["If-Modified-Since"] != nil {
		t.Errorf("If-Modified-Since %q", got)
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

func TestCanMatch(t *testing.T) {
	for etag, want := range map[string]bool{
		`"a"`: true, `W/"a"`: true, `""`: true, `"a, b"`: true, "\"\xe4\"": true,
		"": false, "*": false, "a": false, `"`: false, `"a`: false, `w/"a"`: false, `"a", "b"`: false, `W/a`: false, "\"a\r\nX: y\"": false,
	} {
		if got := CanMatch(etag); got != want {
			t.Errorf("CanMatch(%q) = %v", etag, got)
		}
	}
}

func TestSameTag(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`"a"`, `"a"`, true}, {`W/"a"`, `"a"`, true}, {`"a-gzip"`, `"a"`, true}, {`"a--gzip"`, `W/"a;br"`, true},
		{`"a"`, `"b"`, false}, {`"agzip"`, `"a"`, false}, {`"1-gzip"`, `"2-gzip"`, false}, {`"-gzip"`, `"gzip"`, false},
	} {
		if got := SameTag(c.a, c.b); got != c.want {
			t.Errorf("SameTag(%s, %s) = %v", c.a, c.b, got)
		}
	}
}
