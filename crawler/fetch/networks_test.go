package fetch

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

// Each block is held at its first and its last address, and so are the addresses beside it.
func TestNetworksAtTheirBoundaries(t *testing.T) {
	for _, test := range []struct {
		prefix              string
		before, want, after network
	}{
		{"0.0.0.0/32", public, unspecified, thisNetwork},
		{"0.0.0.1/32", unspecified, thisNetwork, thisNetwork},
		{"0.255.0.0/16", thisNetwork, thisNetwork, public},
		{"10.0.0.0/8", public, privateNet, public},
		{"100.64.0.0/11", public, providerNet, providerNet},
		{"100.96.0.0/11", providerNet, providerNet, public},
		{"100.100.100.200/32", providerNet, metadata, providerNet},
		{"127.0.0.0/8", public, thisMachine, public},
		{"168.63.129.16/32", public, metadata, public},
		{"169.254.0.0/17", public, linkLocal, linkLocal},
		{"169.254.255.0/24", linkLocal, linkLocal, public},
		{"169.254.169.254/32", linkLocal, metadata, linkLocal},
		{"169.254.170.2/32", linkLocal, metadata, linkLocal},
		{"172.16.0.0/12", public, privateNet, public},
		{"192.0.0.0/29", public, reserved, reserved},
		{"192.0.0.9/32", reserved, public, public},
		{"192.0.0.10/32", public, public, reserved},
		{"192.0.0.192/32", reserved, metadata, reserved},
		{"192.0.0.224/27", reserved, reserved, public},
		{"192.0.2.0/24", public, documentation, public},
		{"192.31.196.0/24", public, public, public},
		{"192.88.99.0/24", public, reserved, public},
		{"192.168.0.0/16", public, privateNet, public},
		{"198.18.0.0/15", public, benchmarking, public},
		{"198.51.100.0/24", public, documentation, public},
		{"203.0.113.0/24", public, documentation, public},
		{"224.0.0.0/4", public, multicast, reserved},
		{"240.0.0.0/5", multicast, reserved, reserved},
		{"255.255.255.255/32", reserved, broadcast, public},
		{"8.8.8.8/32", public, public, public},

		{"::/128", public, unspecified, thisMachine},
		{"::1/128", unspecified, thisMachine, thisNetwork},
		{"64:ff9b::808:808/128", public, public, public},
		{"64:ff9b:0:0:0:1::/96", broadcast, reserved, reserved},
		{"64:ff9b:1::808:808/128", translated, translated, translated},
		{"64:ff9b:1:ffff:ffff:ffff:808:808/128", translated, translated, translated},
		{"64:ff9b:2::/48", broadcast, reserved, reserved}, // before it local NAT64 with 255.255.255.255
		{"100::/64", reserved, discarded, discarded},
		{"100:0:0:1::/64", discarded, discarded, reserved},
		{"2000::/16", reserved, public, unspecified},  // behind it Teredo, with the server 0.0.0.0
		{"2001:1::/127", broadcast, reserved, public}, // the first is 2001:1::, the last 2001:1::1
		{"2001:1::2/127", public, public, reserved},
		{"2001:2::/48", reserved, benchmarking, reserved},
		{"2001:3::/32", reserved, public, reserved},
		{"2001:4:112::/48", reserved, public, reserved},
		{"2001:20::/28", reserved, public, public},
		{"2001:30::/28", public, public, reserved},
		{"2001:100::/24", reserved, reserved, public},
		{"2001:db8::/32", public, documentation, public},
		{"2606:2800:220:1::/64", public, public, public},
		{"3fff::/20", public, documentation, public},
		{"3fff:f000::/20", public, public, reserved},
		{"5f00::/16", reserved, segments, reserved},
		{"fc00::/8", reserved, uniqueLocal, uniqueLocal},
		{"fd00::/8", uniqueLocal, uniqueLocal, reserved},
		{"fd00:ec2::254/128", uniqueLocal, metadata, uniqueLocal},
		{"fd20:ce::254/128", uniqueLocal, metadata, uniqueLocal},
		{"fe80::/10", reserved, linkLocal, siteLocal},
		{"fec0::/10", linkLocal, siteLocal, multicast},
		{"ff00::/8", siteLocal, multicast, public},
	} {
		p := netip.MustParsePrefix(test.prefix)
		first, last := p.Masked().Addr(), lastOf(p)
		check := func(where string, a netip.Addr, want network) {
			if a.IsValid() && networkOf(a) != want {
				t.Errorf("%s, %s: %s is %q, want %q", test.prefix, where, a, networkOf(a), want)
			}
		}
		if test.prefix == "2001:1::/127" {
			last = first // 2001:1::1 is an exception
		}
		check("first", first, test.want)
		check("last", last, test.want)
		check("before", first.Prev(), test.before)
		check("after", last.Next(), test.after)
	}
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

func TestZonesAndNoAddressAreNotPublic(t *testing.T) {
	for s, want := range map[string]network{
		"fe80::1%eth0": linkLocal, "2606:2800::1%eth0": linkLocal, "::1%lo": thisMachine, "ff02::1%2": multicast,
		"::ffff:10.0.0.1%eth0": privateNet,
	} {
		if got := networkOf(netip.MustParseAddr(s)); got != want {
			t.Errorf("%s is %q, want %q", s, got, want)
		}
	}
	if networkOf(netip.Addr{}) == public {
		t.Error("the zero Addr is public")
	}
}

// embeddings are the ways to write an IPv4 address as an IPv6 address, and whether a public one may be reached so.
var embeddings = map[string]struct {
	make    func(b [4]byte) [16]byte
	passing bool
}{
	"mapped":     {func(b [4]byte) [16]byte { return [16]byte{10: 255, 11: 255, 12: b[0], 13: b[1], 14: b[2], 15: b[3]} }, true},
	"compatible": {func(b [4]byte) [16]byte { return [16]byte{12: b[0], 13: b[1], 14: b[2], 15: b[3]} }, false},
	"translated": {func(b [4]byte) [16]byte { return [16]byte{8: 255, 9: 255, 12: b[0], 13: b[1], 14: b[2], 15: b[3]} }, false},
	"NAT64":      {func(b [4]byte) [16]byte { return [16]byte{0, 0x64, 0xff, 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]} }, true},
	"local NAT64": {func(b [4]byte) [16]byte {
		return [16]byte{0, 0x64, 0xff, 0x9b, 0, 1, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
	}, false},
	"local NAT64/48": {func(b [4]byte) [16]byte { return [16]byte{0, 0x64, 0xff, 0x9b, 0, 1, b[0], b[1], 0, b[2], b[3]} }, false},
	"6to4":           {func(b [4]byte) [16]byte { return [16]byte{0x20, 2, b[0], b[1], b[2], b[3], 15: 1} }, true},
	"Teredo server": {func(b [4]byte) [16]byte {
		return [16]byte{0x20, 1, 0, 0, b[0], b[1], b[2], b[3], 12: 247, 13: 247, 14: 247, 15: 247}
	}, true},
	"Teredo client": {func(b [4]byte) [16]byte {
		return [16]byte{0x20, 1, 0, 0, 8, 8, 8, 8, 12: ^b[0], 13: ^b[1], 14: ^b[2], 15: ^b[3]}
	}, true},
}

func FuzzEmbeddedIPv4(f *testing.F) {
	for _, s := range []string{"127.0.0.1", "10.0.0.1", "8.8.8.8", "169.254.169.254", "0.0.0.0", "255.255.255.255", "192.168.0.1", "168.63.129.16"} {
		b := netip.MustParseAddr(s).As4()
		f.Add(binary.BigEndian.Uint32(b[:]))
	}
	f.Fuzz(func(t *testing.T, n uint32) {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], n)
		v4 := netip.AddrFrom4(b)
		for name, e := range embeddings {
			v6 := netip.AddrFrom16(e.make(b))
			for _, a := range []netip.Addr{v6, v6.WithZone("eth0")} {
				got := networkOf(a)
				if networkOf(v4) != public && got == public {
					t.Errorf("%s lies %s, yet as %s (%s) it passes", v4, networkOf(v4), name, a)
				}
				if networkOf(v4) == public && a.Zone() == "" && (got == public) != e.passing {
					t.Errorf("%s as %s (%s) lies %q", v4, name, a, got)
				}
			}
		}
	})
}

// Package net has its own opinion of some of the kinds.
func FuzzNetworksAgainstNetip(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add([]byte{0xfe, 0x80, 15: 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		a, ok := netip.AddrFromSlice(b)
		if !ok {
			return
		}
		if !a.IsGlobalUnicast() || a.IsPrivate() {
			if networkOf(a) == public {
				t.Errorf("%s is public", a)
			}
		}
	})
}
