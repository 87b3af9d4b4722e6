package extract

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// sitemapHead is how far into a document its encoding and its form are looked for.
const sitemapHead = 4 << 10

var errLargeSitemap = fmt.Errorf("larger than %d bytes", MaxSitemap)

// sitemapInput is a sitemap made ready for reading: uncompressed, bounded, and in UTF-8 (it may be invalid), from its first character
// that is not white space on.
type sitemapInput struct {
	r      *bufio.Reader
	markup bool // it is XML, or looks like it; otherwise plain text
}

func openSitemap(body []byte) (sitemapInput, error) {
	var r io.Reader = bytes.NewReader(body)
	packed := isGzip(body)
	if packed {
		z, err := gzip.NewReader(r)
		if err != nil {
			return sitemapInput{}, fmt.Errorf("%w: broken gzip file: %w", ErrNotSitemap, err)
		}
		r = z
	}
	in := bufio.NewReaderSize(&bounded{r: r, left: MaxSitemap}, 32<<10)
	head, err := in.Peek(sitemapHead)
	if packed && isGzip(head) {
		return sitemapInput{}, fmt.Errorf("%w: compressed twice", ErrNotSitemap)
	}
	if len(head) == 0 && !errors.Is(err, io.EOF) {
		return sitemapInput{}, fmt.Errorf("%w: broken gzip file: %w", ErrNotSitemap, err)
	}
	if enc := sitemapEncoding(head); enc != nil {
		in = bufio.NewReaderSize(enc.NewDecoder().Reader(in), 32<<10)
	}
	if err := skipBlank(in); errors.Is(err, io.EOF) {
		return sitemapInput{}, fmt.Errorf("%w: the document is empty", ErrNotSitemap)
	} else if err != nil {
		return sitemapInput{}, fmt.Errorf("%w: nothing but white space, then: %w", ErrNotSitemap, err)
	}
	head, _ = in.Peek(sitemapHead) // an error comes again when it is read
	return sitemapInput{r: in, markup: looksLikeMarkup(head)}, nil
}

func isGzip(b []byte) bool { return bytes.HasPrefix(b, []byte("\x1f\x8b")) }

// skipBlank discards white space, controls and byte order marks. The mark that names the encoding may stand behind blank
// lines, where careless programs put it.
func skipBlank(r *bufio.Reader) error {
	for {
		switch c, err := r.ReadByte(); {
		case err != nil:
			return err
		case c <= ' ':
		case c == '\xEF':
			if next, _ := r.Peek(2); string(next) == "\xBB\xBF" {
				_, _ = r.Discard(2) // it has been peeked at
				continue
			}
			return r.UnreadByte()
		default:
			return r.UnreadByte()
		}
	}
}

// looksLikeMarkup tells XML from plain text. XML may stand behind a message of the program that made it.
func looksLikeMarkup(head []byte) bool {
	if head[0] == '<' {
		return true
	}
	head = bytes.ToLower(head)
	for _, mark := range []string{"<?xml", "<urlset", "<sitemapindex", "<rss", "<feed", "<rdf:rdf"} {
		if bytes.Contains(head, []byte(mark)) {
			return true
		}
	}
	return false
}

// sitemapEncoding is the encoding of a document that is not in UTF-8, told by a byte order mark, by the zeros of
// UTF-16, or by the XML declaration (XML 1.0, appendix F); nil if there is no need to decode.
func sitemapEncoding(head []byte) encoding.Encoding {
	switch {
	case len(head) < 2:
		return nil
	case string(head[:2]) == "\xFF\xFE", head[0] != 0 && head[1] == 0:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case string(head[:2]) == "\xFE\xFF", head[0] == 0 && head[1] != 0:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return nil
	}
	_, decl, ok := bytes.Cut(head, []byte("<?xml"))
	if !ok {
		return nil
	}
	end := bytes.IndexByte(decl, '>')
	if end < 0 {
		return nil
	}
	label, _ := attribute(decl[:end], "encoding")
	if len(label) == 0 || len(label) > 40 { // no label is half as long
		return nil
	}
	enc, err := htmlindex.Get(string(label))
	if err != nil || enc == nil {
		return nil
	}
	// UTF-16 is not what it says: its declaration could be read as bytes.
	switch name, _ := htmlindex.Name(enc); name {
	case "utf-8", "utf-16le", "utf-16be", "replacement":
		return nil
	}
	return enc
}

// bounded reads left bytes of r. If r has more, it then fails with errLargeSitemap. Its first error stays, for a reader that
// peeks meets it more than once.
type bounded struct {
	r    io.Reader
	left int
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	if len(p) == 0 || b.err != nil {
		return 0, b.err
	}
	if b.left == 0 {
		var n int
		if n, b.err = io.ReadFull(b.r, make([]byte, 1)); n > 0 {
			b.err = errLargeSitemap
		}
		return 0, b.err
	}
	var n int
	n, b.err = b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, b.err
}
