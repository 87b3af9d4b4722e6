package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	// smallBody is the declared length up to which an unwanted 2xx body is read rather than its connection closed.
	smallBody = 4 << 10
	// drainMax and drainFor bound what is read of any body for the connection's sake alone. A new connection costs
	// server and crawler about as much as the former, more with TLS.
	drainMax = 16 << 10
	drainFor = 500 * time.Millisecond

	minBuf  = 32 << 10
	maxPool = 1 << 20 // larger buffers are left to the garbage collector, lest one large page be held for ever
	maxGrow = 1 << 20 // how far a declared length is believed
)

// body reads the body of an answer that is wanted, as far as it turns out to be, and reports whether there may be a little
// left of the message that is worth draining.
func (x *exchange) body(ctx context.Context, resp *http.Response) (rest bool) {
	r := x.r
	limit := x.c.maxBody
	if x.opts.Raw > 0 {
		limit = x.opts.Raw
	}
	wire := &wireReader{r: resp.Body, n: &x.got}
	dec, err := newDecoder(resp.Header["Content-Encoding"], wire, limit)
	if err != nil {
		r.Err = protocolError(err)
		return false
	}
	defer dec.release()

	buf := getBuf()
	hint := int64(0)
	if dec.plain() {
		hint = resp.ContentLength
	}
	b, long := *buf, false
	if r.ContentType == "" {
		b, err = fill(b, dec, min(limit, sniffLen), 0)
		r.ContentType = sniff(b, r.Header)
	}
	r.HTML = x.opts.Raw <= 0 && isHTML(r.ContentType)
	keep := r.HTML || x.opts.Raw > 0
	if !keep && !x.c.readAll {
		*buf = b
		putBuf(buf)
		r.Bytes = max(resp.ContentLength, 0)
		return x.short(resp)
	}
	var sum [sha256.Size]byte
	var size int64
	if keep {
		if err == nil {
			b, err = fill(b, dec, limit, hint)
		}
		size = int64(len(b))
		sum = sha256.Sum256(b)
	} else {
		h := sha256.New()
		h.Write(b)
		size = int64(len(b))
		if err == nil {
			var n int64
			n, err = pass(h, dec, limit-size, b[:cap(b)])
			size += n
		}
		h.Sum(sum[:0])
	}
	if err == nil {
		long, err = more(dec)
	}
	*buf = b
	if err == io.EOF {
		err = nil
		rest = wire.err != io.EOF // else there is nothing left
	}
	if err != nil && dec.cut() {
		err, long = nil, true
	}
	r.Bytes, r.Truncated = size, long
	if err == nil {
		r.SHA256 = hex.EncodeToString(sum[:])
	} else {
		r.Err = x.bodyFailure(ctx, wire.err, err)
	}
	switch {
	case r.HTML:
		declared := declaredCharset(resp.Header["Content-Type"])
		text := getBuf()
		var copied bool
		r.Body, r.Charset, r.Encoding, copied = decodeCharset(b, declared, long || err != nil, (*text)[:0])
		if copied {
			*text = r.Body
			buf, text = text, buf
		}
		r.buf = buf
		putBuf(text)
	case keep:
		r.Body, r.buf = b, buf
	default:
		putBuf(buf)
	}
	return rest
}

// wireReader counts the bytes of the message body and keeps the error that ended it, which decoders may obscure.
type wireReader struct {
	r   io.Reader
	n   *int64
	err error
}

func (w *wireReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	*w.n += int64(n)
	if err != nil {
		w.err = err
	}
	return n, err
}

// fill appends to b what r holds until b has limit bytes; hint is the length expected of b, if one is. The error is
// io.EOF at the end of r, nil if the limit was reached.
func fill(b []byte, r io.Reader, limit, hint int64) ([]byte, error) {
	// One byte more than expected, so that the end is seen without growing.
	if want := min(hint, limit, maxGrow) + 1; want > int64(cap(b)) {
		b = append(make([]byte, 0, want), b...)
	}
	for int64(len(b)) < limit {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(int64(cap(b)), limit)])
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

var bufs = sync.Pool{New: func() any { b := make([]byte, 0, minBuf); return &b }}

func getBuf() *[]byte { return bufs.Get().(*[]byte) }

func putBuf(b *[]byte) {
	if b == nil || cap(*b) > maxPool {
		return
	}
	*b = (*b)[:0]
	bufs.Put(b)
}
