package crawlertest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// coding is a way to compress, and its name in Content-Encoding (RFC 9110, section 8.4.1).
type coding struct {
	name string
	open func(w io.Writer) (io.WriteCloser, error)
}

// codings by what !encode calls them. What HTTP names deflate is zlib's form, but some servers send the bare stream: the
// directive tells the two apart, the header does not. Levels are low: bombs are large, and made while somebody waits.
var codings = map[string]coding{
	"gzip":    {"gzip", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
	"zlib":    {"deflate", func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }},
	"deflate": {"deflate", func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) }},
	"br":      {"br", func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 1), nil }},
	"zstd": {"zstd", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) // one goroutine: nothing to wait for, and the same bytes always
	}},
}

func parseEncode(f *file, args string) error {
	f.encode = strings.Fields(args)
	for _, name := range f.encode {
		if _, ok := codings[name]; !ok {
			return fmt.Errorf("no coding %q; there are %s", name, strings.Join(slices.Sorted(maps.Keys(codings)), ", "))
		}
	}
	if len(f.encode) == 0 {
		return fmt.Errorf("want codings in the order in which they are applied")
	}
	return nil
}

// contentEncoding is the header that tells the truth about f.encode.
func (f *file) contentEncoding() string {
	var names []string
	for _, name := range f.encode {
		names = append(names, codings[name].name)
	}
	return strings.Join(names, ", ")
}

// compress applies codings to b, in their order. It cannot fail: all are known, and a buffer takes everything.
func compress(b []byte, names ...string) []byte {
	for _, name := range names {
		var buf bytes.Buffer
		w, err := codings[name].open(&buf)
		if err != nil {
			panic(err)
		}
		w.Write(b)
		w.Close()
		b = buf.Bytes()
	}
	return b
}
