package fetch

import (
	"encoding/binary"
	"net/netip"
)

// network is a kind of network in words that follow "it lies"; public is the internet that everyone shares.
type network string

const (
	public        network = ""
	thisMachine   network = "in this machine (loopback)"
	unspecified   network = "in this machine (unspecified address)"
	thisNetwork   network = "in the machine's own network"
	privateNet    network = "in a private network"
	providerNet   network = "in a provider's internal network (shared address space)"
	linkLocal     network = "on the local link (link-local)"
	siteLocal     network = "in a private network (site-local)"
	uniqueLocal   network = "in a private network (unique local)"
	metadata      network = "at a cloud's metadata service"
	multicast     network = "in a multicast group"
	broadcast     network = "at every host of the local network (broadcast)"
	reserved      network = "in a reserved block"
	documentation network = "in a block for documentation"
	benchmarking  network = "in a block for benchmarks"
	discarded     network = "in the discard block"
	translated    network = "in a private network (local NAT64)"
	segments      network = "in a private network (segment routing)"
)

type block struct {
	prefix  netip.Prefix
	network network
}

// The blocks are those of the IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190) that are
// not globally reachable, with the registries' reachable exceptions before them, and the multicast registries. The
// metadata services are those of the large clouds; 168.63.129.16 is one among public addresses. The first match decides.
var (
	blocks4 = blocksOf(
		metadata, "169.254.169.254/32", "169.254.170.2/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32",
		unspecified, "0.0.0.0/32",
		thisNetwork, "0.0.0.0/8", // RFC 791
		privateNet, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // RFC 1918
		providerNet, "100.64.0.0/10", // RFC 6598
		thisMachine, "127.0.0.0/8", // RFC 1122
		linkLocal, "169.254.0.0/16", // RFC 3927
		public, "192.0.0.9/32", "192.0.0.10/32", // RFC 7723, RFC 8155
		reserved, "192.0.0.0/24", "192.88.99.0/24", // RFC 6890, RFC 7526
		documentation, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // RFC 5737
		benchmarking, "198.18.0.0/15", // RFC 2544
		multicast, "224.0.0.0/4", // RFC 5771
		broadcast, "255.255.255.255/32", // RFC 919
		reserved, "240.0.0.0/4", // RFC 1112
	)
	blocks6 = blocksOf(
		metadata, "fd00:ec2::254/128", "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128", "fd00:42::42/128",
		unspecified, "::/128",
		thisMachine, "::1/128",
		translated, "64:ff9b:1::/48", // RFC 8215
		discarded, "100::/64", "100:0:0:1::/64", // RFC 6666, RFC 9780
		segments, "5f00::/16", // RFC 9602
		uniqueLocal, "fc00::/7", // RFC 4193
		linkLocal, "fe80::/10", // RFC 4291
		siteLocal, "fec0::/10", // RFC 3879
		multicast, "ff00::/8", // RFC 4291
		public, "2001::/32", // Teredo, RFC 4380: what it embeds is judged
		public, "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", // RFC 7723, RFC 8155, RFC 9665
		benchmarking, "2001:2::/48", // RFC 5180
		public, "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2001:30::/28", // RFC 7450, 7535, 7343, 9374
		reserved, "2001::/23", // RFC 2928
		documentation, "2001:db8::/32", "3fff::/20", // RFC 3849, RFC 9637
		public, "2000::/3", // all that IANA has given out (RFC 4291, section 2.4)
		public, "64:ff9b::/96", // NAT64, RFC 6052: what it embeds is judged
		reserved, "::/0",
	)
)

// blocksOf reads a list of networks, each followed by its prefixes.
func blocksOf(list ...any) []block {
	var all []block
	var n network
	for _, item := range list {
		switch item := item.(type) {
		case network:
			n = item
		case string:
			all = append(all, block{netip.MustParsePrefix(item), n})
		}
	}
	return all
}

// networkOf tells in which kind of network an address lies. An IPv6 address that leads to an IPv4 address, through a
// translator or a tunnel, lies where that one does, and no address with a zone is public. It is a pure function of
// the address.
func networkOf(a netip.Addr) network {
	if !a.IsValid() {
		return unspecified
	}
	a, zone := a.Unmap().WithZone(""), a.Zone()
	if a.Is4() {
		return find(blocks4, a)
	}
	if n := find(blocks6, a); n == thisMachine || n == unspecified || n == metadata {
		return n
	}
	for _, v4 := range embedded(a) {
		if n := find(blocks4, v4); v4.IsValid() && n != public {
			return n
		}
	}
	n := find(blocks6, a)
	if n == public && zone != "" {
		return linkLocal
	}
	return n
}

func find(blocks []block, a netip.Addr) network {
	for i := range blocks {
		if blocks[i].prefix.Contains(a) {
			return blocks[i].network
		}
	}
	return public
}

var (
	compatible = netip.MustParsePrefix("::/96")           // RFC 4291, section 2.5.5.1
	translates = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 7915's predecessor, RFC 2765
	nat64      = netip.MustParsePrefix("64:ff9b::/96")    // RFC 6052
	localNAT64 = netip.MustParsePrefix("64:ff9b:1::/48")  // RFC 8215
	sixToFour  = netip.MustParsePrefix("2002::/16")       // RFC 3056
	teredo     = netip.MustParsePrefix("2001::/32")       // RFC 4380
)

// embedded are the IPv4 addresses that an IPv6 address carries; the zero Addr fills up. Teredo has two: its server's, and its
// client's with all bits inverted.
func embedded(a netip.Addr) (v4 [2]netip.Addr) {
	b := a.As16()
	last := netip.AddrFrom4([4]byte(b[12:]))
	switch {
	case compatible.Contains(a), translates.Contains(a), nat64.Contains(a), localNAT64.Contains(a):
		v4[0] = last
	case sixToFour.Contains(a):
		v4[0] = netip.AddrFrom4([4]byte(b[2:]))
	case teredo.Contains(a):
		var client [4]byte
		binary.BigEndian.PutUint32(client[:], ^binary.BigEndian.Uint32(b[12:]))
		v4 = [2]netip.Addr{netip.AddrFrom4([4]byte(b[4:])), netip.AddrFrom4(client)}
	}
	return v4
}
