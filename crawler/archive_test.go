package crawler_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"amble/crawler"
	"amble/crawler/warc"
)

// archived is a record of an archive.
type archived struct {
	textproto.MIMEHeader
	http []byte // status line and fields, with the empty line
	body []byte
}

// archiveOf reads the records of an archive, of all its files, by type and URL. Each record is checked by its length and digest.
func archiveOf(t *testing.T, name string) map[string][]archived {
	t.Helper()
	all := make(map[string][]archived)
	for n := 1; ; n++ {
		f, err := os.Open(warc.FileName(name, n))
		if err != nil {
			if n == 1 {
				t.Fatal(err)
			}
			return all
		}
		var in *bufio.Reader
		if in = bufio.NewReader(f); warc.Compressed(name) {
			z, err := gzip.NewReader(in)
			if err != nil {
				t.Fatal(err)
			}
			in = bufio.NewReader(z)
		}
		for {
			if _, err := in.Peek(1); err == io.EOF {
				break
			}
			version, err := in.ReadString('\n')
			if err != nil || version != "WARC/1.1\r\n" {
				t.Fatalf("a record begins with %q: %v", version, err)
			}
			h, err := textproto.NewReader(in).ReadMIMEHeader()
			if err != nil {
				t.Fatal(err)
			}
			size, _ := strconv.Atoi(h.Get("Content-Length"))
			block := make([]byte, size+4)
			if _, err := io.ReadFull(in, block); err != nil || string(block[size:]) != "\r\n\r\n" || h.Get("WARC-Block-Digest") != warc.Digest(block[:size]) {
				t.Fatalf("a broken record, %v: %v", h, err)
			}
			r := archived{MIMEHeader: h, body: block[:size]}
			if strings.HasPrefix(h.Get("Content-Type"), "application/http") {
				at := bytes.Index(r.body, []byte("\r\n\r\n")) + 4
				r.http, r.body = r.body[:at], r.body[at:]
			}
			if d := h.Get("WARC-Payload-Digest"); h.Get("WARC-Type") == warc.Response && d != warc.Digest(r.body) {
				t.Errorf("%s: the payload's digest is %s", h.Get("WARC-Target-URI"), d)
			}
			key := h.Get("WARC-Type") + " " + h.Get("WARC-Target-URI")
			all[key] = append(all[key], r)
		}
		f.Close()
	}
}

// the one record of that type and URL.
func the(t *testing.T, all map[string][]archived, typ, url string) archived {
	t.Helper()
	if rs := all[typ+" "+url]; len(rs) == 1 {
		return rs[0]
	} else {
		t.Fatalf("%d records of type %s for %s", len(rs), typ, url)
		return archived{}
	}
}

// crawlInto crawls without intervals, and returns the pages by URL.
func crawlInto(t *testing.T, cfg crawler.Config, seeds ...string) map[string]*crawler.PageData {
	t.Helper()
	cfg.Rate, cfg.Retries = crawler.Unlimited, crawler.None
	if cfg.File == "" {
		cfg.File = cfg.WARC + ".db"
	}
	c, err := crawler.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]*crawler.PageData)
	for p, err := range c.Pages(t.Context(), seeds...) {
		if err != nil {
			t.Fatal(err)
		}
		pages[p.URL] = p
	}
	return pages
}

// What is not the whole of a body says so, and why.
func TestArchiveSaysWhatIsCut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch req.URL.Path {
		case "/":
			fmt.Fprint(w, "<a href=long><a href=torn><a href=exact>")
		case "/long":
			_, _ = w.Write(bytes.Repeat([]byte("long "), 1000))
		case "/exact":
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1000))
		case "/torn":
			w.Header().Set("Content-Length", "900")
			fmt.Fprint(w, "half a")
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		default:
			http.NotFound(w, req)
		}
	}))
	defer server.Close()
	server.Config.ErrorLog = nil
	name := filepath.Join(t.TempDir(), "a.warc")
	pages := crawlInto(t, crawler.Config{WARC: name, MaxBody: 1000, MaxDepth: 1}, server.URL+"/")
	all := archiveOf(t, name)
	for path, want := range map[string]struct {
		cut  string
		body string
	}{
		"/":      {"", "<a href=long><a href=torn><a href=exact>"},
		"/exact": {"", strings.Repeat("x", 1000)},
		"/long":  {"length", strings.Repeat("long ", 200)},
		"/torn":  {"disconnect", "half a"},
	} {
		r := the(t, all, warc.Response, server.URL+path)
		if got := r.Get("WARC-Truncated"); got != want.cut || string(r.body) != want.body {
			t.Errorf("%s: %d bytes, truncated %q; want %d, %q", path, len(r.body), got, len(want.body), want.cut)
		}
	}
	if !pages[server.URL+"/long"].Truncated || pages[server.URL+"/torn"].Err == nil {
		t.Error("the pages are not what the test is about")
	}
}

// A 304 is a revisit of the capture that the crawl before made, and a payload that comes again one of its first capture.
func TestArchiveKnowsRevisits(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		switch req.URL.Path {
		case "/":
			w.Header().Set("ETag", `"one"`)
			if req.Header.Get("If-None-Match") == `"one"` {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			fmt.Fprint(w, "<a href=same><a href=again>")
		case "/same", "/again":
			fmt.Fprint(w, "<title>The same</title>")
		default:
			http.NotFound(w, req)
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a.warc"), filepath.Join(dir, "b.warc.gz")
	crawlInto(t, crawler.Config{WARC: first, MaxDepth: 1, Workers: 1}, server.URL+"/")
	crawlInto(t, crawler.Config{WARC: second, MaxDepth: 1, Workers: 1, Since: first + ".db"}, server.URL+"/")
	old, all := archiveOf(t, first), archiveOf(t, second)

	r, was := the(t, all, warc.Revisit, server.URL+"/"), the(t, old, warc.Response, server.URL+"/")
	for name, want := range map[string]string{
		"WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/server-not-modified", "WARC-Refers-To-Target-URI": server.URL + "/",
		"WARC-Refers-To-Date": was.Get("WARC-Date"), "WARC-Payload-Digest": "",
	} {
		if got := r.Get(name); got != want {
			t.Errorf("304: %s is %q, want %q", name, got, want)
		}
	}
	if !bytes.HasPrefix(r.http, []byte("HTTP/1.1 304 Not Modified\r\n")) || len(r.body) != 0 {
		t.Errorf("304: %q and %d bytes", r.http, len(r.body))
	}
	if req := the(t, all, warc.Request, server.URL+"/"); !bytes.Contains(req.http, []byte("If-None-Match: \"one\"\r\n")) || req.Get("WARC-Concurrent-To") != r.Get("WARC-Record-ID") {
		t.Errorf("the request: %v %q", req.MIMEHeader, req.http)
	}

	pair := append(old[warc.Response+" "+server.URL+"/same"], old[warc.Response+" "+server.URL+"/again"]...)
	if len(pair) != 1 {
		t.Fatalf("the same payload is there %d times", len(pair))
	}
	whole := pair[0]
	other := server.URL + "/same"
	if whole.Get("WARC-Target-URI") == other {
		other = server.URL + "/again"
	}
	r = the(t, old, warc.Revisit, other)
	for name, want := range map[string]string{
		"WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest", "WARC-Refers-To": whole.Get("WARC-Record-ID"),
		"WARC-Refers-To-Target-URI": whole.Get("WARC-Target-URI"), "WARC-Refers-To-Date": whole.Get("WARC-Date"), "WARC-Payload-Digest": whole.Get("WARC-Payload-Digest"),
	} {
		if got := r.Get(name); got != want {
			t.Errorf("again: %s is %q, want %q", name, got, want)
		}
	}
}

func TestArchiveOfHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path != "/" {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<title>"+req.Proto+"</title>")
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	name := filepath.Join(t.TempDir(), "a.warc")
	pages := crawlInto(t, crawler.Config{WARC: name, Insecure: true}, server.URL+"/")
	if title := pages[server.URL+"/"].Title; title != "HTTP/2.0" {
		t.Fatalf("the page came by %q", title)
	}
	all := archiveOf(t, name)
	req, resp := the(t, all, warc.Request, server.URL+"/"), the(t, all, warc.Response, server.URL+"/")
	for _, r := range []archived{req, resp} {
		if r.Get("WARC-Protocol") != "h2" || r.Get("WARC-IP-Address") != "127.0.0.1" {
			t.Errorf("%v", r.MIMEHeader)
		}
	}
	host := strings.TrimPrefix(server.URL, "https://")
	if !bytes.HasPrefix(req.http, []byte("GET / HTTP/1.1\r\nHost: "+host+"\r\n")) || !bytes.HasPrefix(resp.http, []byte("HTTP/1.1 200 OK\r\n")) {
		t.Errorf("the messages are not those of HTTP/1.1:\n%s\n%s", req.http, resp.http)
	}
}

// TestArchiveOfLargeBodies ends, though each body is larger than what may be between the workers and the disk, and all are cut. Each
// goes into a file of its own, and no file is without a capture.
func TestArchiveOfLargeBodies(t *testing.T) {
	const bodies, most = 3, 17 << 20
	body := make([]byte, most)
	_, _ = rand.NewChaCha8([32]byte{}).Read(body)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			for i := range bodies {
				fmt.Fprintf(w, "<a href=/%d>", i)
			}
		case "/robots.txt":
			http.NotFound(w, req)
		default:
			w.Header().Set("Content-Type", "application/octet-stream")
			fmt.Fprint(w, req.URL.Path) // so that they differ
			_, _ = w.Write(body)
		}
	}))
	defer server.Close()
	name := filepath.Join(t.TempDir(), "a.warc")
	pages := crawlInto(t, crawler.Config{WARC: name, WARCMaxSize: 1 << 20, MaxBody: most, MaxDepth: 1, PerHost: bodies}, server.URL+"/")
	if len(pages) != bodies+1 {
		t.Fatalf("%d pages", len(pages))
	}
	all := archiveOf(t, name)
	for i := range bodies {
		path := fmt.Sprintf("/%d", i)
		r := the(t, all, warc.Response, server.URL+path)
		if r.Get("WARC-Truncated") != "length" || len(r.body) != most || !bytes.HasPrefix(r.body, append([]byte(path), body[:1000]...)) {
			t.Errorf("%s: %d bytes, truncated %q", path, len(r.body), r.Get("WARC-Truncated"))
		}
	}
	if infos := len(all["warcinfo "]); infos > bodies+1 || infos < 2 {
		t.Errorf("%d files", infos)
	}
	for n := 1; n <= len(all["warcinfo "]); n++ {
		if st, err := os.Stat(warc.FileName(name, n)); err != nil || st.Size() < 1000 {
			t.Errorf("file %d has nothing but its warcinfo: %v", n, err)
		}
	}
}

// Links that are only checked are no captures, and their bodies are not read for the archive's sake.
func TestArchiveLeavesChecksOut(t *testing.T) {
	var written int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		switch req.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<img src=/image>")
		case "/image":
			if req.Method == http.MethodHead {
				w.WriteHeader(http.StatusMethodNotAllowed)
				return
			}
			for range 8 << 10 {
				n, err := w.Write(make([]byte, 1<<10))
				if written += int64(n); err != nil {
					break
				}
			}
		default:
			http.NotFound(w, req)
		}
	}))
	name := filepath.Join(t.TempDir(), "a.warc")
	crawlInto(t, crawler.Config{WARC: name, Check: crawler.Checks{Assets: true}}, server.URL+"/")
	server.Close() // waits for its handlers
	for key := range archiveOf(t, name) {
		if strings.Contains(key, "/image") {
			t.Errorf("there is %s", key)
		}
	}
	if written == 0 || written == 8<<20 {
		t.Errorf("%d bytes of the image were read", written)
	}
}

// A body that nobody else wants is archived whole, however large; secrets are not.
func TestArchiveHoldsLargeBodiesAndNoSecrets(t *testing.T) {
	large := bytes.Repeat([]byte("0123456789abcdef"), 5<<16) // 5 MiB
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == "/robots.txt" {
			http.NotFound(w, req)
			return
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Set-Cookie", "session=sesame")
		_, _ = w.Write(large)
	}))
	defer server.Close()
	name := filepath.Join(t.TempDir(), "a.warc")
	c, err := crawler.New(crawler.Config{
		Rate: crawler.Unlimited, File: name + ".db", WARC: name, Header: http.Header{"Authorization": {"Bearer sesame"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range c.Pages(context.Background(), server.URL+"/large") {
		if err != nil || p.Err != nil {
			t.Fatal(p, err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(got, append([]byte("\r\n\r\n"), large...)) {
		t.Error("the large body is not in the archive")
	}
	if bytes.Contains(got, []byte("sesame")) {
		t.Error("a secret is in the archive")
	}
}
