package fetch

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
)

// overriding puts overrides in front of a caller's dial.
func overriding(m resolver, dial dialFunc) dialFunc {
	return (&dialer{guard: &guard{open: true}, overrides: m, connect: dial, foreign: true}).dial
}

func TestResolve(t *testing.T) {
	for _, test := range []struct {
		name    string
		entries []string
		addr    string
		want    string // addresses dialled, none of which accepts
	}{
		{"none", nil, "a.test:80", "a.test:80"},
		{"named", []string{"a.test:80:127.0.0.1"}, "a.test:80", "127.0.0.1:80"},
		{"host in any case", []string{"A.test:80:127.0.0.1"}, "a.TEST:80", "127.0.0.1:80"},
		{"other port", []string{"a.test:80:127.0.0.1"}, "a.test:81", "a.test:81"},
		{"other host", []string{"a.test:80:127.0.0.1"}, "b.test:80", "b.test:80"},
		{"in order", []string{"a.test:80:127.0.0.2,[::1],127.0.0.1"}, "a.test:80", "127.0.0.2:80 [::1]:80 127.0.0.1:80"},
		{"any host", []string{"*:443:127.0.0.1"}, "b.test:443", "127.0.0.1:443"},
		{"name before any", []string{"*:80:127.0.0.1", "a.test:80:127.0.0.2"}, "a.test:80", "127.0.0.2:80"},
		{"later before earlier", []string{"a.test:80:127.0.0.1", "a.test:80:127.0.0.2"}, "a.test:80", "127.0.0.2:80"},
		{"host of another script", []string{"bücher.test:80:127.0.0.1"}, "xn--bcher-kva.test:80", "127.0.0.1:80"},
		{"address as browsers read it", []string{"127.1:80:127.0.0.2"}, "127.0.0.1:80", "127.0.0.2:80"},
		{"address as host", []string{"[::1]:80:[::2]"}, "[::1]:80", "[::2]:80"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := parseResolve(test.entries)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			no := errors.New("no")
			_, err = overriding(m, func(_ context.Context, _, addr string) (net.Conn, error) {
				got = append(got, addr)
				return nil, no
			})(context.Background(), "tcp", test.addr)
			if err != no || strings.Join(got, " ") != test.want {
				t.Errorf("dialled %v (%v), want %s", got, err, test.want)
			}
		})
	}
}

func TestResolveStopsAtTheFirstThatAccepts(t *testing.T) {
	m, err := parseResolve([]string{"a.test:80:127.0.0.1,127.0.0.2,127.0.0.3"})
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	var got []string
	conn, err := overriding(m, func(_ context.Context, _, addr string) (net.Conn, error) {
		got = append(got, addr)
		if addr == "127.0.0.2:80" {
			return here, nil
		}
		return nil, errors.New("no")
	})(context.Background(), "tcp", "a.test:80")
	if conn != here || err != nil || !slices.Equal(got, []string{"127.0.0.1:80", "127.0.0.2:80"}) {
		t.Errorf("dialled %v: %v, %v", got, conn, err)
	}
}

func TestResolveEntriesInError(t *testing.T) {
	for entry, why := range map[string]string{
		"":                    "no host and port",
		"a.test":              "no host and port",
		":80:127.0.0.1":       "no host and port",
		"a.test:80":           "no address",
		"a.test:80:":          "no address",
		"a.test:0:127.0.0.1":  `"0" is no port`,
		"a.test:http:1.2.3.4": `"http" is no port`,
		"a.test:80:::1":       `"::1" is neither`,
		"a.test:80:[::1":      `"[::1" is neither`,
		"a.test:80:[1.2.3.4]": `"[1.2.3.4]" is neither`,
		"a.test:80:b.test":    `"b.test" is neither`,
		"a.test:80:1.2.3.4,":  `"" is neither`,
	} {
		_, err := parseResolve([]string{entry})
		if err == nil || !strings.Contains(err.Error(), why) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want %s", entry, err, why)
		}
	}
}
