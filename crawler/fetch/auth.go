package fetch

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"amble/frontier/canon"
)

// AuthScheme is how an Auth is written into the Authorization header.
type AuthScheme string

const (
	AuthBasic  AuthScheme = "basic"  // User and Password (RFC 7617), in UTF-8
	AuthBearer AuthScheme = "bearer" // Token (RFC 6750)
)

// maxSecret bounds a user with his password, and a token: servers take no longer header.
const maxSecret = 16 << 10

// Auth is what proves to one origin who asks. It is sent with every request to that origin from the first on, and to no
// other: not to another port, not to http where https was meant, not to a subdomain, not to where a redirect leads.
//
// However it is printed, logged or encoded, an Auth shows its scheme and its origin, and never who it speaks for.
type Auth struct {
	// Origin is scheme://host[:port], with nothing behind it but perhaps a slash; it need not be in canonical form. ""
	// stands for wherever Request.Credentials is true and no other Auth names the origin.
	Origin string
	Scheme AuthScheme
	// User and Password are for AuthBasic. Either may be empty, but not both. The user holds no colon, neither holds a
	// control character; they are sent as the bytes that they are.
	User, Password string
	// Token is for AuthBearer: letters, digits and -._~+/, and then perhaps some =.
	Token string
}

// What can be wrong with an Auth. None of these texts quotes what it was given: any of it may be the secret, once the
// parts are in the wrong order.
var (
	errAuthForm = errors.New(`credentials that cannot be read: write "basic USER:PASSWORD" or "bearer TOKEN", with the ` +
		`origin that they are for in front, as in "https://example.com bearer TOKEN"`)
	errAuthOrigin = errors.New("the origin of the credentials cannot be read: write http or https, the host and perhaps a " +
		"port, as in https://example.com:8443, without user, path or query")
	errAuthScheme  = errors.New("the scheme of the credentials is neither basic nor bearer")
	errAuthMixed   = errors.New("basic credentials have a user and a password and no token; bearer credentials have a token alone")
	errAuthEmpty   = errors.New("the credentials are empty")
	errAuthLong    = fmt.Errorf("the credentials are longer than %d KiB", maxSecret>>10)
	errAuthColon   = errors.New("the user of basic credentials holds a colon, which would end it")
	errAuthControl = errors.New("the credentials hold a control character, or are not valid UTF-8")
	errAuthToken   = errors.New("the bearer token holds a character that no token may: only letters, digits and -._~+/ are " +
		"allowed, and = at the end")
)

// check says what is wrong with a, apart from its origin.
func (a Auth) check() error {
	basic := a.User + a.Password
	switch {
	case a.Scheme != AuthBasic && a.Scheme != AuthBearer:
		return errAuthScheme
	case basic != "" && a.Token != "", a.Scheme == AuthBasic && a.Token != "", a.Scheme == AuthBearer && basic != "":
		return errAuthMixed
	case basic == "" && a.Token == "":
		return errAuthEmpty
	case len(basic)+len(a.Token) > maxSecret:
		return errAuthLong
	case strings.Contains(a.User, ":"):
		return errAuthColon
	case !utf8.ValidString(a.User), !utf8.ValidString(a.Password), strings.ContainsFunc(basic, unicode.IsControl):
		return errAuthControl
	case a.Scheme == AuthBearer && !isToken68(a.Token):
		return errAuthToken
	}
	return nil
}

// isToken68 reports whether s is a token68 (RFC 9110, section 11.2).
func isToken68(s string) bool {
	s = strings.TrimRight(s, "=")
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/", r))
	})
}

// header is the value of the Authorization header.
func (a Auth) header() string {
	if a.Scheme == AuthBearer {
		return "Bearer " + a.Token
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(a.User+":"+a.Password))
}

// canonicalOrigin reads the origin of an Auth, which may be "". What a browser would forgive (a backslash, a space, a
// user in front of the host) it refuses: a mistake here would send a secret to somebody else.
func canonicalOrigin(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	scheme, rest, _ := strings.Cut(s, "://")
	rest = strings.TrimSuffix(rest, "/")
	if !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") || rest == "" ||
		strings.ContainsFunc(rest, unicode.IsControl) || strings.ContainsAny(rest, "/\\@?# ") {
		return "", errAuthOrigin
	}
	u, err := canon.Parse(scheme + "://" + rest + "/")
	if err != nil || u.RequestTarget() != "/" {
		return "", errAuthOrigin
	}
	return u.Origin(), nil
}

// authorizations are the values of the Authorization header by canonical origin; "" is wherever the caller allows it.
type authorizations map[string]string

func readAuths(auths []Auth) (authorizations, error) {
	res := make(authorizations, len(auths))
	for i, a := range auths {
		origin, err := canonicalOrigin(a.Origin)
		if err == nil {
			err = a.check()
		}
		if err != nil {
			return nil, fmt.Errorf("fetch: credentials no. %d: %w", i+1, err)
		}
		if _, ok := res[origin]; ok {
			if origin == "" {
				origin = "the seeds"
			}
			return nil, fmt.Errorf("fetch: credentials no. %d: there are others for %s already: keep one of them", i+1, origin)
		}
		res[origin] = a.header()
	}
	return res, nil
}

// value is the Authorization for u, "" if there is none.
func (a authorizations) value(u canon.URL, allowed bool) string {
	if v, ok := a[u.Origin()]; ok || !allowed {
		return v
	}
	return a[""]
}
