package crawlertest

import (
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fault is a way not to answer.
type fault int

const (
	none  fault = iota
	reset       // the connection is reset
	hang        // nothing ever comes
)

// file is one file of a site, and how it is answered. It does not change once built.
type file struct {
	host   string
	path   string // with "?" and a query, or ending in "/*"
	prefix string // of a name ending in "/*": the path up to and with the slash
	text   string // the body as written

	status int
	head   int               // the status for HEAD requests; 0 for the same
	header map[string]string // an empty value: the field is not sent
	delay  time.Duration
	fault  fault
	cut    int  // bytes of the body that are sent; -1 for all
	stall  bool // after cut bytes the connection stays open and silent

	flaky       int // so many requests get the three below
	flakyStatus int
	flakyFault  fault
	flakyHeader [2]string

	raw        bool // the body is the whole answer, status line and header included
	drip       drip
	endless    bool // the part of the body behind {{endless}} is sent again and again
	gate       gate // what a request must bring
	validators validators
	cookies    []string // Set-Cookie, each a field of its own

	charset    string
	undeclared bool // the charset is not in Content-Type
	bom        bool
	base64     bool
	escapes    bool
	gzip       bool
	encode     []string // content codings, in the order in which they are applied
	echo       []string // headers of the request that stand in the body as {{Name}}
	fill       string   // what fills the body
	size       int      // up to so many bytes
	generate   []string

	pages  pages         // of !generate
	bodyOf func() answer // the body as sent
}

// directives reads the arguments of each directive into a file.
var directives = map[string]func(f *file, args string) error{
	"status": func(f *file, args string) (err error) {
		f.status, err = parseStatus(args)
		return err
	},
	"head": func(f *file, args string) (err error) {
		f.head, err = parseStatus(args)
		return err
	},
	"redirect": func(f *file, args string) (err error) {
		code, target, _ := strings.Cut(args, " ")
		if f.status, err = parseStatus(code); err != nil {
			return err
		}
		if f.status/100 != 3 || target == "" {
			return fmt.Errorf("want a status 3xx and a target, got %q", args)
		}
		f.header["Location"] = target
		return nil
	},
	"header": func(f *file, args string) error {
		key, value, err := parseHeader(args)
		f.header[key] = value
		return err
	},
	"delay": func(f *file, args string) (err error) {
		if f.delay, err = time.ParseDuration(args); err == nil && f.delay <= 0 {
			err = fmt.Errorf("want a time above zero, got %s", args)
		}
		return err
	},
	"reset": func(f *file, args string) error {
		f.fault = reset
		return nothing(args)
	},
	"hang": func(f *file, args string) error {
		f.fault = hang
		return nothing(args)
	},
	"flaky":    parseFlaky,
	"truncate": parseCut,
	"stall": func(f *file, args string) error {
		f.stall = true
		return parseCut(f, args)
	},
	"charset": func(f *file, args string) error {
		name, rest, _ := strings.Cut(args, " ")
		f.charset, f.undeclared = name, rest == "undeclared"
		if name == "" || rest != "" && !f.undeclared {
			return fmt.Errorf("want an encoding, then nothing or \"undeclared\", got %q", args)
		}
		return nil
	},
	"bom": func(f *file, args string) error {
		f.bom = true
		return nothing(args)
	},
	"base64": func(f *file, args string) error {
		f.base64 = true
		return nothing(args)
	},
	"escapes": func(f *file, args string) error {
		f.escapes = true
		return nothing(args)
	},
	"raw": func(f *file, args string) error {
		f.raw = true
		return nothing(args)
	},
	"drip": parseDrip,
	"endless": func(f *file, args string) error {
		f.endless = true
		return nothing(args)
	},
	"encode":     parseEncode,
	"etag":       parseETag,
	"modified":   parseModified,
	"insist":     parseInsist,
	"edited":     parseEdited,
	"echo":       parseEcho,
	"auth":       parseAuth,
	"setcookie":  parseSetCookie,
	"needcookie": parseNeedCookie,
	"gzip": func(f *file, args string) error {
		f.gzip = true
		return nothing(args)
	},
	"fill": func(f *file, args string) (err error) {
		size, kind, _ := strings.Cut(args, " ")
		if f.size, err = parseSize(size); err != nil {
			return err
		}
		if fillers[kind] == nil {
			return fmt.Errorf("want a size, then letters, noise, prose, tags or zeros, got %q", args)
		}
		f.fill = kind
		return nil
	},
	"generate": func(f *file, args string) error {
		f.generate = strings.Fields(args)
		if len(f.generate) == 0 || !strings.HasSuffix(f.path, "/*") {
			return fmt.Errorf("want a generator, in a file whose name ends in /*")
		}
		return nil
	},
}

func directiveNames() string {
	return "!" + strings.Join(slices.Sorted(maps.Keys(directives)), ", !")
}

func parseFlaky(f *file, args string) (err error) {
	words := strings.SplitN(args, " ", 3)
	if len(words) < 2 {
		return fmt.Errorf("want a number of requests, then a status, reset or hang, got %q", args)
	}
	if f.flaky, err = strconv.Atoi(words[0]); err != nil || f.flaky < 1 {
		return fmt.Errorf("want a number of requests from 1, got %q", words[0])
	}
	switch words[1] {
	case "reset":
		f.flakyFault = reset
	case "hang":
		f.flakyFault = hang
	default:
		if f.flakyStatus, err = parseStatus(words[1]); err != nil {
			return err
		}
	}
	if len(words) == 3 {
		f.flakyHeader[0], f.flakyHeader[1], err = parseHeader(words[2])
	}
	return err
}

func parseStatus(s string) (int, error) {
	code, err := strconv.Atoi(s)
	if err != nil || code < 200 || code > 599 {
		return 0, fmt.Errorf("want a status from 200 to 599, got %q", s)
	}
	return code, nil
}

func parseHeader(s string) (key, value string, err error) {
	key, value, ok := strings.Cut(s, ":")
	if !ok || key == "" || strings.ContainsAny(key, " \t") {
		return "", "", fmt.Errorf("want \"Name: value\", got %q", s)
	}
	return textproto.CanonicalMIMEHeaderKey(key), strings.TrimSpace(value), nil
}

func parseCut(f *file, args string) (err error) {
	if f.cut != -1 {
		return fmt.Errorf("a body is either truncated or stalled")
	}
	if f.cut, err = strconv.Atoi(args); err != nil || f.cut < 0 {
		return fmt.Errorf("want a number of bytes, got %q", args)
	}
	return nil
}

func parseSize(s string) (int, error) {
	const most = 256 << 20 // a slip of the pen must not fill the memory
	number := strings.TrimRight(s, "KMB")
	n, err := strconv.Atoi(number)
	unit, ok := map[string]int{"B": 1, "KB": 1 << 10, "MB": 1 << 20}[s[len(number):]]
	if err != nil || !ok || n < 1 || n > most/unit {
		return 0, fmt.Errorf("want a size as 100B, 20KB or 5MB, at most 256MB, got %q", s)
	}
	return n * unit, nil
}

func nothing(args string) error {
	if args != "" {
		return fmt.Errorf("takes no argument, got %q", args)
	}
	return nil
}

// hasBody reports whether an answer of that status may have a body (RFC 9110, section 6.4.1).
func hasBody(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}
