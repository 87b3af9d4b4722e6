package warc

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// The types of records (WARC 1.1, section 6).
const (
	Info     = "warcinfo"
	Request  = "request"
	Response = "response"
	Revisit  = "revisit"
	Metadata = "metadata"
)

// Field is a named field of a record's header.
type Field struct{ Name, Value string }

// Record is one record. Type, ID, Date and the length and digest of the block are written from its fields.
type Record struct {
	Type   string
	ID     ID
	Date   time.Time // when the capture began
	Fields []Field   // besides those; one with an empty value is left out
	Block  [][]byte  // the parts of the block, one behind the other
}

// ID is a record's identity: a random UUID (RFC 9562, version 4).
type ID [16]byte

// NewID makes an ID.
func NewID() (id ID) {
	_, _ = rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// String is the ID as WARC has it: a URI in angle brackets.
func (id ID) String() string {
	return fmt.Sprintf("<urn:uuid:%x-%x-%x-%x-%x>", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

// timeText is a time as WARC 1.1 has it (section 5.4), to the millisecond.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Digest is the labelled SHA-256 of the parts together, in hexadecimal: base 32 would end in padding, which no token may hold (section 5.8).
func Digest(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// appendPlain appends the record as it is, uncompressed.
func (r *Record) appendPlain(b []byte) []byte {
	size := 0
	for _, p := range r.Block {
		size += len(p)
	}
	b = append(b, "WARC/1.1\r\n"...)
	field := func(name, value string) {
		if value != "" {
			b = append(append(append(append(b, name...), ": "...), oneLine(value)...), "\r\n"...)
		}
	}
	field("WARC-Type", r.Type)
	field("WARC-Record-ID", r.ID.String())
	field("WARC-Date", timeText(r.Date))
	for _, f := range r.Fields {
		field(f.Name, f.Value)
	}
	field("WARC-Block-Digest", Digest(r.Block...))
	field("Content-Length", strconv.Itoa(size))
	b = append(b, "\r\n"...)
	for _, p := range r.Block {
		b = append(b, p...)
	}
	return append(b, "\r\n\r\n"...)
}

// oneLine keeps what a value says from ending its field.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// Encode is the record as it stands in a file: with compress, a gzip member of its own (Annex D).
func (r *Record) Encode(compress bool) []byte {
	plain := r.appendPlain(nil)
	if !compress {
		return plain
	}
	var b bytes.Buffer
	z, _ := gzips.Get().(*gzip.Writer)
	if z == nil {
		z = gzip.NewWriter(nil)
	}
	z.Reset(&b)
	_, err := z.Write(plain)
	if cerr := z.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	z.Reset(nil)
	gzips.Put(z)
	return b.Bytes()
}

var gzips sync.Pool
