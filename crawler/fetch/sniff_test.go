package fetch

import (
	"context"
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"unicode/utf16"
)

func utf16Page(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// mislabelled bodies are sent as text/html; typ is what they are taken for.
var mislabelled = []struct{ name, charset, body, typ string }{
	{"PNG", "", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", "image/png"},
	{"PNG said to be UTF-16", "utf-16", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00", "image/png"},
	{"GIF", "", "GIF89a\x10\x00\x10\x00\xf7\x00\x00", "image/gif"},
	{"JPEG", "", "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01", "image/jpeg"},
	{"WebP", "", "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00", "image/webp"},
	{"PDF", "", "%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"},
	{"PostScript", "", "%!PS-Adobe-3.0\n", "application/postscript"},
	{"ZIP", "", "PK\x03\x04\x14\x00\x00\x00\x08\x00", "application/zip"},
	{"gzip", "", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "application/x-gzip"},
	{"MP4", "", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "video/mp4"},
	{"WOFF", "", "wOFF\x00\x01\x00\x00\x00\x00\x60", "font/woff"},
	{"ELF", "", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00", "application/octet-stream"},
	{"tar", "", "index.html" + strings.Repeat("\x00", 90) + "0000644\x00" + strings.Repeat("\x00", 400), "application/octet-stream"},
	{"zeros", "", strings.Repeat("\x00", 1000), "application/octet-stream"},

	{"a page", "", "<!doctype html><p>", "text/html"},
	{"text", "", "hello, world", "text/html"},
	{"nothing", "", "", "text/html"},
	{"BM in text", "", "BMW and others <a href=/x>", "text/html"},
	{"GIF in text", "", "GIF89a is a format <a href=/x>", "text/html"},
	{"RIFF in text", "", "ID3 tags, explained <a href=/x>", "text/html"},
	{"a JPEG's bytes in windows-1251", "windows-1251", "\xff\xd8\xff \xe8 <a href=/x>", "text/html"},
	{"a stray NUL", "", "hello\x00 <a href=/x>", "text/html"},
	{"stray NULs in a page", "", "<html>" + strings.Repeat("\x00", 600) + "<p>", "text/html"},
	{"NULs far in", "", strings.Repeat("hello <br>\n", 60) + strings.Repeat("\x00", 600), "text/html"},
	{"a form feed and an escape", "iso-2022-jp", "\x1b$B$3$s\x1b(B <a href=/x>\x0c", "text/html"},
	{"a vertical tab here and there", "", strings.Repeat("some words and then more\x0b", 40), "text/html"},
	{"UTF-16LE with BOM", "", "\xff\xfe" + utf16Page(binary.LittleEndian, "привет <p>"), "text/html"},
	{"UTF-16BE with BOM", "", "\xfe\xff" + utf16Page(binary.BigEndian, "привет <p>"), "text/html"},
	{"UTF-16LE by its header", "UTF-16LE", utf16Page(binary.LittleEndian, "привет, привет, привет"), "text/html"},
	{"UTF-16LE by its tags", "", utf16Page(binary.LittleEndian, "привет, привет <p>привет"), "text/html"},
	{"UTF-16BE by its tags", "", utf16Page(binary.BigEndian, "привет, привет </p>привет"), "text/html"},
	{"UTF-16BE with a doctype", "", utf16Page(binary.BigEndian, "<!doctype html><p>"), "text/html"},
	{"UTF-32LE", "", "\xff\xfe\x00\x00<\x00\x00\x00p\x00\x00\x00>\x00\x00\x00", "text/html"},
	{"UTF-32BE", "", "\x00\x00\x00<\x00\x00\x00p\x00\x00\x00>", "text/html"},
}

func TestBinaryLabelledAsHTML(t *testing.T) {
	for _, test := range mislabelled {
		label := "text/html"
		if test.charset != "" {
			label += "; charset=" + test.charset
		}
		for _, cfg := range []Config{{}, {ReadAll: true}} {
			cfg.Transport = roundTripper(func(*http.Request) (*http.Response, error) {
				resp := htmlAnswer(test.body)
				resp.Header.Set("Content-Type", label)
				return resp, nil
			})
			c := newClient(t, cfg)
			r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{})
			if r.Err != nil || r.ContentType != test.typ || r.HTML != (test.typ == "text/html") {
				t.Errorf("%s: type %s, html %v, %v; want %s", test.name, r.ContentType, r.HTML, r.Err, test.typ)
			}
			if !r.HTML && (len(r.Body) > 0 || r.Charset != "" || r.Bytes != int64(len(test.body)) || cfg.ReadAll != (r.SHA256 == hexHash(test.body))) {
				t.Errorf("%s: body %q in %q, %d bytes, hash %q", test.name, r.Body, r.Charset, r.Bytes, r.SHA256)
			}
			// Whoever asks for the bytes gets them under the name that the server gives them.
			if r = c.Get(context.Background(), parse(t, "http://a.test/"), Request{Raw: 1 << 20}); r.ContentType != "text/html" || string(r.Body) != test.body {
				t.Errorf("%s, raw: type %s, %d bytes", test.name, r.ContentType, len(r.Body))
			}
		}
	}
}

func TestSniffUndeclared(t *testing.T) {
	for _, test := range []struct{ body, typ, nosniff string }{
		{"", "", ""},
		{"<!DocType html>", "text/html", "text/plain"},
		{" \t\r\n\f<ScRiPt >", "text/html", "text/plain"},
		{"<!-- x -->", "text/html", "text/plain"},
		{"<!--x-->", "text/plain", "text/plain"}, // a tag is ended by a blank or ">"
		{"<p>", "text/html", "text/plain"},
		{"<p", "text/plain", "text/plain"},
		{"<pre>", "text/plain", "text/plain"},
		{"<p>\x00", "text/html", "application/octet-stream"},
		{"  <?xml version", "text/xml", "text/plain"},
		{"%PDF-1.7 \x01", "application/pdf", "application/octet-stream"},
		{"%PDF-1.7", "application/pdf", "text/plain"},
		{"%!PS-Adobe-", "application/postscript", "application/postscript"},
		{"\xff\xfe<\x00", "text/plain", "text/plain"},
		{"\xef\xbb\xbf<p>", "text/plain", "text/plain"},
		{"GIF87a", "image/gif", "image/gif"},
		{"PK\x03\x04", "application/zip", "application/zip"},
		{"hello\x1b[m", "text/plain", "text/plain"},
		{"hello\x02", "application/octet-stream", "application/octet-stream"},
	} {
		for header, want := range map[string]string{"": test.typ, "NoSniff": test.nosniff, " nosniff , x": test.nosniff, "x, nosniff": test.typ} {
			h := http.Header{"X-Content-Type-Options": {header}}
			if got := sniff([]byte(test.body), h); got != want {
				t.Errorf("%q with %q: %q, want %q", test.body, header, got, want)
			}
		}
	}
}

func TestTypesThatCallForSniffing(t *testing.T) {
	for _, declared := range []string{"unknown/unknown", "Application/Unknown; x=y", "*/*", "nonsense", ""} {
		c := newClient(t, Config{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			resp := htmlAnswer("<html><p>")
			resp.Header["Content-Type"] = []string{declared}
			return resp, nil
		})})
		if r := c.Get(context.Background(), parse(t, "http://a.test/"), Request{}); !r.HTML || r.ContentType != "text/html" {
			t.Errorf("%q: type %q", declared, r.ContentType)
		}
	}
}
