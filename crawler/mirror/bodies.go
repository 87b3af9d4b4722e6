package mirror

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A Body is what a URL answered, as a copy is made of it.
type Body struct {
	URL string `json:"url"` // canonical
	// Type is the media type of the answer: lower case, without parameters.
	Type string `json:"type,omitempty"`
	// Charset is the encoding that the answer was in: for a page that of its text before it was decoded, otherwise what the server declared. It is
	// the name of the WHATWG Encoding standard, or empty.
	Charset string `json:"charset,omitempty"`
	// Redirect is the URL that the answer pointed to; then there is no content.
	Redirect string `json:"redirect,omitempty"`
	// Content is the body after content decoding; of an HTML page, its text in UTF-8 without byte order mark.
	Content []byte `json:"-"`
}

// record is the line in front of a body. Content follows it, compressed.
type record struct {
	Body
	Sum    string `json:"sum,omitempty"` // of the content, so that it is known to be the same
	Packed int64  `json:"packed"`
}

// packers compress one body each, on the goroutine that has it. Their windows are small, for there may be as many as workers.
var packers = sync.Pool{New: func() any {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(256<<10), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // of constants
	}
	return w
}}

// unpacker may be used by many at once. What it is given may be damaged, but is no stranger's.
var unpacker, _ = zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(4<<30))

func pack(content []byte) []byte {
	w := packers.Get().(*zstd.Encoder)
	defer packers.Put(w)
	var b bytes.Buffer
	b.Grow(len(content)/4 + 64)
	w.Reset(&b)
	_, err := w.Write(content)
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // of memory
	}
	return b.Bytes()
}

// Encode is a body as Append takes it. It may be called by several goroutines at once.
func Encode(b *Body) []byte {
	var packed []byte
	sum := ""
	if b.Redirect == "" {
		packed = pack(b.Content)
		h := sha256.Sum256(b.Content)
		sum = hex.EncodeToString(h[:])
	}
	line, err := json.Marshal(record{*b, sum, int64(len(packed))})
	if err != nil {
		panic(err) // of strings and a number
	}
	return append(append(line, '\n'), packed...)
}

// maxLine bounds the line in front of a body.
const maxLine = 1 << 20

// ErrCut is the error of bodies that end before what is on record of them.
var ErrCut = errors.New("the file ends before what is on record of it")

// bodies is the file that takes in what answers brought, one behind the other.
type bodies struct {
	file     *os.File
	at, kept int64
}

// openBodies opens the file, as long as it is on record: what was appended later is cut off.
func openBodies(root *os.Root, size int64) (_ *bodies, err error) {
	f, err := root.OpenFile(bodiesFile, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, cause(err)
	}
	st, err := f.Stat()
	switch {
	case err != nil:
	case st.Size() < size:
		err = fmt.Errorf("%s: %w: it has %d bytes, and had %d", bodiesFile, ErrCut, st.Size(), size)
	default:
		if err = f.Truncate(size); err == nil {
			_, err = f.Seek(size, io.SeekStart)
		}
	}
	if err != nil {
		return nil, errors.Join(cause(err), f.Close())
	}
	return &bodies{file: f, at: size, kept: size}, nil
}

func (b *bodies) append(records [][]byte) error {
	for _, r := range records {
		n, err := b.file.Write(r)
		b.at += int64(n)
		if err != nil {
			return cause(err)
		}
	}
	return cause(b.file.Sync())
}

// close takes off what is not on record.
func (b *bodies) close() (err error) {
	if b.at != b.kept {
		err = b.file.Truncate(b.kept)
	}
	return cause(errors.Join(err, b.file.Close()))
}

// reader reads bodies in the order of appending.
type reader struct {
	file io.ReaderAt
	in   *bufio.Reader
	at   int64 // where the next record begins
	end  int64
}

// read goes on to the next body. Its content is read if want says so. The error at the end is io.EOF.
func (r *reader) read(want func(at int64, b *record) bool) (at int64, b Body, err error) {
	if at = r.at; at >= r.end {
		return at, b, io.EOF
	}
	if r.in == nil {
		r.in = bufio.NewReaderSize(io.NewSectionReader(r.file, at, r.end-at), 256<<10)
	}
	line, err := readLine(r.in)
	var rec record
	if err == nil {
		err = json.Unmarshal(line, &rec)
	}
	r.at += int64(len(line))
	if err == nil && (rec.Packed < 0 || rec.Packed > r.end-r.at) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return at, b, fmt.Errorf("%s: at %d: %w", bodiesFile, at, err)
	}
	r.at += rec.Packed
	if b = rec.Body; !want(at, &rec) {
		if rec.Packed > int64(r.in.Buffered()) {
			r.in = nil // to begin anew is quicker than to read what nobody wants
			return at, b, nil
		}
		_, err = r.in.Discard(int(rec.Packed))
		return at, b, err
	}
	packed := make([]byte, rec.Packed)
	if _, err = io.ReadFull(r.in, packed); err == nil && rec.Packed > 0 {
		b.Content, err = unpacker.DecodeAll(packed, nil)
	}
	if err != nil {
		err = fmt.Errorf("%s: at %d: %w", bodiesFile, at, err)
	}
	return at, b, err
}

// readLine reads up to a newline, which it includes.
func readLine(in *bufio.Reader) ([]byte, error) {
	var all bytes.Buffer
	for all.Len() < maxLine {
		part, err := in.ReadSlice('\n')
		all.Write(part)
		if err != bufio.ErrBufferFull {
			return all.Bytes(), err
		}
	}
	return nil, errors.New("a line too long")
}

// cause is an error without the operation and the name of the file, which the text around it has.
func cause(err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		return fmt.Errorf("%s: %w", e.Path, e.Err)
	}
	return err
}

// ofCopy says of an error in which copy it was.
func ofCopy(dir string, err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) && e.Path == dir { // once is enough
		err = e.Err
	}
	return fmt.Errorf("the copy %s: %w", dir, cause(err))
}
