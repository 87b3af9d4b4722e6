package fetch

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// records are what a name server of these tests knows of one name.
type records struct {
	addrs  []string
	ttl    uint32 // of the addresses
	cname  uint32 // TTL of an alias before them; 0 means none
	soa    uint32 // minimum TTL for what is not there; 0 means that no SOA is sent
	code   dnsmessage.RCode
	long   bool // too long for UDP
	silent bool
}

// nameServer answers over UDP and TCP on loopback, and counts the questions for A of each name by network. It gives a dial
// that leads to it, whatever server is asked.
func nameServer(t *testing.T, zone map[string]records) (dial dialFunc, asked func(string) int) {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	count := make(map[string]int)
	t.Cleanup(func() {
		udp.Close()
		tcp.Close()
		wg.Wait()
	})
	reply := func(network string, question []byte) []byte {
		var p dnsmessage.Parser
		h, err := p.Start(question)
		if err != nil {
			return nil
		}
		q, err := p.Question()
		if err != nil {
			return nil
		}
		name := strings.TrimSuffix(q.Name.String(), ".")
		if q.Type == dnsmessage.TypeA {
			mu.Lock()
			count[network+" "+name]++
			mu.Unlock()
		}
		r, ok := zone[name]
		if !ok {
			r.code = dnsmessage.RCodeNameError
		}
		if r.silent {
			return nil
		}
		return r.message(h.ID, q, r.long && network == "udp")
	}
	wg.Go(func() {
		b := make([]byte, 1500)
		for {
			n, from, err := udp.ReadFrom(b)
			if err != nil {
				return
			}
			if out := reply("udp", b[:n]); out != nil {
				forged := slices.Clone(out)
				forged[0] ^= 0xff // another ID: nobody's answer
				_, _ = udp.WriteTo(forged[:len(forged)-1], from)
				_, _ = udp.WriteTo(out, from)
			}
		}
	})
	wg.Go(func() {
		for {
			conn, err := tcp.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				head := make([]byte, 2)
				if _, err := io.ReadFull(conn, head); err != nil {
					return
				}
				b := make([]byte, binary.BigEndian.Uint16(head))
				if _, err := io.ReadFull(conn, b); err != nil {
					return
				}
				if out := reply("tcp", b); out != nil {
					_, _ = conn.Write(binary.BigEndian.AppendUint16(nil, uint16(len(out))))
					_, _ = conn.Write(out)
				}
			})
		}
	})
	dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
		addr := udp.LocalAddr().String()
		if strings.HasPrefix(network, "tcp") {
			addr = tcp.Addr().String()
		}
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return dial, func(key string) int {
		mu.Lock()
		defer mu.Unlock()
		return count[key]
	}
}

func (r records) message(id uint16, q dnsmessage.Question, cut bool) []byte {
	b := dnsmessage.NewBuilder(nil, dnsmessage.Header{
		ID: id, Response: true, RCode: r.code, Truncated: cut, RecursionDesired: true, RecursionAvailable: true,
	})
	_ = b.StartQuestions()
	_ = b.Question(q)
	_ = b.StartAnswers()
	name := q.Name
	if r.cname > 0 && !cut {
		alias := dnsmessage.MustNewName("alias.test.")
		_ = b.CNAMEResource(dnsmessage.ResourceHeader{Name: name, Class: q.Class, TTL: r.cname}, dnsmessage.CNAMEResource{CNAME: alias})
		name = alias
	}
	for _, a := range addresses(r.addrs...) {
		h := dnsmessage.ResourceHeader{Name: name, Class: q.Class, TTL: r.ttl}
		switch {
		case cut:
		case a.Is4() && q.Type == dnsmessage.TypeA:
			_ = b.AResource(h, dnsmessage.AResource{A: a.As4()})
		case a.Is6() && q.Type == dnsmessage.TypeAAAA:
			_ = b.AAAAResource(h, dnsmessage.AAAAResource{AAAA: a.As16()})
		}
	}
	_ = b.StartAuthorities()
	if r.soa > 0 {
		zone := dnsmessage.MustNewName("test.")
		_ = b.SOAResource(dnsmessage.ResourceHeader{Name: zone, Class: q.Class, TTL: 86400},
			dnsmessage.SOAResource{NS: zone, MBox: zone, MinTTL: r.soa})
	}
	out, _ := b.Finish()
	return out
}

func TestTimeToLiveOfNames(t *testing.T) {
	dial, asked := nameServer(t, map[string]records{
		"a.test":       {addrs: []string{"192.0.2.1", "192.0.2.2"}, ttl: 300},
		"both.test":    {addrs: []string{"192.0.2.1", "2001:db8::1"}, ttl: 400},
		"alias-a.test": {addrs: []string{"192.0.2.1"}, ttl: 300, cname: 20, soa: 10},
		"long.test":    {addrs: []string{"192.0.2.1"}, ttl: 200, long: true},
		"high.test":    {addrs: []string{"192.0.2.1"}, ttl: 1<<31 | 5},
		"none.test":    {code: dnsmessage.RCodeNameError, soa: 120},
		"empty.test":   {soa: 240},
		"broken.test":  {code: dnsmessage.RCodeServerFailure},
	})
	s := nameService{dial: dial, preferGo: true}
	for _, test := range []struct {
		host  string
		addrs string
		err   string // a part of it
		ttl   time.Duration
		known bool
	}{
		{"a.test", "192.0.2.1 192.0.2.2", "", 300 * time.Second, true},
		{"both.test", "192.0.2.1 2001:db8::1", "", 400 * time.Second, true},
		{"alias-a.test", "192.0.2.1", "", 20 * time.Second, true},
		{"long.test", "192.0.2.1", "", 200 * time.Second, true},
		{"high.test", "192.0.2.1", "", 0, true},
		{"none.test", "", "no such host", 120 * time.Second, true},
		{"empty.test", "", "no such host", 240 * time.Second, true},
		{"unknown.test", "", "no such host", 0, false},
		{"broken.test", "", "server misbehaving", 0, false},
	} {
		t.Run(test.host, func(t *testing.T) {
			got := s.lookup(t.Context(), test.host+".") // the dot keeps the machine's search domains out
			var addrs []string
			for _, a := range got.addrs {
				addrs = append(addrs, a.String())
			}
			slices.Sort(addrs)
			if text := strings.Join(addrs, " "); text != test.addrs || got.ttl != test.ttl || got.known != test.known {
				t.Errorf("got %s for %v (%v), want %s for %v", text, got.ttl, got.known, test.addrs, test.ttl)
			}
			if (got.err == nil) != (test.err == "") || got.err != nil && !strings.Contains(got.err.Error(), test.err) {
				t.Errorf("got %v, want %q", got.err, test.err)
			}
			if lasting := got.lifetime() >= minNoNameTTL; got.err != nil && lasting != (test.err == "no such host") {
				t.Errorf("%v counts for %v", got.err, got.lifetime())
			}
		})
	}
	if asked("tcp long.test") == 0 || asked("tcp a.test") != 0 {
		t.Error("TCP is for what does not fit into UDP")
	}
}

// The first connection to a name server fails, and the next is answered: net tries again, and so must the reading of TTLs.
func TestAFailingNameServerIsPassedOver(t *testing.T) {
	good, _ := nameServer(t, map[string]records{"a.test": {addrs: []string{"192.0.2.1"}, ttl: 300}})
	var mu sync.Mutex
	failed := 0
	got := nameService{preferGo: true, dial: func(ctx context.Context, network, server string) (net.Conn, error) {
		mu.Lock()
		failed++
		first := failed <= 1
		mu.Unlock()
		if first {
			return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("no network")}
		}
		return good(ctx, network, server)
	}}.lookup(t.Context(), "a.test.")
	if got.err != nil || !slices.Equal(got.addrs, addresses("192.0.2.1")) || got.ttl != 300*time.Second {
		t.Errorf("got %+v", got)
	}
}

func TestNamesOfTheMachineItself(t *testing.T) {
	got := nameService{dial: func(context.Context, string, string) (net.Conn, error) {
		t.Error("/etc/hosts was passed over")
		return nil, errors.New("no")
	}}.lookup(t.Context(), "localhost")
	if got.err != nil || got.known || !got.addrs[0].IsLoopback() || got.lifetime() != unknownNameTTL {
		t.Errorf("got %+v", got)
	}
}

func TestALookupIsCancelled(t *testing.T) {
	dial, asked := nameServer(t, map[string]records{"silent.test": {silent: true}})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	got := nameService{dial: dial, preferGo: true}.lookup(ctx, "silent.test.")
	if got.err == nil || asked("udp silent.test") != 1 || time.Since(start) > 3*time.Second {
		t.Errorf("%v after %v", got.err, time.Since(start))
	}
	var timeout net.Error
	if errors.As(got.err, &timeout) && timeout.Timeout() {
		t.Error("the name service's silence is told as the host's")
	}
}

func FuzzTimeToLive(f *testing.F) {
	name := dnsmessage.MustNewName("a.test.")
	q := dnsmessage.Question{Name: name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	f.Add(records{addrs: []string{"192.0.2.1"}, ttl: 5, cname: 7}.message(1, q, false))
	f.Add(records{soa: 300, code: dnsmessage.RCodeNameError}.message(1, q, false))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, msg []byte) {
		var seen ttls
		seen.note(msg)
		for _, found := range []bool{true, false} {
			if d, known := seen.least(found); d < 0 || d > maxNameTTL || !known && d != 0 {
				t.Errorf("%v, %v", d, known)
			}
		}
	})
}
