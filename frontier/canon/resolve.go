package canon

import (
	"golang.org/x/text/encoding"
)

// Parse reads an absolute http or https URL. White space and control characters around it are stripped, tabs and
// newlines inside it removed, as browsers do.
//
// The error wraps ErrInvalid (such as a URL without scheme), ErrNotHTTP, ErrNoHost or ErrTooLong.
func Parse(raw string) (URL, error) { return URL{}.Resolve(raw) }

// Resolve reads a reference found on the page u, or under the base u, as a browser resolves it (WHATWG URL, section
// 4.4). The reference is UTF-8; what is not valid UTF-8 in it is read as U+FFFD. If u is zero, the reference must be
// absolute, as for Parse.
//
// The error wraps ErrNotHTTP for a link that is none of a crawler's business (mailto:, javascript:), and ErrInvalid,
// ErrNoHost or ErrTooLong for a broken one.
func (u URL) Resolve(ref string) (URL, error) { return u.ResolveIn(ref, nil) }

// ResolveIn is Resolve for a page that is not in UTF-8: browsers encode the query of a link, and nothing else, in the
// encoding of the page. The reference itself is given as UTF-8 text, as decoded from the page. A nil enc means UTF-8;
// so does, as the standard has it, an encoding that does not extend ASCII (UTF-16).
func (u URL) ResolveIn(ref string, enc encoding.Encoding) (URL, error) {
	// The plain octets of the fast path are the same in every encoding that extends ASCII.
	if v, ok := u.resolveFast(ref); ok {
		return v, nil
	}
	return u.resolveSlow(ref, enc)
}
