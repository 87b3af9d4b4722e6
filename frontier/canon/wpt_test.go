package canon

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/idna"
)

// wptExceptions are cases of the web-platform-tests that Href reads otherwise, each with the reason.
var wptExceptions = map[string]string{
	"http://a.b.c.xn--pokxncvks":  changed2026,
	"http://10.0.0.xn--pokxncvks": changed2026,
	"http://a.b.c.XN--pokxncvks":  changed2026,
	"http://a.b.c.Xn--pokxncvks":  changed2026,
	"http://10.0.0.XN--pokxncvks": changed2026,
	"http://10.0.0.xN--pokxncvks": changed2026,
	"https://xn--/":               changed2026,
}

const changed2026 = "since 2026 the standard takes any punycode in a name that is all ASCII; these tests are older"

// libraryTestData is a file of the web-platform-tests, which come with the source of the library. Where tests run, the module
// is there, and so they cannot be passed over unseen: only where there is no go command (a test binary that was copied
// elsewhere) are they skipped.
func libraryTestData(t *testing.T, name string) []byte {
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command says where the source of whatwg-url is: ", err)
	}
	cmd := exec.Command(goCommand, "list", "-m", "-f", "{{.Dir}}", "github.com/nlnwa/whatwg-url")
	dir, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd, err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestWebPlatform checks Href against the web-platform-tests.
func TestWebPlatform(t *testing.T) {
	data := libraryTestData(t, "urltestdata.json")
	var rows []json.RawMessage
	if err := json.Unmarshal(data, &rows); err != nil {
		t.Fatal(err)
	}
	sound, broken := 0, 0
	for _, row := range rows {
		var c struct {
			Input, Href, Protocol string
			Base                  *string
			Failure               bool
		}
		if json.Unmarshal(row, &c) != nil {
			continue // the rows between the cases are comments
		}
		base := ""
		if c.Base != nil {
			base = *c.Base
		}
		isHTTP := c.Protocol == "http:" || c.Protocol == "https:"
		if s := scheme(clean(c.Input)); c.Failure && (strings.HasPrefix(s, "http") || s == "" && strings.HasPrefix(base, "http")) {
			isHTTP = true
		}
		if !isHTTP {
			continue
		}
		got, err := Href(base, c.Input)
		if reason, ok := wptExceptions[c.Input]; ok {
			if got == c.Href && (err != nil) == c.Failure {
				t.Errorf("%q under %q agrees by now: it is no exception (%s)", c.Input, base, reason)
			}
			continue
		}
		if c.Failure {
			broken++
			if err == nil {
				t.Errorf("%q under %q: got %q, want an error", c.Input, base, got)
			}
			continue
		}
		sound++
		if err != nil || got != c.Href {
			t.Errorf("%q under %q: got %q, %v; want %q", c.Input, base, got, err, c.Href)
		}
		checkResolve(t, base, c.Input)
	}
	if sound < 200 || broken < 100 {
		t.Errorf("only %d sound and %d broken cases were found: has the form of the data changed?", sound, broken)
	}
	t.Logf("%d sound and %d broken cases agree, %d exceptions", sound, broken, len(wptExceptions))
}

// TestInternationalNames checks hosts against the web-platform-tests for IDNA and those of Unicode for UTS #46. They are those of
// Unicode 15.0, and of before 2026: so names in ASCII are passed over, and those with characters that lowerNew knows, and by
// newer tables not every name need agree.
func TestInternationalNames(t *testing.T) {
	agree := 0
	for _, name := range []string{"toascii.json", "IdnaTestV2.json"} {
		var rows []json.RawMessage
		if err := json.Unmarshal(libraryTestData(t, name), &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			var c struct {
				Input  string
				Output *string
			}
			if json.Unmarshal(row, &c) != nil || isASCII(c.Input) || strings.Map(lowerNew, c.Input) != c.Input {
				continue
			}
			want := ""
			if c.Output != nil {
				want = *c.Output
			}
			if got, err := readHost(c.Input, c.Input); got == want && (err != nil) == (c.Output == nil) {
				agree++
			} else if idna.UnicodeVersion == "15.0.0" {
				t.Errorf("%+q: got %q, %v, want %q", c.Input, got, err, want)
			}
		}
	}
	if agree < 1000 {
		t.Errorf("only %d names agree: has the form of the data changed?", agree)
	}
}
