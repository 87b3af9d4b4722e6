package canon

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// wptExceptions are cases of the web-platform-tests that Href reads otherwise, each with the reason.
var wptExceptions = map[string]string{}

// TestWebPlatform checks Href against the web-platform-tests that come with the source of the library.
func TestWebPlatform(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/nlnwa/whatwg-url").Output()
	if err != nil {
		t.Skip("the go command does not say where the source of whatwg-url is: ", err)
	}
	data, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "urltestdata.json"))
	if err != nil {
		t.Skip("the source of whatwg-url is here without its test data: ", err)
	}
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
