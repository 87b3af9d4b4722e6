package crawlertest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// validators are what a file sends for later requests to ask by (RFC 9110, section 8.8), and what it makes of requests that do. The
// zero validators are none.
type validators struct {
	etag     string
	modified time.Time // zero: no Last-Modified
	insist   string    // what every request with a condition is told is not modified, however wrong that is; empty: honesty
	edited   string    // the path of the file that stands in for this one where a request has a condition
}

func parseETag(f *file, args string) error {
	if tag := strings.TrimPrefix(args, "W/"); len(tag) < 2 || tag[0] != '"' || tag[len(tag)-1] != '"' {
		return fmt.Errorf("want \"tag\" in quotation marks, or W/ and such a tag, got %q", args)
	}
	f.validators.etag = args
	return nil
}

func parseModified(f *file, args string) (err error) {
	f.validators.modified, err = time.Parse(time.RFC3339, args)
	return err
}

func parseInsist(f *file, args string) error {
	tag := f.validators.etag
	err := parseETag(f, args)
	f.validators.etag, f.validators.insist = tag, args
	return err
}

func parseEdited(f *file, args string) error {
	if !strings.HasPrefix(args, "/") {
		return fmt.Errorf("want the path of a file of this host, got %q", args)
	}
	f.validators.edited = args
	return nil
}

// conditional reports whether a request asks for what has changed.
func conditional(r *http.Request) bool {
	return r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
}

// answer adds the validators to an answer of 200, or makes a 304 of it.
func (v *validators) answer(rep *reply, r *http.Request) (unmodified bool) {
	if v.etag != "" {
		rep.header["Etag"] = []string{v.etag}
	}
	if !v.modified.IsZero() {
		rep.header.Set("Last-Modified", v.modified.UTC().Format(http.TimeFormat))
	}
	switch {
	case v.insist != "" && conditional(r):
		rep.header["Etag"] = []string{v.insist}
	case !v.matches(r):
		return false
	}
	rep.status = http.StatusNotModified
	rep.header.Del("Content-Type")
	return true
}

// matches reports whether the request's condition says that it has this very file (RFC 9110, sections 13.1.2 and 13.1.3).
func (v *validators) matches(r *http.Request) bool {
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
			if tag == "*" || v.etag != "" && tag == strings.TrimPrefix(v.etag, "W/") {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !v.modified.IsZero() && !v.modified.After(since)
}
