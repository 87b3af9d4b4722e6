package crawlertest

import (
	"fmt"
	"html"
	"net/http"
	"net/textproto"
	"strings"
)

// gate is what a request must bring to get a file. The zero gate is open.
type gate struct {
	user, password string // by Basic authentication (RFC 7617)
	cookie, value  string
	elsewhere      string // where a request without the cookie is sent; empty: it is refused
}

func parseAuth(f *file, args string) error {
	scheme, pair, _ := strings.Cut(args, " ")
	user, password, ok := strings.Cut(pair, ":")
	if scheme != "basic" || !ok || user == "" || password == "" {
		return fmt.Errorf("want \"basic user:password\", got %q", args)
	}
	f.gate.user, f.gate.password = user, password
	return nil
}

func parseSetCookie(f *file, args string) error {
	if c, err := http.ParseSetCookie(args); err != nil || c.Value == "" {
		return fmt.Errorf("want \"name=value\" and perhaps attributes, got %q", args)
	}
	f.cookies = append(f.cookies, args)
	return nil
}

func parseNeedCookie(f *file, args string) error {
	pair, elsewhere, _ := strings.Cut(args, " ")
	list, err := http.ParseCookie(pair)
	if err != nil || len(list) != 1 || list[0].Value == "" || strings.Contains(elsewhere, " ") {
		return fmt.Errorf("want \"name=value\" and perhaps a place to be sent to without it, got %q", args)
	}
	f.gate.cookie, f.gate.value, f.gate.elsewhere = list[0].Name, list[0].Value, elsewhere
	return nil
}

func parseEcho(f *file, args string) error {
	for _, name := range strings.Fields(args) {
		f.echo = append(f.echo, textproto.CanonicalMIMEHeaderKey(name))
	}
	if len(f.echo) == 0 {
		return fmt.Errorf("want names of request headers")
	}
	return nil
}

// refuse is the answer to a request that does not bring what the gate asks for.
func (g *gate) refuse(r *http.Request) (rep reply, refused bool) {
	if g.user != "" {
		if user, password, ok := r.BasicAuth(); !ok || user != g.user || password != g.password {
			rep := message(http.StatusUnauthorized, "Who are you?")
			rep.header.Set("WWW-Authenticate", `Basic realm="crawlertest", charset="UTF-8"`)
			return rep, true
		}
	}
	if g.cookie == "" {
		return rep, false
	}
	for _, c := range r.CookiesNamed(g.cookie) {
		if c.Value == g.value {
			return rep, false
		}
	}
	if g.elsewhere == "" {
		return message(http.StatusForbidden, "The cookie "+g.cookie+" is missing."), true
	}
	rep = message(http.StatusFound, "The cookie "+g.cookie+" is missing.")
	rep.header.Set("Location", g.elsewhere)
	return rep, true
}

// echoed is the body with the request's headers in the places that name them, "none" for one that was not sent.
func (f *file) echoed(body []byte, r *http.Request) []byte {
	text := string(body)
	for _, name := range f.echo {
		value := strings.Join(r.Header.Values(name), ", ")
		if value == "" {
			value = "none"
		}
		text = strings.ReplaceAll(text, "{{"+name+"}}", html.EscapeString(value))
	}
	return []byte(text)
}
