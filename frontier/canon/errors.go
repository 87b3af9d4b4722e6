package canon

import (
	"errors"
	"fmt"
)

// Bounds on what is read. With them the most hostile link costs about a millisecond, and a canonical URL has a size that
// all who walk through its segments may rely on. They lie far beyond what servers and resolvers accept.
const (
	// MaxLen is the greatest length of a URL in octets, both of the text that is read and of the canonical form.
	MaxLen = 1<<16 - 1
	// MaxAuthority is the greatest length in octets of what stands between "//" and the path.
	MaxAuthority = 1024
	// MaxSlashes is the greatest number of slashes, and so of path segments, in a URL.
	MaxSlashes = 2048
)

// What can be wrong with a link. Every error of this package wraps one of them.
var (
	// ErrNotHTTP means that the link has another scheme (mailto, javascript, data, ftp): sound, but not to be crawled.
	ErrNotHTTP = errors.New("not an http or https URL")
	// ErrNoHost means that the URL has a scheme but no host.
	ErrNoHost = errors.New("URL without a host")
	// ErrTooLong means that the URL exceeds MaxLen, MaxAuthority or MaxSlashes, or has an international host of more than
	// 255 characters.
	ErrTooLong = errors.New("URL too long")
	// ErrInvalid means that the text is no URL: it has no scheme (and there is no base), or its host or its port cannot
	// be read.
	ErrInvalid = errors.New("invalid URL")
)

// shown is how much of a link an error quotes.
const shown = 120

// errAbout wraps a sentinel with the text that it is about, and with what to do, which may be empty.
func errAbout(err error, text, advice string) error {
	more := ""
	if len(text) > shown {
		text, more = text[:shown], "..."
	}
	if advice != "" {
		advice = ": " + advice
	}
	return fmt.Errorf("%w: %q%s%s", err, text, more, advice)
}

func errTooLong(text string) error {
	return errAbout(ErrTooLong, text, fmt.Sprintf("at most %d octets, %d of them before the path, and %d slashes are read",
		MaxLen, MaxAuthority, MaxSlashes))
}
