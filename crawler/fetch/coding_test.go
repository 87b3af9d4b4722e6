package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"amble/crawler/page"
)

// encode applies one coding; "raw" is deflate without its zlib header.
func encode(t testing.TB, coding string, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw":
		w, err = flate.NewWriter(&b, 6)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	default:
		return text
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err = w.Write(text); err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// getEncoded serves body with the Content-Encoding and reads it back.
func getEncoded(t testing.TB, cfg Config, header string, body []byte) *Response {
	t.Helper()
	return get(t, cfg, Request{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Encoding", header)
		_, _ = w.Write(body)
	})
}

func TestContentCodings(t *testing.T) {
	text := bytes.Repeat([]byte("<p>amble ambles</p>\n"), 5000)
	twice := encode(t, "br", encode(t, "gzip", text))
	for _, test := range []struct {
		name, header string
		body         []byte
	}{
		{"identity", "identity", text},
		{"nothing", " ", text},
		{"gzip", "gzip", encode(t, "gzip", text)},
		{"x-gzip", "X-GZIP", encode(t, "gzip", text)},
		{"zlib", "deflate", encode(t, "deflate", text)},
		{"raw deflate", "deflate", encode(t, "raw", text)},
		{"brotli", "br", encode(t, "br", text)},
		{"zstd", "zstd", encode(t, "zstd", text)},
		{"two", "gzip, br", twice},
		{"two gzip members", "gzip", append(encode(t, "gzip", text[:100]), encode(t, "gzip", text[100:])...)},
		{"rubbish behind gzip", "gzip", append(encode(t, "gzip", text), "\n<!-- served in 3 ms -->\n"...)},
	} {
		for range 2 { // the second round has decoders from the pools
			r := getEncoded(t, Config{}, test.header, test.body)
			if r.Err != nil || !bytes.Equal(r.Body, text) || r.Bytes != int64(len(text)) || r.Truncated {
				t.Errorf("%s: %v, %d bytes, truncated %v", test.name, r.Err, len(r.Body), r.Truncated)
			}
			r.Release()
		}
	}
}

func TestEmptyBodyWithContentEncoding(t *testing.T) {
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		if r := getEncoded(t, Config{}, coding, nil); r.Err != nil || len(r.Body) != 0 || r.Charset != "utf-8" {
			t.Errorf("%s: %v, body %q", coding, r.Err, r.Body)
		}
	}
}

func TestBrokenContentCodings(t *testing.T) {
	text := bytes.Repeat([]byte("<p>amble ambles</p>\n"), 5000)
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 0xff
		return b
	}
	whole := encode(t, "gzip", text)
	for _, test := range []struct {
		name, header string
		body         []byte
		text         string
		partial      bool
	}{
		{"not gzip", "gzip", []byte("<html>plain"), "broken gzip: gzip: invalid header", false},
		{"gzip cut off", "gzip", whole[:len(whole)-20], "broken gzip: unexpected EOF", true},
		{"gzip checksum", "gzip", flip(whole, len(whole)-6), "broken gzip: gzip: invalid checksum", true},
		{"not brotli", "br", []byte("\xff\xff\xff\xff"), "broken br: ", false},
		{"not zstd", "zstd", []byte("<html>plain"), "broken zstd: ", false},
		{"not deflate", "deflate", []byte("\xff\xff\xff"), "broken deflate: ", false},
		{"unknown", "compress", text, `unknown content encoding "compress"`, false},
		{"hostile name", "sdch\xff" + strings.Repeat("x", 1000), text, `unknown content encoding "sdch?xxx`, false},
		{"stacked high", "gzip, gzip, gzip, gzip, gzip", text, "more than 4 content encodings", false},
	} {
		r := getEncoded(t, Config{}, test.header, test.body)
		if r.Err == nil || r.Err.Class != page.Protocol || !strings.HasPrefix(r.Err.Text, test.text) || len(r.Err.Text) > 100 {
			t.Errorf("%s: got %v, want %q", test.name, r.Err, test.text)
			continue
		}
		if got := len(r.Body) > 1000; got != test.partial || !bytes.HasPrefix(text, r.Body) {
			t.Errorf("%s: %d bytes kept", test.name, len(r.Body))
		}
		if r.SHA256 != "" {
			t.Errorf("%s: has a hash", test.name)
		}
	}
}

func TestBombsStopAtTheLimit(t *testing.T) {
	const limit = 100_000
	zeros := bytes.Repeat([]byte{'0'}, 8<<20)
	for _, coding := range []string{"gzip", "deflate", "br", "zstd"} {
		r := getEncoded(t, Config{MaxBody: limit}, coding, encode(t, coding, zeros))
		if r.Err != nil || !r.Truncated || r.Bytes != limit {
			t.Errorf("%s: %v, truncated %v, %d bytes", coding, r.Err, r.Truncated, r.Bytes)
		}
	}
	// An endless stream of empty members decodes to nothing: the encoded side is bounded too.
	empty := bytes.Repeat(encode(t, "gzip", nil), 20_000)
	r := getEncoded(t, Config{MaxBody: limit}, "gzip", empty)
	if r.Err != nil || !r.Truncated || r.Bytes != 0 {
		t.Errorf("empty members: %v, truncated %v, %d bytes", r.Err, r.Truncated, r.Bytes)
	}
}

func TestZstdWindowIsBounded(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithWindowSize(16<<20), zstd.WithSingleSegment(false))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := getEncoded(t, Config{}, "zstd", b.Bytes())
	if r.Err == nil || r.Err.Class != page.Protocol || !strings.Contains(r.Err.Text, "window") {
		t.Errorf("got %v", r.Err)
	}
}

func FuzzContentEncoding(f *testing.F) {
	text := []byte("<p>some text that is long enough to be squeezed, squeezed, squeezed</p>")
	for i, coding := range []string{"gzip", "deflate", "raw", "br", "zstd"} {
		f.Add(uint8(i), encode(f, coding, text))
	}
	f.Add(uint8(5), encode(f, "br", encode(f, "gzip", text)))
	headers := []string{"gzip", "deflate", "deflate", "br", "zstd", "gzip, br", "zstd, deflate", "gzip, gzip, gzip, gzip"}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		header := headers[int(which)%len(headers)]
		const limit = 64 << 10
		c, err := New(Config{MaxBody: limit, Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			resp := htmlAnswer(string(body))
			resp.Header.Set("Content-Encoding", header)
			return resp, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
		switch {
		case r.Bytes > limit:
			t.Errorf("%d bytes kept", r.Bytes)
		case r.Err != nil && (r.Err.Class != page.Protocol || strings.ContainsAny(r.Err.Text, "\r\n\x1b")):
			t.Errorf("%v", r.Err)
		case r.HTML && (r.Err == nil) != (r.SHA256 != ""): // what decodes to no HTML is not read
			t.Errorf("error %v with hash %q", r.Err, r.SHA256)
		}
		r.Release()
		// Whatever state the rubbish left in a pooled decoder must not reach the next body.
		good := fmt.Sprintf("<p>%s", header)
		enc := []byte(good)
		for coding := range strings.SplitSeq(header, ", ") {
			enc = encode(t, coding, enc)
		}
		body = enc
		if r = c.Get(context.Background(), parse(t, "http://a.test/"), Request{}); r.Err != nil || string(r.Body) != good {
			t.Errorf("afterwards: %v, %q", r.Err, r.Body)
		}
		r.Release()
	})
}
