package extract

import (
	"errors"
	"unsafe"

	"golang.org/x/text/encoding"

	"amble/frontier/canon"
)

// A reference is one distinct href or src of the page as it is written, with what its occurrences said.
type reference struct {
	raw  span // in references.raws
	text span // in references.texts: anchor text or alternative text
	rel  string
	nth  int // the occurrence that text is from
}

// A span is a part of a text.
type span struct{ from, to int }

func (s span) empty() bool { return s.from == s.to }

// references are a page's links or images in page order. Each is resolved once however often it is written, and not before
// the page's end, for the base URL may still change.
type references struct {
	list        []reference
	raws, texts []byte
	known       table                     // of list by raw, then of what is kept by its URL
	n           int                       // occurrences so far
	limit       int                       // how many are kept
	rewrite     func(canon.URL) canon.URL // nil for none
	cut         bool                      // something was left out
}

// raw is what a reference is written as. It is good until the next add.
func (r *references) raw(ref *reference) []byte { return r.raws[ref.raw.from:ref.raw.to] }

// add adds an occurrence of raw, and returns the index of its reference and the number of the occurrence. The index is none
// if raw cannot be a link: too long, or of another scheme.
func (r *references) add(raw []byte, rel string) (index, nth int) {
	raw = withoutFragment(trimmed(raw))
	if len(raw) > MaxURL || otherScheme(raw) {
		return none, 0
	}
	r.n++
	hash := hashOf(raw)
	for at, ok := r.known.first(hash); ok; at, ok = r.known.next(at, hash) {
		if i := r.known.index(at); string(r.raw(&r.list[i])) == string(raw) {
			r.list[i].rel = mergeRel(r.list[i].rel, rel)
			return i, r.n
		}
	}
	if len(r.list) == r.limit {
		r.cut = true
		return none, r.n
	}
	r.known.add(hash)
	from := len(r.raws)
	r.raws = append(r.raws, raw...)
	r.list = append(r.list, reference{raw: span{from, len(r.raws)}, rel: rel})
	return len(r.list) - 1, r.n
}

// setText gives a reference the text of its nth occurrence if it has none yet.
func (r *references) setText(index, nth int, text []byte) {
	if index != none && len(text) > 0 && r.list[index].text.empty() {
		from := len(r.texts)
		r.texts = append(r.texts, text...)
		r.list[index].text, r.list[index].nth = span{from, len(r.texts)}, nth
	}
}

// resolve gives those references that are http or https URLs, merged where they are the same one, and their URLs in the
// same order; room is how many bytes of them are made. It uses r up, but for the texts.
func (r *references) resolve(base canon.URL, enc encoding.Encoding, room int) ([]reference, []canon.URL) {
	if len(r.list) == 0 {
		return nil, nil
	}
	r.known.reset()
	kept, targets := r.list[:0], make([]canon.URL, 0, len(r.list))
	var hosts hostSet
	hosts.many = len(r.list) > MaxHosts
next:
	for _, ref := range r.list {
		if room -= len(base.String()) + ref.raw.to - ref.raw.from; room < 0 {
			r.cut = true
			break
		}
		raw := r.raw(&ref)
		// A URL shares no memory with the text that it was parsed from.
		u, err := base.ResolveIn(unsafe.String(unsafe.SliceData(raw), len(raw)), enc)
		if err != nil {
			continue
		}
		if r.rewrite != nil {
			u = r.rewrite(u)
		}
		s := u.String()
		if len(s) > MaxURL {
			continue
		}
		hash := hashOf(unsafe.Slice(unsafe.StringData(s), len(s)))
		for at, ok := r.known.first(hash); ok; at, ok = r.known.next(at, hash) {
			if i := r.known.index(at); targets[i] == u {
				kept[i].merge(ref)
				continue next
			}
		}
		if !hosts.admit(u) {
			r.cut = true
			continue
		}
		r.known.add(hash)
		kept, targets = append(kept, ref), append(targets, u)
	}
	if len(kept) == 0 {
		return nil, nil
	}
	return kept, targets
}

// hostSet are the hosts that a page's links name.
type hostSet struct {
	many  bool // there may be more than MaxHosts
	last  string
	known map[string]struct{}
}

// admit reports whether the host of u is one of the first MaxHosts.
func (h *hostSet) admit(u canon.URL) bool {
	at := u.HostPort()
	if !h.many || at == h.last {
		return true
	}
	if _, ok := h.known[at]; !ok {
		if len(h.known) == MaxHosts {
			return false
		}
		if h.known == nil {
			h.known = make(map[string]struct{})
		}
		h.known[at] = struct{}{}
	}
	h.last = at
	return true
}

// empty makes r as good as new, and keeps its memory but for what a large page needed.
func (r *references) empty() {
	clear(r.list) // so that it holds on to no text
	*r = references{list: kept(r.list, maxKept), raws: kept(r.raws, 64*maxKept), texts: kept(r.texts, 64*maxKept), known: r.known}
	r.known.reset()
	if len(r.known.slots) > 4*maxKept {
		r.known = table{}
	}
}

// maxKept is how many references the memory is kept for from page to page.
const maxKept = 2048

// kept is s without its elements; nil if it has room for more than most.
func kept[T any](s []T, most int) []T {
	if cap(s) > most {
		return nil
	}
	return s[:0]
}

var errTooLong = errors.New("longer than MaxURL")

// resolveOne resolves a reference of the page's head.
func resolveOne(raw string, base canon.URL, enc encoding.Encoding) (canon.URL, error) {
	if len(raw) > MaxURL {
		return canon.URL{}, errTooLong
	}
	u, err := base.ResolveIn(raw, enc)
	if err == nil && len(u.String()) > MaxURL {
		return canon.URL{}, errTooLong
	}
	return u, err
}

// merge adds to r another reference to the same URL that was first met later.
func (r *reference) merge(o reference) {
	r.rel = mergeRel(r.rel, o.rel)
	if !o.text.empty() && (r.text.empty() || o.nth < r.nth) {
		r.text, r.nth = o.text, o.nth
	}
}

// trimmed is raw without the C0 controls and spaces at its ends, as the URL standard reads it.
func trimmed(raw []byte) []byte {
	for len(raw) > 0 && raw[0] <= ' ' {
		raw = raw[1:]
	}
	for len(raw) > 0 && raw[len(raw)-1] <= ' ' {
		raw = raw[:len(raw)-1]
	}
	return raw
}

// withoutFragment is raw without its fragment, so that references to places within one page are one. With a space
// or a control before the fragment it stays as it is: what ends there is trimmed, what goes on is not.
func withoutFragment(raw []byte) []byte {
	for i, c := range raw {
		if c == '#' {
			if i > 0 && raw[i-1] <= ' ' {
				return raw
			}
			return raw[:i]
		}
	}
	return raw
}

// otherScheme tells whether raw begins with a scheme other than http and https. It spares the making of a URL, above all for
// the kilobytes of a data: URL; what it lets through, such as a scheme with a tab in it, is left to resolving.
func otherScheme(raw []byte) bool {
	for i, c := range raw {
		switch lower := c | 0x20; {
		case 'a' <= lower && lower <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return !isToken(raw[:i], "http") && !isToken(raw[:i], "https")
		default:
			return false
		}
	}
	return false
}
