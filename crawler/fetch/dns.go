package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nameService asks for names as the rest of the machine does, by way of package net: /etc/hosts, the order in
// nsswitch.conf, search domains, several servers, TCP where an answer is too long. net keeps the TTL to itself, so the
// messages are read on their way through its connections. Where net leaves the lookup to the operating system (cgo, macOS,
// Windows) there is no message to see and the TTL stays unknown: that costs a lookup a minute, whereas a resolver of our own
// would find other addresses than the machine's other programs do.
type nameService struct {
	dial     dialFunc // to name servers; nil means a net.Dialer
	preferGo bool     // never leave it to the operating system
}

// lookup asks for the addresses of one name.
func (s nameService) lookup(ctx context.Context, host string) resolution {
	dial := s.dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	var seen ttls
	// A resolver of its own for each lookup, so that whatever passes belongs to it.
	r := &net.Resolver{PreferGo: s.preferGo, Dial: func(ctx context.Context, network, server string) (net.Conn, error) {
		conn, err := dial(ctx, network, server)
		if err != nil {
			return nil, err
		}
		return seen.watch(conn), nil
	}}
	addrs, err := r.LookupNetIP(ctx, "ip", host)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	if err == nil && len(addrs) == 0 {
		err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	a := resolution{addrs: addrs, err: plainError(err)}
	a.ttl, a.known = seen.least(err == nil)
	return a
}

// plainError is err without its mark as a timeout: the silence of a name server is told by that name, and to be remembered; it
// is not the silence of the host.
func plainError(err error) error {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return err
	}
	e := *dns
	if e.IsTimeout {
		e.Err, e.IsTimeout, e.IsTemporary = "the name service does not answer", false, true
	}
	return &e
}

// ttls are the least times to live that the messages of one lookup named.
type ttls struct {
	mu                 sync.Mutex // the questions for A and AAAA go out together
	positive, negative time.Duration
	found, missing     bool
}

// least is the time to live of the lookup as a whole, and whether any message named one.
func (t *ttls) least(found bool) (time.Duration, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if found {
		return t.positive, t.found
	}
	return t.negative, t.missing
}

// note reads one answer. For addresses the least TTL counts of all records on the way to them; for a name or a kind of address
// that does not exist, the lesser of the SOA's TTL and its minimum (RFC 2308, section 5). What cannot be read names none.
func (t *ttls) note(msg []byte) {
	var p dnsmessage.Parser
	h, err := p.Start(msg)
	if err != nil || !h.Response || h.Truncated || p.SkipAllQuestions() != nil {
		return
	}
	if h.RCode != dnsmessage.RCodeSuccess && h.RCode != dnsmessage.RCodeNameError {
		return
	}
	least, found := maxNameTTL, false
	for {
		rr, err := p.AnswerHeader()
		if errors.Is(err, dnsmessage.ErrSectionDone) {
			break
		}
		if err != nil || p.SkipAnswer() != nil {
			return
		}
		least = min(least, seconds(rr.TTL))
		found = found || rr.Type == dnsmessage.TypeA || rr.Type == dnsmessage.TypeAAAA
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if found {
		if !t.found || least < t.positive {
			t.positive, t.found = least, true
		}
		return
	}
	for {
		rr, err := p.AuthorityHeader()
		if err != nil {
			return
		}
		if rr.Type != dnsmessage.TypeSOA {
			if p.SkipAuthority() != nil {
				return
			}
			continue
		}
		soa, err := p.SOAResource()
		if err != nil {
			return
		}
		if d := min(least, seconds(rr.TTL), seconds(soa.MinTTL)); !t.missing || d < t.negative {
			t.negative, t.missing = d, true
		}
	}
}

// seconds reads a TTL, in which the highest bit set means 0 (RFC 2181, section 8).
func seconds(ttl uint32) time.Duration {
	if ttl>>31 != 0 {
		return 0
	}
	return time.Duration(ttl) * time.Second
}

// watch notes what comes over a connection to a name server. net tells a packet connection by its methods, which the
// wrapper must keep.
func (t *ttls) watch(conn net.Conn) net.Conn {
	if udp, ok := conn.(*net.UDPConn); ok {
		return &packets{UDPConn: udp, ttls: t}
	}
	if _, ok := conn.(net.PacketConn); ok {
		return conn
	}
	return &stream{Conn: conn, ttls: t}
}

type packets struct {
	*net.UDPConn
	ttls *ttls
	id   [2]byte // of the question: an answer with another one is not for us, and net passes it over too
}

func (c *packets) Write(b []byte) (int, error) {
	copy(c.id[:], b)
	return c.UDPConn.Write(b)
}

func (c *packets) Read(b []byte) (int, error) {
	n, err := c.UDPConn.Read(b)
	if err == nil && n > 2 && [2]byte(b) == c.id {
		c.ttls.note(b[:n])
	}
	return n, err
}

// stream is a connection over TCP, where each message follows its length in two bytes.
type stream struct {
	net.Conn
	ttls *ttls
	got  []byte // of the first message, the only one: net asks one question per connection
}

func (c *stream) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if len(c.got) < 2+1<<16 {
		c.got = append(c.got, b[:n]...)
		if len(c.got) >= 2 {
			if end := 2 + int(binary.BigEndian.Uint16(c.got)); len(c.got) >= end && len(c.got)-n < end {
				c.ttls.note(c.got[2:end])
			}
		}
	}
	return n, err
}
