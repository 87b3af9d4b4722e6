package fetch

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"amble/crawler/page"
)

// frames is a server that speaks HTTP/2 by hand, so that it may misbehave.
type frames struct {
	*http2.Framer
	conn net.Conn
}

// head is a header block of an answer.
func (f frames) head(fields ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(fields); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
	}
	return b.Bytes()
}

func (f frames) answer(id uint32, body string) {
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.head(":status", "200", "content-type", "text/html"), EndHeaders: true})
	_ = f.WriteData(id, true, []byte(body))
}

// http2Server lets misbehave answer the first request of all, and then is as it should be. It returns its URL and a Config that trusts it.
func http2Server(t *testing.T, misbehave func(f frames, id uint32)) (string, Config) {
	s := tlsServer(t, &tls.Config{NextProtos: []string{"h2"}})
	cert := s.TLS.Certificates
	trust := trusting(s)
	s.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: cert, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	first := make(chan struct{}, 1)
	first <- struct{}{}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.ReadFull(conn, make([]byte, len(http2.ClientPreface)))
				f := frames{http2.NewFramer(conn, conn), conn}
				_ = f.WriteSettings()
				for {
					frame, err := f.ReadFrame()
					if err != nil {
						return
					}
					h, ok := frame.(*http2.HeadersFrame)
					if !ok {
						continue
					}
					select {
					case <-first:
						misbehave(f, h.StreamID)
					default:
						f.answer(h.StreamID, "<p>next")
					}
				}
			}()
		}
	}()
	return "https://" + l.Addr().String() + "/", Config{TLS: trust, Timeout: 5 * time.Second}
}

func TestHTTP2Misbehaviour(t *testing.T) {
	for _, test := range []struct {
		name      string
		misbehave func(f frames, id uint32)
		class     page.Class
		text      string
	}{
		{"RST_STREAM instead of an answer", func(f frames, id uint32) { _ = f.WriteRSTStream(id, http2.ErrCodeInternal) },
			page.Reset, "the server broke off the answer: stream error: "},
		{"RST_STREAM within the body", func(f frames, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.head(":status", "200", "content-type", "text/html"), EndHeaders: true})
			_ = f.WriteData(id, false, []byte("<p>half"))
			_ = f.WriteRSTStream(id, http2.ErrCodeCancel)
		}, page.Reset, "the server broke off the answer: stream error: "},
		{"GOAWAY", func(f frames, id uint32) {
			_ = f.WriteGoAway(id, http2.ErrCodeEnhanceYourCalm, []byte("\x1b[2Jgo"))
			f.conn.Close()
		}, page.Reset, "the server closed the connection before the answer was whole"},
		{"GOAWAY before the request", func(f frames, _ uint32) {
			_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
			f.conn.Close()
		}, page.Reset, "the server closed the connection"},
		{"header list of 400 KiB in 2 KiB", func(f frames, id uint32) {
			block := f.head(append([]string{":status", "200"}, strings.Split(strings.Repeat("x-a,"+strings.Repeat("y", 1000)+",", 400)+"x-b,z", ",")...)...)
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndHeaders: true})
		}, page.Protocol, "the answer's header is longer than 64 KiB"},
		{"CONTINUATION without end", func(f frames, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.head(":status", "200")})
			block := f.head("x-a", strings.Repeat("\x7f", 8000))
			for f.WriteContinuation(id, false, block) == nil {
			}
		}, page.Protocol, ""}, // in one of two ways
		{"more than the declared length", func(f frames, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true,
				BlockFragment: f.head(":status", "200", "content-type", "text/html", "content-length", "3")})
			_ = f.WriteData(id, true, []byte("<p>more"))
		}, page.Protocol, "server replied with more than declared Content-Length"},
		{"less than the declared length", func(f frames, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, EndHeaders: true,
				BlockFragment: f.head(":status", "200", "content-type", "text/html", "content-length", "30")})
			_ = f.WriteData(id, true, []byte("<p>less"))
		}, page.Reset, "unexpected end of body: got 7 of 30 bytes"},
		{"no status", func(f frames, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.head("content-type", "text/html"), EndHeaders: true})
		}, page.Protocol, "broken HTTP/2: malformed response from server: missing status pseudo header"},
		{"upper case and control characters", func(f frames, id uint32) {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.head(":status", "200", "X-A", "\x00\n"), EndHeaders: true})
		}, page.Protocol, `broken HTTP/2: invalid header field name "X-A"`},
		{"103 without end", func(f frames, id uint32) {
			for i := 0; i < 10_000; i++ {
				if f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: f.head(":status", "103", "link", "</x>"), EndHeaders: true}) != nil {
					return
				}
			}
		}, page.Protocol, "the answer's header is longer than 64 KiB"},
		{"rubbish", func(f frames, _ uint32) { _, _ = f.conn.Write(bytes.Repeat([]byte{0xff}, 100)) }, page.Protocol, "http2: frame too large"},
		{"PUSH_PROMISE", func(f frames, id uint32) {
			_ = f.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: f.head(":path", "/evil"), EndHeaders: true})
		}, page.Protocol, "connection error: PROTOCOL_ERROR"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, cfg := http2Server(t, test.misbehave)
			c := newClient(t, cfg)
			r := c.Get(context.Background(), parse(t, url), Request{})
			if r.Err == nil || r.Err.Class != test.class || !strings.HasPrefix(r.Err.Text, test.text) || strings.Contains(r.Err.Text, "\x1b") || r.Requests != 1 {
				t.Errorf("%v, %d requests; want %s: %s", r.Err, r.Requests, test.class, test.text)
			}
			if r.Duration > 4*time.Second {
				t.Errorf("took %v", r.Duration)
			}
			r.Release()
			if next := untilAnswered(t, c, url); string(next.Body) != "<p>next" {
				t.Errorf("the next request got %q, %v", next.Body, next.Err)
			}
		})
	}
}
