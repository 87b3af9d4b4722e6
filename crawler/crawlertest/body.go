package crawlertest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"sync"

	"golang.org/x/text/encoding/htmlindex"
)

// build checks what the directives say together and prepares the body. Great bodies are made at the first request, so
// that looking a site up costs nothing.
func (f *file) build() error {
	if f.fault != none && (f.text != "" || f.fill != "") {
		return fmt.Errorf("a body that is never sent: the file says !reset or !hang")
	}
	if f.generate != nil {
		if f.text != "" {
			return fmt.Errorf("a body that is never sent: the file says !generate")
		}
		return f.buildPages()
	}
	if !hasBody(f.status) && (f.text != "" || f.fill != "") {
		return fmt.Errorf("an answer with status %d has no body", f.status)
	}
	if err := f.agree(); err != nil {
		return err
	}
	body, err := f.written()
	if err != nil {
		return err
	}
	var loop []byte
	if f.endless {
		if body, loop, err = endlessParts(body, f.lineEnd()); err != nil {
			return err
		}
	}
	length := len(body)
	if f.fill != "" {
		length = f.size
	}
	if f.size > 0 && f.size < len(body) {
		return fmt.Errorf("!fill: the body has %d bytes already, more than %d", len(body), f.size)
	}
	if f.cut >= length {
		return fmt.Errorf("!truncate or !stall: the body has no more than %d bytes", length)
	}
	if _, ok := f.header["Content-Type"]; !ok && hasBody(f.status) {
		f.header["Content-Type"] = f.contentType()
	}
	if _, ok := f.header["Content-Encoding"]; !ok && len(f.encode) > 0 {
		f.header["Content-Encoding"] = f.contentEncoding()
	}
	f.bodyOf = sync.OnceValue(func() answer {
		a := answer{plain: f.filled(body), loop: loop}
		if f.gzip {
			a.gzipped = compress(a.plain, "gzip")
		}
		a.plain = compress(a.plain, f.encode...)
		return a
	})
	return nil
}

// answer is a body as it is sent.
type answer struct {
	plain   []byte // with the codings of !encode, if any
	gzipped []byte // of !gzip, for clients that accept it
	loop    []byte // of !endless, what is sent again and again behind plain
}

// agree refuses directives that contradict each other.
func (f *file) agree() error {
	coded := f.gzip || len(f.encode) > 0
	switch {
	case f.gzip && len(f.encode) > 0:
		return fmt.Errorf("a body is coded by either !gzip or !encode")
	case f.endless && (f.cut >= 0 || coded):
		return fmt.Errorf("an endless body is neither cut nor coded")
	case len(f.echo) > 0 && (f.endless || f.cut >= 0 || coded || f.raw):
		return fmt.Errorf("!echo: the body is sent whole and as it is")
	case f.escapes && (f.raw || f.charset != "" || f.base64):
		return fmt.Errorf("!escapes: a !raw answer has them anyway, and they go with neither !charset nor !base64")
	case f.raw && (f.status != 200 || len(f.header) > 0 || len(f.cookies) > 0 || f.charset != "" || f.bom || coded):
		return fmt.Errorf("!raw: status, header and coding are part of the answer below")
	case f.raw && f.text == "":
		return fmt.Errorf("!raw: there is no answer below")
	}
	return nil
}

// lineEnd is what ends a line of the body, as it is sent, in which {{fill}} or {{endless}} stands.
func (f *file) lineEnd() string {
	if f.raw && !f.base64 {
		return ""
	}
	return "\n"
}

// written is the body of the file as bytes: its base64 or its escapes decoded, or encoded into the file's charset.
func (f *file) written() ([]byte, error) {
	text := f.text
	if f.base64 {
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
		if err != nil {
			return nil, fmt.Errorf("!base64: %w", err)
		}
		text = string(b)
	}
	if f.raw && !f.base64 {
		text = strings.NewReplacer("\r\n", "", "\n", "").Replace(text)
	}
	if f.escapes || f.raw && !f.base64 {
		b, err := unescape(text)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	if f.bom {
		text = "\ufeff" + text
	}
	if f.charset == "" {
		return []byte(text), nil
	}
	enc, err := htmlindex.Get(f.charset)
	if err != nil {
		return nil, fmt.Errorf("!charset %s: %w", f.charset, err)
	}
	b, err := enc.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("!charset %s: %w", f.charset, err)
	}
	return b, nil
}

// mediaTypes are few and fixed: those of the system would differ between machines.
var mediaTypes = map[string]string{
	"": "text/html", ".html": "text/html", ".htm": "text/html", ".txt": "text/plain", ".css": "text/css",
	".js": "text/javascript", ".json": "application/json", ".xml": "application/xml", ".svg": "image/svg+xml",
	".png": "image/png", ".gif": "image/gif", ".jpg": "image/jpeg", ".pdf": "application/pdf",
}

func (f *file) contentType() string {
	name, _, _ := strings.Cut(f.path, "?")
	media, ok := mediaTypes[path.Ext(name)]
	if !ok {
		return "application/octet-stream"
	}
	switch {
	case f.charset != "" && !f.undeclared:
		return media + "; charset=" + f.charset
	case f.charset == "" && strings.HasPrefix(media, "text/"):
		return media + "; charset=utf-8"
	}
	return media
}

// filled is the body filled up to its size.
func (f *file) filled(body []byte) []byte {
	if f.fill == "" {
		return body
	}
	before, after, ok := bytes.Cut(body, []byte("{{fill}}"+f.lineEnd()))
	n := f.size - len(before) - len(after)
	if !ok {
		before, after = body, nil
	}
	out := make([]byte, 0, f.size)
	out = append(out, before...)
	out = fillers[f.fill](out, n)
	return append(out, after...)
}

// fillers append n bytes, the same on every call.
var fillers = map[string]func(b []byte, n int) []byte{
	"zeros":   func(b []byte, n int) []byte { return append(b, make([]byte, n)...) },
	"letters": func(b []byte, n int) []byte { return again(b, n, "abcdefghijklmnopqrstuvwxyz") },
	"tags": func(b []byte, n int) []byte {
		const tag = "<div>"
		b = again(b, n/len(tag)*len(tag), tag)
		return again(b, n%len(tag), " ") // part of a tag would swallow what follows
	},
	"prose": func(b []byte, n int) []byte {
		for end := len(b) + n; ; {
			for i, w := range proseWords {
				if len(b)+len(w)+1 > end {
					return append(b, strings.Repeat(" ", end-len(b))...)
				}
				b = append(b, w...)
				b = append(b, " \n"[btoi(i%12 == 11)])
			}
		}
	},
	"noise": func(b []byte, n int) []byte {
		r := rand.New(rand.NewPCG(1, 2))
		for range n {
			b = append(b, byte(r.Uint32()))
		}
		return b
	},
}

// again appends n bytes of s, repeated.
func again(b []byte, n int, s string) []byte {
	return append(b, strings.Repeat(s, n/len(s)+1)[:n]...)
}

var proseWords = strings.Fields(`the river goes on past the mill and the last houses of the village where the road
	turns to the hills and a path leads up through beech and larch to the meadow from there one sees the lake the
	islands and on clear days the snow of the far range until the evening comes and lamps are lit below`)

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
