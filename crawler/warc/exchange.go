package warc

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Exchange is one request and what was answered.
type Exchange struct {
	URL     string    // that was asked for, absolute
	Date    time.Time // when the request began
	Request []byte    // the message: its line, fields and the empty line
	Head    []byte    // of the answer: its status line, fields and the empty line
	Payload []byte    // the answer's body without transfer coding, with content coding
	// Truncated is why Payload is not the whole body: "length", "time", "disconnect" or "unspecified" (section 5.13); "" if it is.
	Truncated string
	IP        netip.Addr // that answered; the zero Addr if that is not known
	Protocol  string     // that the messages went by, such as "HTTP/2.0"
	// NotModified says that the answer is a 304, which stands for an earlier capture of URL: the one of Earlier, if that is not zero.
	NotModified bool
	Earlier     time.Time
}

// Original is a response on record whose payload another one repeats.
type Original struct {
	ID   ID
	URL  string
	Date time.Time
}

// Encoded are the records of an exchange, ready to be appended.
type Encoded struct {
	exchange          Exchange // without the payload, if that is repeatable
	compress          bool
	id                ID
	digest            string
	request, response []byte
	metadata          []Field
}

// Profiles of revisits (section 6.7).
const (
	sameDigest  = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
	notModified = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
)

// Encode makes the records of an exchange, each a gzip member with compress.
func Encode(x *Exchange, compress bool) *Encoded {
	e := &Encoded{exchange: *x, compress: compress, id: NewID()}
	typ, profile, earlier := Response, "", Field{}
	if x.NotModified {
		typ, profile = Revisit, notModified
		if !x.Earlier.IsZero() {
			earlier = Field{"WARC-Refers-To-Date", timeText(x.Earlier)}
		}
	} else {
		e.digest = Digest(x.Payload)
	}
	fields := append(e.common(), Field{"WARC-Profile", profile})
	if earlier.Name != "" {
		fields = append(fields, Field{"WARC-Refers-To-Target-URI", x.URL}, earlier)
	}
	fields = append(fields, Field{"WARC-Payload-Digest", e.digest}, Field{"WARC-Truncated", x.Truncated})
	e.response = (&Record{
		Type: typ, ID: e.id, Date: x.Date, Block: [][]byte{x.Head, x.Payload},
		Fields: append(fields, Field{"Content-Type", "application/http;msgtype=response"}),
	}).Encode(compress)
	e.request = (&Record{
		Type: Request, ID: NewID(), Date: x.Date, Block: [][]byte{x.Request},
		Fields: append(e.common(), Field{"WARC-Concurrent-To", e.id.String()}, Field{"Content-Type", "application/http;msgtype=request"}),
	}).Encode(compress)
	e.exchange.Request, e.exchange.Payload = nil, nil
	if len(x.Payload) == 0 || x.Truncated != "" || x.NotModified {
		e.digest = ""
	}
	return e
}

// common are the fields of all records of the exchange.
func (e *Encoded) common() []Field {
	f := []Field{{"WARC-Target-URI", e.exchange.URL}}
	if e.exchange.IP.IsValid() {
		f = append(f, Field{"WARC-IP-Address", e.exchange.IP.WithZone("").String()})
	}
	if strings.HasPrefix(e.exchange.Protocol, "HTTP/2") {
		f = append(f, Field{"WARC-Protocol", "h2"})
	}
	return f
}

// Digest is that of the payload, by which Original is to be looked up; "" if the payload is empty or not whole, so that nothing
// can be a repetition of it.
func (e *Encoded) Digest() string { return e.digest }

// Original is what later ones with the same payload refer to.
func (e *Encoded) Original() Original { return Original{e.id, e.exchange.URL, e.exchange.Date} }

// Repeat makes the response a revisit of an earlier one with the same payload, which is not written once more.
func (e *Encoded) Repeat(o Original) {
	x := &e.exchange
	e.response = (&Record{
		Type: Revisit, ID: e.id, Date: x.Date, Block: [][]byte{x.Head},
		Fields: append(e.common(), Field{"WARC-Profile", sameDigest}, Field{"WARC-Refers-To", o.ID.String()},
			Field{"WARC-Refers-To-Target-URI", o.URL}, Field{"WARC-Refers-To-Date", timeText(o.Date)},
			Field{"WARC-Payload-Digest", e.digest}, Field{"Content-Type", "application/http;msgtype=response"}),
	}).Encode(e.compress)
}

// Describe adds a metadata record with these fields (section 6.6), such as {"via", "https://example.com/"}. Those without a value are left out.
func (e *Encoded) Describe(fields ...Field) { e.metadata = append(e.metadata, fields...) }

// Records are the records in the order in which they belong into a file.
func (e *Encoded) Records() [][]byte {
	all := [][]byte{e.request, e.response}
	var b strings.Builder
	for _, f := range e.metadata {
		if f.Value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", f.Name, oneLine(f.Value))
		}
	}
	if b.Len() == 0 {
		return all
	}
	return append(all, (&Record{
		Type: Metadata, ID: NewID(), Date: e.exchange.Date, Block: [][]byte{[]byte(b.String())},
		Fields: []Field{{"WARC-Target-URI", e.exchange.URL}, {"WARC-Concurrent-To", e.id.String()}, {"Content-Type", "application/warc-fields"}},
	}).Encode(e.compress))
}

// Size is what the records take of memory, in bytes.
func (e *Encoded) Size() int64 {
	return int64(len(e.request) + len(e.response) + len(e.exchange.Head) + 512)
}
