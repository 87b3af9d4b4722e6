package crawlertest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// session is where a kind of shop writes the number of its visitor: in a query, behind the last segment or before it.
type session struct {
	digits string // the number is written with; empty: as strconv does in base 36
	length int    // its digits
	link   func(prefix, visitor, to string) string
	name   func(rest string) string // the page that a path below the prefix asks for
}

// sessionKinds by the argument of "!generate sessions". The later three are as PHP, Java and ASP.NET servers write them.
var sessionKinds = map[string]session{
	"query": {
		link: func(prefix, visitor, to string) string { return prefix + to + "?sid=" + visitor },
		name: whole,
	},
	"path": {
		link: func(prefix, visitor, to string) string { return prefix + visitor + "/" + to },
		name: lastSegment,
	},
	"php": {
		digits: "0123456789abcdef", length: 32,
		link: func(prefix, visitor, to string) string { return prefix + to + "?PHPSESSID=" + visitor },
		name: whole,
	},
	"java": {
		digits: "0123456789ABCDEF", length: 32,
		link: func(prefix, visitor, to string) string { return prefix + to + ";jsessionid=" + visitor },
		name: func(rest string) string { name, _, _ := strings.Cut(rest, ";"); return name },
	},
	"asp": {
		digits: "abcdefghijklmnopqrstuvwxyz012345", length: 24,
		link: func(prefix, visitor, to string) string { return prefix + "(S(" + visitor + "))/" + to },
		name: lastSegment,
	},
}

func whole(rest string) string { return rest }

func lastSegment(rest string) string { return rest[strings.LastIndex(rest, "/")+1:] }

// sessions is a shop that gives every visitor a number, and takes every request for a new visitor: each page links to
// the same two pages under another number.
func sessions(prefix string, args []string) (pages, error) {
	kind, ok := session{}, false
	if len(args) == 1 {
		kind, ok = sessionKinds[args[0]]
	}
	if !ok {
		return nil, fmt.Errorf("sessions: want one of %s", strings.Join(slices.Sorted(maps.Keys(sessionKinds)), ", "))
	}
	return func(_, rest, query string) ([]byte, string) {
		name := kind.name(rest)
		if name != "" && name != "goods" && name != "basket" {
			return nil, ""
		}
		visitor := kind.number(hash(rest + "?" + query))
		var links []string
		for _, to := range []string{"goods", "basket"} {
			links = append(links, kind.link(prefix, visitor, to), to)
		}
		return trapPage("The shop, visitor "+visitor, links)
	}, nil
}

// number writes a visitor's number.
func (k session) number(id uint64) string {
	if k.digits == "" {
		return strconv.FormatUint(id, 36)
	}
	b := make([]byte, k.length)
	for i := range b {
		id = mix(id)
		b[i] = k.digits[id%uint64(len(k.digits))]
	}
	return string(b)
}

func hash(s string) (h uint64) {
	for _, c := range []byte(s) {
		h = mix(h ^ uint64(c))
	}
	return h
}
