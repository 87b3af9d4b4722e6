package fetch

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"sync"
)

// What follows is all that an Auth shows of itself, whichever way it is asked.

// String is the scheme and the origin of a, in words.
func (a Auth) String() string {
	scheme, where := "unknown", "wherever credentials may go"
	if a.Scheme == AuthBasic || a.Scheme == AuthBearer {
		scheme = string(a.Scheme)
	}
	if origin, err := canonicalOrigin(a.Origin); err != nil {
		where = "no origin that can be read"
	} else if origin != "" {
		where = origin
	}
	return scheme + " credentials for " + where
}

// GoString is String, for %#v.
func (a Auth) GoString() string { return a.String() }

// Format writes String for every verb.
func (a Auth) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.String()) }

// LogValue is String, for log/slog.
func (a Auth) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText is String, for XML, YAML and the like. There is no way back.
func (a Auth) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalJSON is String as a JSON string. There is no way back.
func (a Auth) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, "%q", a.String()), nil }

// Format writes nothing of what the Client holds: its headers may be secrets.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "fetch.Client") }

// Format writes how many cookies are held, and nothing of them.
func (k *Cookies) Format(f fmt.State, _ rune) {
	if k == nil {
		_, _ = io.WriteString(f, "no cookies")
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, s := range k.sites {
		n += len(s.held)
	}
	_, _ = fmt.Fprintf(f, "%d cookies of %d sites", n, len(k.sites))
}

// userinfo finds what may stand for user and password: all between the slashes and the last @ before the path. Where
// several URLs stand in one text it may take in more than that, never less.
var userinfo = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)((?:https?|ftps?|wss?):[/\\]*|[/\\]{2,})[^/\\?#]*@`)
})

// HideUserinfo replaces user and password of the URLs in a text, which need not be sound ones, by ***. Texts that came
// from a server or from the environment pass through it before a person or a file gets to see them, and before they are
// cut: a user whose @ is cut off could no longer be told from a host.
func HideUserinfo(text string) string {
	if strings.IndexByte(text, '@') < 0 {
		return text
	}
	return userinfo().ReplaceAllString(text, "${1}***@")
}
