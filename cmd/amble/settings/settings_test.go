package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// flags are some of every kind. More can be known than a command has.
func flags() (set, known *pflag.FlagSet) {
	set, known = pflag.NewFlagSet("", pflag.ContinueOnError), pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, f := range []*pflag.FlagSet{set, known} {
		f.Bool("quiet", false, "")
		f.IntP("max-pages", "m", 7, "")
		f.Float64("rate", 1, "")
		f.Duration("timeout", time.Minute, "")
		f.String("contact", "", "")
		f.StringArray("header", []string{"a default"}, "")
		f.StringSlice("fail-on", nil, "")
	}
	known.String("file", "", "")
	set.String("own", "mine", "")
	return set, known
}

// file writes a configuration file, and goes to its folder, so that its name is short.
func file(t *testing.T, text string) string {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile("night.toml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "night.toml"
}

func secret(flag string) bool { return flag == "header" }

const whole = `
# a comment
quiet = true
max-pages = 1_000
rate = 2
"timeout" = "90s" # and another
contact = 'me@example.com'
header = [
  "A: 1, 2",
  'B: 3',
]
fail-on = [404, "dns,tls"]
file = "for another command"
`

func TestEveryKindIsRead(t *testing.T) {
	set, known := flags()
	origins, odd, err := Sources{File: file(t, whole), Known: known, Secret: secret}.Fill(set)
	if err != nil || len(odd) > 0 {
		t.Fatal(err, odd)
	}
	for name, want := range map[string]string{
		"quiet": "true 3", "max-pages": "1000 4", "rate": "2 5", "timeout": "1m30s 6", "contact": "me@example.com 7",
		"header": `["A: 1, 2",B: 3] 8`, "fail-on": "[404,dns,tls] 12",
	} {
		f := set.Lookup(name)
		value, line, _ := cutLast(want)
		if f.Value.String() != value || !f.Changed || origins[name].String() != "file night.toml:"+line {
			t.Errorf("%s is %s from %s, want %s", name, f.Value, origins[name], want)
		}
	}
	if o, ok := origins["own"]; ok || set.Lookup("own").Changed {
		t.Errorf("a flag that nobody set comes from %s", o)
	}
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	return s[:i], s[i+1:], true
}

func TestPrecedence(t *testing.T) {
	set, known := flags()
	if err := set.Parse([]string{"--max-pages=1", "--header=C: line"}); err != nil {
		t.Fatal(err)
	}
	s := Sources{
		File: file(t, "max-pages = 3\nrate = 3\ntimeout = \"3s\"\nheader = [\"C: file\"]\n"), Known: known, Secret: secret,
		Environ: []string{"AMBLE_MAX_PAGES=2", "AMBLE_RATE=2", "AMBLE_HEADER=C: environment", "AMBLE_CONTACT=", "AMBLE_OWN=theirs", "AMBLE_FAIL_ON=a,b\n\nc"},
	}
	origins, _, err := s.Fill(set)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"max-pages": "1 (command line)", "rate": "2 (environment AMBLE_RATE)", "timeout": "3s (file night.toml:3)",
		"header": "[C: line] (command line)", "contact": " (default)", "own": "mine (default)", "fail-on": "[a,b,c] (environment AMBLE_FAIL_ON)",
	} {
		if got := set.Lookup(name).Value.String() + " (" + origins[name].String() + ")"; strings.ReplaceAll(got, `"`, "") != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestAnEmptyListIsGiven(t *testing.T) {
	set, known := flags()
	if _, _, err := (Sources{File: file(t, "header = []"), Known: known, Secret: secret}).Fill(set); err != nil {
		t.Fatal(err)
	}
	if f := set.Lookup("header"); f.Value.String() != "[]" || !f.Changed {
		t.Errorf("%s, changed: %v", f.Value, f.Changed)
	}
}

func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	for _, c := range []struct{ text, environ, want string }{
		{"\nmax-page = 3", "", `night.toml:2: unknown key "max-page": did you mean max-pages?`},
		{"max_pages = 3", "", `night.toml:1: unknown key "max_pages": did you mean max-pages?`},
		{"colour = 3", "", `night.toml:1: unknown key "colour": a key is the name of a flag of amble crawl`},
		{"own = 'x'", "", `night.toml:1: unknown key "own": a key is the name of a flag of amble crawl`},
		{"m = 3", "", `night.toml:1: unknown key "m": a key is the name of a flag of amble crawl`},
		{"rate = 1\n[crawl]\nmax-pages = 3", "", `night.toml:2: [crawl]: there are no tables: write flags' names, such as max-pages = 500`},
		{"[[crawl]]", "", `night.toml:1: [crawl]: there are no tables: write flags' names, such as max-pages = 500`},
		{"max.pages = 3", "", `night.toml:1: unknown key "max.pages": did you mean max-pages?`},
		{"max-pages = \"3\"", "", `night.toml:1: max-pages = "3": write a whole number, such as 3`},
		{"max-pages = 3.5", "", `night.toml:1: max-pages = 3.5: write a whole number, such as 3`},
		{"max-pages = [3]", "", `night.toml:1: max-pages = [3]: write a whole number, such as 3`},
		{"quiet = 1", "", `night.toml:1: quiet = 1: write true or false`},
		{"timeout = 30", "", `night.toml:1: timeout = 30: write a time with its unit, such as "30m"`},
		{"timeout = \"30\"", "", `night.toml:1: timeout = "30": write a time with its unit, such as "30m"`},
		{"contact = 2026-01-02", "", `night.toml:1: contact = 2026-01-02: write a text in quotes`},
		{"fail-on = [true]", "", `night.toml:1: fail-on = [true]: write a list of texts, such as ["one", "two"]`},
		{"file = 1", "", `night.toml:1: file = 1: write a text in quotes`}, // of another command, and wrong all the same
		{"header = [1.5]", "", `night.toml:1: header: write a list of texts, such as ["one", "two"]`},
		{"\n\nrate == 1", "", `night.toml:3: this is no TOML: write lines such as max-pages = 500 or contact = "me@example.com"`},
		{"header = secret", "", `night.toml:1: this is no TOML: write lines such as max-pages = 500 or contact = "me@example.com"`},
		{"rate = 1\nrate = 2", "", `night.toml:2: rate stands there a second time: keep one of them`},
		{"", "AMBLE_MAX_PAGES=many", `AMBLE_MAX_PAGES: max-pages=many: write a whole number, such as 3`},
		{"", "AMBLE_QUIET=yes", `AMBLE_QUIET: quiet=yes: write true or false`},
	} {
		set, known := flags()
		_, _, err := Sources{File: file(t, c.text), Environ: []string{c.environ}, Known: known, Secret: secret}.Fill(set)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q %q:\n got %v\nwant %s", c.text, c.environ, err, c.want)
		}
	}
	set, known := flags()
	_, _, err := Sources{File: filepath.Join("nowhere", "night.toml"), Known: known, Secret: secret}.Fill(set)
	if want := "the configuration file nowhere/night.toml cannot be read: no such file or directory"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMisspeltVariablesAreTold(t *testing.T) {
	set, known := flags()
	_, odd, err := Sources{Environ: []string{"AMBLE_MAX_PAGE=3", "AMBLE_CONFIG=x", "AMBLE_HOME=/x", "PATH=/bin", "AMBLE_max_pages=3"}, Known: known, Secret: secret}.Fill(set)
	if err != nil {
		t.Fatal(err)
	}
	want := "AMBLE_MAX_PAGE is set, but no flag is named so: did you mean AMBLE_MAX_PAGES?\nAMBLE_max_pages is set, but no flag is named so: did you mean AMBLE_MAX_PAGES?"
	if got := strings.Join(odd, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestAssignmentsAreReadBack as the values they were written from.
func TestAssignmentsAreReadBack(t *testing.T) {
	set, known := flags()
	if err := set.Parse([]string{"--quiet", "--max-pages=3", "--rate=1e9", "--timeout=90m", "--contact=a 'b' \"c\" \\ \u00e9\n#", "--header=A: 'x'", "--header=B: \"y\", z", "--fail-on=a,b"}); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	known.VisitAll(func(f *pflag.Flag) {
		if f = set.Lookup(f.Name); f != nil {
			line, err := Assignment(f)
			if err != nil {
				t.Error(err)
			}
			text.WriteString(line + " # a comment\n")
		}
	})
	back, _ := flags()
	if _, _, err := (Sources{File: file(t, text.String()), Known: known, Secret: secret}).Fill(back); err != nil {
		t.Fatalf("%v:\n%s", err, text.String())
	}
	set.VisitAll(func(f *pflag.Flag) {
		if got := back.Lookup(f.Name).Value.String(); got != f.Value.String() {
			t.Errorf("%s is %s, was %s", f.Name, got, f.Value)
		}
	})
}

// FuzzParse: whatever a file says, it is understood or one error with its place.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("[a]\nb.c = {d = 1}\n"))
	f.Add([]byte("header = [[\"hidden\"], {x = 'hidden'}]\r\nheader = \"hidden"))
	_, known := flags()
	s := Sources{File: "night.toml", Known: known, Secret: secret}
	f.Fuzz(func(t *testing.T, text []byte) {
		entries, err := s.parse(text)
		if err != nil && !strings.HasPrefix(err.Error(), "night.toml:") {
			t.Errorf("no place in %v", err)
		}
		for name := range entries {
			if known.Lookup(name) == nil {
				t.Errorf("%q is no flag", name)
			}
		}
	})
}
