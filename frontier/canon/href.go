package canon

import (
	"strings"

	whatwgerrors "github.com/nlnwa/whatwg-url/errors"
	whatwg "github.com/nlnwa/whatwg-url/url"
)

// parser is the library's parser without any of its own ideas of canonical. The caret joined the path percent-encode
// set of the standard in 2025, after the library's release.
var parser = whatwg.NewParser(whatwg.WithPathPercentEncodeSet(whatwg.PathPercentEncodeSet.Set('^')))

// Href is the URL that a browser makes of ref under base, exactly as WHATWG serialises it: with fragment and userinfo,
// and before anything that is peculiar to this package. The scheme may be any. An empty base means that there is none.
// It serves tests and explanations; it does not have the limits on what comes out, only those on what goes in.
//
// The library reads everything but the hosts of http and https, which are read as [URL.Resolve] reads them.
func Href(base, ref string) (string, error) {
	var b *whatwg.Url
	host := ""
	if base != "" {
		var err error
		if b, host, err = parseWith(nil, "", base); err != nil {
			return "", err
		}
	}
	v, host, err := parseWith(b, host, ref)
	if err != nil {
		return "", err
	}
	href := v.Href(false)
	if host == "" {
		return href, nil
	}
	before := v.Protocol() + "//" + v.Username()
	if v.Password() != "" {
		before += ":" + v.Password()
	}
	if strings.HasPrefix(href[len(before):], "@") {
		before += "@"
	}
	return before + host + href[len(before)+len(standIn):], nil
}

// standIn is the host that the library is given in the place of one that it would read otherwise than we do.
const standIn = "h"

// parseWith has the library read ref. A nil base means that there is none; baseHost is the host that its stand-in
// stands for. If the result has a stand-in too, host is what it stands for, else "".
func parseWith(base *whatwg.Url, baseHost, ref string) (v *whatwg.Url, host string, err error) {
	text := clean(ref)
	if len(text) > MaxLen {
		return nil, "", errTooLong(text)
	}
	baseScheme := ""
	if base != nil {
		baseScheme = base.Scheme()
	}
	before, _, _ := strings.Cut(text, "#")
	before, _, _ = strings.Cut(before, "?")
	r := split(before, baseScheme)
	if r.slashes() > MaxSlashes {
		return nil, "", errTooLong(text)
	}
	read := text
	if isHTTP(r.scheme) {
		host = baseHost
		if r.absolute {
			origin, hostEnd, err := readOrigin(r.scheme, r.authority, text)
			if err != nil {
				return nil, "", err
			}
			host = origin[hostStart(origin):hostEnd]
			end := len(before) - len(r.path)
			start := end - len(r.authority) + strings.LastIndexByte(r.authority, '@') + 1
			raw, _ := cutPort(text[start:end])
			read = text[:start] + standIn + text[start+len(raw):]
		}
	}
	if v, err = parser.BasicParser(read, base, nil, whatwg.NoState); err != nil {
		return nil, "", errAbout(ErrInvalid, text, libraryReason(err))
	}
	return v, host, nil
}

// libraryReason is the kind of the library's error in words; its own text repeats the whole URL.
func libraryReason(err error) string {
	return strings.ToLower(string(whatwgerrors.Type(err)))
}
