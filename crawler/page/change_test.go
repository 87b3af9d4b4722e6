package page

import "testing"

// TestSince: what is told apart, and what is not.
func TestSince(t *testing.T) {
	ok := func(p Page) *Page {
		if p.Status == 0 {
			p.Status = 200
		}
		p.Attempts = 1
		return &p
	}
	failed := func(status int, c Class) *Page { return &Page{Status: status, Attempts: 1, Err: &Error{Class: c}} }
	a, b := ok(Page{SHA256: "a", Bytes: 1}), ok(Page{SHA256: "b", Bytes: 2})
	to := func(url string, status int) *Page { return ok(Page{Status: status, Redirect: url}) }
	disallowed := &Page{Err: &Error{Class: Robots}}
	for name, c := range map[string]struct {
		before, now *Page
		want        Change
	}{
		"unknown":                     {nil, a, New},
		"unknown redirect":            {nil, to("x", 301), New},
		"unknown and missing":         {nil, failed(404, Client), ""},
		"was disallowed":              {disallowed, a, New},
		"is disallowed":               {a, disallowed, ""},
		"was missing":                 {failed(404, Client), a, New},
		"was down":                    {failed(503, Server), a, Changed},
		"is down":                     {a, failed(503, Server), ""},
		"is gone":                     {a, failed(410, Client), Gone},
		"a redirect is gone":          {to("x", 301), failed(404, Client), Gone},
		"is forbidden":                {a, failed(403, Client), ""},
		"missing still":               {failed(404, Client), failed(410, Client), ""},
		"same hash":                   {a, ok(Page{SHA256: "a", ETag: `"2"`}), Unchanged},
		"other hash":                  {a, b, Changed},
		"other hash, lying tag":       {ok(Page{SHA256: "a", ETag: `"1"`}), ok(Page{SHA256: "b", ETag: `"1"`}), Changed},
		"304":                         {ok(Page{SHA256: "a"}), ok(Page{NotModified: true}), Unchanged},
		"same target":                 {to("x", 301), to("x", 302), Unchanged},
		"other target":                {to("x", 301), to("y", 301), Changed},
		"page became a redirect":      {a, to("x", 301), Changed},
		"redirect became a page":      {to("x", 301), a, Changed},
		"unread, same tag":            {ok(Page{ETag: `"1"`}), ok(Page{ETag: `W/"1"`}), Unchanged},
		"unread, other tag":           {ok(Page{ETag: `"1"`}), ok(Page{ETag: `"2"`}), Changed},
		"unread, same date":           {ok(Page{LastModified: "d", Bytes: 1}), ok(Page{LastModified: "d", Bytes: 1}), Unchanged},
		"unread, other date":          {ok(Page{LastModified: "d"}), ok(Page{LastModified: "e"}), Changed},
		"unread, same date, longer":   {ok(Page{LastModified: "d", Bytes: 1}), ok(Page{LastModified: "d", Bytes: 2}), Changed},
		"unread, longer":              {ok(Page{Bytes: 1}), ok(Page{Bytes: 2}), Changed},
		"unread, same length":         {ok(Page{Bytes: 1}), ok(Page{Bytes: 1}), ""},
		"read to another limit":       {ok(Page{SHA256: "a", Bytes: 1, Truncated: true}), b, ""},
		"read to a lower limit":       {b, ok(Page{SHA256: "a", Bytes: 1, Truncated: true}), ""},
		"both cut at the same length": {ok(Page{SHA256: "a", Bytes: 2, Truncated: true}), ok(Page{SHA256: "b", Bytes: 2, Truncated: true}), Changed},
		"hash forgotten":              {ok(Page{Bytes: 1}), a, ""},
	} {
		if got := c.now.Since(c.before); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
