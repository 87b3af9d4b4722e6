package fetch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	maxCodings = 4
	// maxWindow is the zstd window that RFC 9659 section 3 allows a server to ask of its clients.
	maxWindow = 8 << 20
	// maxPoolWindow is the largest zstd window of a decoder that is kept for the next body, and the decoded size beyond
	// which no other decoder is: their memory grows with either.
	maxPoolWindow = 1 << 20
	// slack is what an encoded body may be longer than the decoded bytes that are kept of it. Without such a bound a
	// stream of empty blocks would keep a decoder busy for the whole Timeout and give it nothing to count.
	slack = 64 << 10
)

// decoder undoes the content codings of one body.
type decoder struct {
	io.Reader
	layers []*layer
}

// newDecoder reads from src what is encoded as the Content-Encoding headers say, in the order in which the codings were
// applied. It reads nothing yet. The input of each coding ends, cut, a little beyond limit bytes, and its output is
// judged by q. What needs a window of more than maxPoolWindow is announced to wide, unless that is nil, before it gets it.
//
// A body that is not in the coding that it is said to be in is broken, as it is for browsers and curl: what would be
// made of it by guessing, no reader of the page would see.
func newDecoder(headers []string, src io.Reader, limit int64, q *ratio, wide func(*layer) error) (decoder, error) {
	d := decoder{Reader: src}
	var codings []string
	for _, h := range headers {
		for name := range strings.SplitSeq(h, ",") {
			switch name = strings.ToLower(strings.Trim(name, " \t")); name {
			case "", "identity":
			case "gzip", "x-gzip", "deflate", "br", "zstd":
				codings = append(codings, strings.TrimPrefix(name, "x-"))
			default:
				return d, fmt.Errorf("unknown content encoding %q", shorten(name, 40))
			}
		}
		if len(codings) > maxCodings {
			return d, fmt.Errorf("more than %d content encodings, one upon the other", maxCodings)
		}
	}
	for i := len(codings) - 1; i >= 0; i-- {
		l := &layer{coding: codings[i], ratio: q, wide: wide, in: limitedReader{r: d.Reader, left: limit + slack}, src: getBufio()}
		l.src.Reset(&l.in)
		d.layers = append(d.layers, l)
		d.Reader = l
	}
	return d, nil
}

// plain reports that there is nothing to decode.
func (d decoder) plain() bool { return len(d.layers) == 0 }

// cut reports that a coding's input was longer than it may be.
func (d decoder) cut() bool {
	for _, l := range d.layers {
		if l.in.cut {
			return true
		}
	}
	return false
}

// release gives the decoders back to their pools; d must not be read any more.
func (d decoder) release() {
	for _, l := range d.layers {
		z, isZstd := l.dec.(*zstd.Decoder)
		switch {
		case l.pool != nil && l.done && (isZstd || l.out <= maxPoolWindow):
			if isZstd {
				_ = z.Reset(nil) // lets go of its input
			}
			l.pool.Put(l.dec)
		case isZstd:
			z.Close()
		}
		l.src.Reset(nil)
		bufios.Put(l.src)
		bufs.put(l.gathered)
	}
}

// layer undoes one coding.
type layer struct {
	coding string
	in     limitedReader
	src    *bufio.Reader
	dec    io.Reader  // nil until the first Read
	pool   *sync.Pool // where dec goes afterwards; nil for nowhere
	out    int64
	done   bool // dec came to its end: what it allocated is in proportion to what came out
	ratio  *ratio

	wide     func(*layer) error
	gathered []byte // input that was read ahead; nil if none was
}

func (l *layer) Read(p []byte) (int, error) {
	if l.dec == nil {
		// Servers send empty bodies with a Content-Encoding: nothing stands for nothing.
		if _, err := l.src.Peek(1); err != nil {
			return 0, err
		}
		if l.wide != nil && l.window() > maxPoolWindow {
			if err := l.wide(l); err != nil {
				return 0, err
			}
		}
		if err := l.open(); err != nil {
			return 0, fmt.Errorf("broken %s: %w", l.coding, err)
		}
	}
	n, err := l.dec.Read(p)
	l.out += int64(n)
	if bomb := l.ratio.judge(l.out); bomb != nil {
		return n, bomb
	}
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF || l.out > 0 && l.rubbish(err):
		l.done = true
		return n, io.EOF
	}
	return n, fmt.Errorf("broken %s: %w", l.coding, err)
}

// rubbish reports whether err tells of bytes behind a whole body that belong to none. Browsers overlook them too.
func (l *layer) rubbish(err error) bool {
	switch l.coding {
	case "gzip":
		return errors.Is(err, gzip.ErrHeader)
	case "br":
		return err.Error() == "brotli: excessive input" // which the package keeps to itself
	case "zstd":
		return errors.Is(err, zstd.ErrMagicMismatch)
	}
	return false
}

// open takes a decoder from its pool and sets it upon the input, whose first byte is there.
func (l *layer) open() (err error) {
	switch l.coding {
	case "gzip":
		z, _ := gzips.Get().(*gzip.Reader)
		if z == nil {
			z = new(gzip.Reader)
		}
		l.dec, l.pool, err = z, &gzips, z.Reset(l.src)
	case "br":
		z, _ := brotlis.Get().(*brotli.Reader)
		if z == nil {
			z = brotli.NewReader(nil)
		}
		l.dec, l.pool, err = z, &brotlis, z.Reset(l.src)
	case "zstd":
		err = l.openZstd()
	case "deflate":
		err = l.openDeflate()
	}
	return err
}

// window is how far back the body says that its decoder must look, as far as its first bytes tell: 0 is nothing worth
// counting. What brotli's says nobody has to use, but the decoder gets as much as soon as a block is announced to be so long.
func (l *layer) window() uint64 {
	switch l.coding {
	case "br":
		// RFC 7932 section 9.1. The codes for 17 bits and less are of no interest, and larger windows are another format.
		if head, _ := l.src.Peek(1); head[0]&1 != 0 && head[0]>>1&7 != 0 {
			return 1 << (17 + head[0]>>1&7)
		}
	case "zstd":
		// A skippable frame tells nothing of the next.
		head, _ := l.src.Peek(zstd.HeaderMaxSize)
		var h zstd.Header
		switch {
		case h.Decode(head) != nil:
		case h.Skippable:
			return maxWindow
		case h.SingleSegment:
			return min(h.FrameContentSize, maxWindow) // more is refused
		default:
			return min(h.WindowSize, maxWindow)
		}
	}
	return 0
}

// gather reads the input to its end before it is decoded, or to limit bytes, and reports whether it came to the end. An error
// waits until the decoder meets it.
func (l *layer) gather(limit int64) (whole bool) {
	b := bufs.get(minBuf)
	var err error
	for err == nil && int64(len(b)) < limit {
		if len(b) == cap(b) {
			b = bufs.grow(b, cap(b)+1)
		}
		var n int
		n, err = l.src.Read(b[len(b):min(int64(cap(b)), limit)])
		b = b[:len(b)+n]
	}
	l.gathered = b
	rest := io.Reader(&l.in)
	if err != nil {
		rest = failed{err}
	} else if n := l.src.Buffered(); n > 0 {
		ahead, _ := l.src.Peek(n)
		rest = io.MultiReader(bytes.NewReader(bytes.Clone(ahead)), rest)
	}
	l.src.Reset(io.MultiReader(bytes.NewReader(b), rest))
	return err != nil
}

// failed is a reader that has come to an error.
type failed struct{ err error }

func (f failed) Read([]byte) (int, error) { return 0, f.err }

// openZstd gives decoders for small windows their turn over and over; their limit holds for the frames that follow, so that none
// makes them grow. A large window gets a decoder of its own.
func (l *layer) openZstd() (err error) {
	window, pool := uint64(maxPoolWindow), &zstds
	if l.window() > maxPoolWindow {
		window, pool = maxWindow, nil
	}
	var z *zstd.Decoder
	if pool != nil {
		z, _ = pool.Get().(*zstd.Decoder)
	}
	if z == nil {
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return err
		}
	}
	l.dec, l.pool = z, pool
	return z.Reset(l.src)
}

// openDeflate tells zlib, which "deflate" means (RFC 9110 section 8.4.1.2), from the bare deflate stream that some servers
// send in its name: a zlib header names method 8 and is a multiple of 31.
func (l *layer) openDeflate() error {
	head, _ := l.src.Peek(2)
	if len(head) == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
		if z, ok := zlibs.Get().(io.Reader); ok {
			l.dec, l.pool = z, &zlibs
			return z.(zlib.Resetter).Reset(l.src, nil)
		}
		z, err := zlib.NewReader(l.src)
		if err != nil {
			return err
		}
		l.dec, l.pool = z, &zlibs
		return nil
	}
	if z, ok := flates.Get().(io.Reader); ok {
		l.dec, l.pool = z, &flates
		return z.(flate.Resetter).Reset(l.src, nil)
	}
	l.dec, l.pool = flate.NewReader(l.src), &flates
	return nil
}

// limitedReader ends after left bytes, as if r did, and remembers that it cut it.
type limitedReader struct {
	r    io.Reader
	left int64
	cut  bool
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.cut = true
		return 0, io.ErrUnexpectedEOF
	}
	n, err := l.r.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	return n, err
}

var gzips, zlibs, flates, brotlis, zstds sync.Pool

var bufios = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

func getBufio() *bufio.Reader { return bufios.Get().(*bufio.Reader) }
