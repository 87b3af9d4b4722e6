package export

import (
	"errors"
	"testing"
)

func TestWhereGuessesMissingQuotes(t *testing.T) {
	for condition, want := range map[string]string{
		"title = foo":                                  `title = "foo"`,
		"title=foo":                                    `title="foo"`,
		"title = foo and status >= 400":                `title = "foo" and status >= 400`,
		"content_type = text/html":                     `content_type = "text/html"`,
		"url contains http://a.test/x?y=1":             `url contains "http://a.test/x?y=1"`,
		"title = Not Found":                            `title = "Not Found"`,
		"(title = Not Found or url endswith .php)":     `(title = "Not Found" or url endswith ".php")`,
		"error_class in (dns, timeout, 4xx)":           `error_class in ("dns", "timeout", "4xx")`,
		"fetched_at > 2026-01-02":                      `fetched_at > "2026-01-02"`,
		"fetched_at > 2026-01-02 15:04 and depth = 1":  `fetched_at > "2026-01-02 15:04" and depth = 1`,
		"error_class=4xx or title=foo and status!=200": `error_class="4xx" or title="foo" and status!=200`,
		// Other mistakes.
		"statsu >= 400": "", "status = x": "", "status 400": "", "status >=": "", `title = "a" b`: "", "title is foo": "", `title = "a`: "", "status": "",
	} {
		_, err := ParseWhere(condition)
		var e *WhereError
		if !errors.As(err, &e) {
			t.Errorf("%s: %v, want a WhereError", condition, err)
		} else if got := e.Quoted(); got != want {
			t.Errorf("%s: quoted %s, want %s", condition, got, want)
		}
	}
}
