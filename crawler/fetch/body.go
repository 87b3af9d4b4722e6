package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// smallBody is the declared length up to which an unwanted 2xx body is read rather than its connection closed.
	smallBody = 4 << 10
	// drainMax and drainFor bound what is read of any body for the connection's sake alone. A new connection costs
	// server and crawler about as much as the former, more with TLS.
	drainMax = 16 << 10
	drainFor = 500 * time.Millisecond

	maxGrow = 1 << 20 // how far a declared length is believed before anything has come
)

// body reads the body of an answer that is wanted, as far as it turns out to be, and reports whether there may be a little
// left of the message that is worth draining.
func (x *exchange) body(ctx context.Context, resp *http.Response, wire *wireReader) (rest bool) {
	r := x.r
	limit := x.limit()
	q := &ratio{wire: &x.got, max: x.c.maxRatio}
	dec, err := newDecoder(resp.Header["Content-Encoding"], wire, limit, q, func(l *layer) error { return x.open(ctx, l) })
	if err != nil {
		r.Err = protocolError(err)
		return false
	}
	defer x.r.slot.close()
	defer dec.release()

	hint := int64(0)
	if dec.plain() && (x.opts.Raw > 0 || x.opts.Keep || r.ContentType != "" && isHTML(r.ContentType)) {
		hint = resp.ContentLength
	}
	// One byte more than expected, so that the end is seen without growing.
	buf := bufs.get(int(min(hint+1, limit, x.r.slot.bound(), maxGrow)))
	b, err := x.fill(ctx, buf, dec, min(limit, sniffLen), limit, hint)
	x.kind(b)
	keep := r.HTML || x.opts.Raw > 0 || x.opts.Keep
	if !keep && !x.c.readAll && (err == nil || err == io.EOF) {
		bufs.put(b)
		r.Bytes = max(resp.ContentLength, 0)
		return x.short(resp)
	}
	var sum [sha256.Size]byte
	size := int64(len(b))
	if keep {
		if err == nil {
			b, err = x.fill(ctx, b, dec, limit, limit, hint)
		}
		size = int64(len(b))
		sum = sha256.Sum256(b)
	} else {
		h := sha256.New()
		h.Write(b)
		if err == nil {
			var n int64
			n, err = pass(h, dec, limit-size, b[:cap(b)])
			size += n
		}
		h.Sum(sum[:0])
	}
	long := false
	if err == nil {
		long, err = more(dec)
	}
	switch {
	case err == io.EOF:
		err = nil
		rest = wire.err != io.EOF // else there is nothing left
	case q.bomb != nil:
		err, long = q.bomb, true
	case err != nil && dec.cut():
		err, long = nil, true
	}
	long = long || r.Status == http.StatusPartialContent && !wholeRange(resp.Header.Get("Content-Range"))
	r.Bytes, r.Truncated = size, long
	if err == nil {
		var text [2 * sha256.Size]byte
		hex.Encode(text[:], sum[:])
		r.SHA256 = string(text[:])
	} else {
		r.Err = x.bodyFailure(ctx, wire.err, err)
	}
	x.keep(b, keep, long || err != nil)
	return rest
}

// wholeRange reports whether a Content-Range says that the part is all there is (RFC 9110 section 14.4). Get asks for no
// range, but there are servers that answer as if it had.
func wholeRange(v string) bool {
	last, length, ok := strings.Cut(strings.TrimPrefix(v, "bytes 0-"), "/")
	l, err := strconv.ParseUint(last, 10, 62)
	n, err2 := strconv.ParseUint(length, 10, 62)
	return ok && strings.HasPrefix(v, "bytes 0-") && err == nil && err2 == nil && l+1 == n
}

// kind settles the media type by the beginning of the body, where the header says none or says HTML of what cannot be.
func (x *exchange) kind(b []byte) {
	r := x.r
	head := b[:min(len(b), sniffLen)]
	switch {
	case r.ContentType == "":
		r.ContentType = sniff(head, r.Header)
	case x.opts.Raw <= 0 && isHTML(r.ContentType):
		if t := binaryType(head, x.charset); t != "" {
			r.ContentType = t
		}
	}
	r.HTML = x.opts.Raw <= 0 && isHTML(r.ContentType)
}

// keep makes the Response's Body of what was read, as text if it is a page. Memory that no Body needs goes back to its pool.
func (x *exchange) keep(b []byte, wanted, cut bool) {
	r := x.r
	switch {
	case r.HTML:
		// Its memory is taken only where it is needed. What was read of a page that is text as it stands is its own.
		text, copied := []byte(nil), false
		text, r.Charset, r.Encoding, copied = decodePage(b, hints{charset: x.charset, language: r.Lang, host: x.host}, cut, func() []byte {
			return bufs.get(len(b))
		})
		r.Body, r.buf = text, b
		if copied {
			bufs.put(b)
			r.buf = text
		}
	case wanted:
		r.Body, r.buf = b, b
	default:
		bufs.put(b)
	}
}

// wireReader counts the bytes of the message body, has the wait for them watched, and keeps the error that ended it, which
// decoders may obscure.
type wireReader struct {
	r     io.Reader
	n     *int64
	watch *watch
	err   error
	// x takes down what is read, if it is not nil, waiting for places as long as ctx lives.
	x   *exchange
	ctx context.Context
}

func (w *wireReader) Read(p []byte) (int, error) {
	w.watch.beginRead()
	n, err := w.r.Read(p)
	w.watch.endRead(n)
	*w.n += int64(n)
	if w.x != nil && n > 0 {
		if failed := w.x.record(w.ctx, p[:n]); failed != nil {
			n, err = 0, failed
		}
	}
	if err != nil {
		w.err = err
	}
	return n, err
}

// fill appends to b what r holds until b has enough bytes, and no more than limit; hint is the length expected of b, if one
// is. The error is io.EOF at the end of r, nil if there was enough. Beyond each step of the slots it goes on with a place only.
func (x *exchange) fill(ctx context.Context, b []byte, r io.Reader, enough, limit, hint int64) ([]byte, error) {
	for int64(len(b)) < enough {
		bound := min(limit, x.r.slot.bound())
		if int64(len(b)) >= bound {
			if err := x.enlarge(ctx); err != nil {
				return b, err
			}
			continue
		}
		if len(b) == cap(b) {
			// What has come lends weight to what was declared.
			b = bufs.grow(b, max(int(min(hint+1, bound, 4*int64(cap(b)))), cap(b)+1))
		}
		n, err := r.Read(b[len(b):min(int64(cap(b)), bound)])
		b = b[:len(b)+n]
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

// pass is fill for bytes that go to h and are not kept.
func pass(h hash.Hash, r io.Reader, limit int64, scratch []byte) (n int64, err error) {
	for n < limit {
		k, err := r.Read(scratch[:min(int64(len(scratch)), limit-n)])
		h.Write(scratch[:k])
		n += int64(k)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// more reports whether r has another byte, or why there is none.
func more(r io.Reader) (bool, error) {
	var one [1]byte
	if n, err := io.ReadFull(r, one[:]); n == 0 {
		return false, err
	}
	return true, nil
}

// drain reads the little that is left of a message, so that its connection serves the next request. Closing the body of
// an HTTP/2 answer costs no connection.
func drain(resp *http.Response, cancel func()) {
	if resp.ProtoMajor >= 2 || resp.StatusCode == http.StatusSwitchingProtocols {
		return
	}
	stop := time.AfterFunc(drainFor, cancel)
	defer stop.Stop()
	// At most drainMax bytes and one read: reaching the end is what frees the connection, so look for it.
	_, _ = io.CopyN(io.Discard, resp.Body, drainMax+1)
}
