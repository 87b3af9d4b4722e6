package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "launch" { // measure starts its own executable
		exit(launch(os.Args[2:]))
	}
	os.Exit(m.Run())
}

func TestReadCountsPagesAndDuplicates(t *testing.T) {
	var p Pages
	one, err := p.Read(strings.NewReader("GET\t404\ttext/html\t/robots.txt\nGET\t200\ttext/html\t/a.html\nHEAD\t200\ttext/html\t/b.html\n" +
		"GET\t200\ttext/html; charset=utf-8\t/b.html\nGET\t200\tapplication/pdf\t/c.pdf\nGET\t200\ttext/html\t/a.html\n"))
	if err != nil || one.Requests != 6 || one.Distinct != 2 || one.Duplicates != 1 {
		t.Errorf("got %+v, %v", one, err)
	}
	two, err := p.Read(strings.NewReader("GET\t200\ttext/html\t/c.html\nGET\t200\ttext/html\t/b.html\n"))
	if err != nil || two.Distinct != 2 || two.Duplicates != 0 {
		t.Errorf("got %+v, %v", two, err)
	}
	if m := strings.Join(p.Missing(two), " "); m != "/a.html" {
		t.Errorf("the second misses %q", m)
	}
	if m := strings.Join(p.Missing(one), " "); m != "/c.html" {
		t.Errorf("the first misses %q", m)
	}
	if _, err := p.Read(strings.NewReader("rubbish\n")); err == nil {
		t.Error("rubbish was read")
	}
}

func TestCells(t *testing.T) {
	for want, values := range map[string][]float64{
		"2.00 (1.00–9.00)": {9, 1, 2}, "2.50 (1.00–4.00)": {4, 3, 2, 1}, "7.00": {7, 7}, "0.00": nil,
	} {
		if got := cell(values, 2); got != want {
			t.Errorf("%v: got %q, want %q", values, got, want)
		}
	}
}

func TestTableComparesRoundByRound(t *testing.T) {
	runs := map[string][]Run{}
	for _, slow := range []time.Duration{1, 10} { // a round in which all was slow changes no ratio
		runs["amble"] = append(runs["amble"], Run{Cost{CPU: slow * time.Second, Wall: slow * time.Second}, Tally{Distinct: 100}})
		runs["other"] = append(runs["other"], Run{Cost{CPU: 3 * slow * time.Second, Wall: 2 * slow * time.Second}, Tally{Distinct: 100}})
	}
	var b strings.Builder
	writeTable(&b, []string{"amble", "other", "none"}, runs)
	if !strings.Contains(b.String(), "| 3.00 | 0.50 |\n") || strings.Contains(b.String(), "none") {
		t.Error(b.String())
	}
}

func TestDifferencesNameThePages(t *testing.T) {
	var p Pages
	all, _ := p.Read(strings.NewReader("GET\t200\ttext/html\t/a\nGET\t200\ttext/html\t/b\n"))
	some, _ := p.Read(strings.NewReader("GET\t200\ttext/html\t/a\n"))
	var b strings.Builder
	writeDifferences(&b, []string{"x", "y"}, map[string][]Run{"x": {{Tally: all}}, "y": {{Tally: some}}}, &p)
	if want := "- y, round 1: 1 of 2 pages not fetched: /b\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	b.Reset()
	writeDifferences(&b, []string{"x"}, map[string][]Run{"x": {{Tally: all}}}, &p)
	if want := "All fetched the same 2 pages.\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

// TestMeasureCountsChildren: the work is done by a child of the program, which the program waits for.
func TestMeasureCountsChildren(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	c, err := measure(t.Context(), time.Minute, "sh", "-c", `sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'; exit 3`)
	if err != nil || c.Exit != 3 || c.Late || c.CPU < 20*time.Millisecond || c.Wall < c.CPU/2 || c.RSS == 0 {
		text, _ := json.Marshal(c)
		t.Errorf("%s %v", text, err)
	}
	if c, err = measure(t.Context(), 200*time.Millisecond, "sh", "-c", "sleep 60; true"); err != nil || !c.Late || c.Wall > 30*time.Second {
		t.Errorf("%+v %v", c, err)
	}
}

func TestCheckersAreRead(t *testing.T) {
	lint, err := readLinklint(strings.NewReader("#---\n# ERROR   1 missing html file (cross referenced)\n#---\n/gone.html\n    used in 2 files:\n    /a.html\n    /b/\n\n"+
		"#---\n# ERROR  1 missing named anchors (cross referenced)\n#---\n/a.html#x\n    used in 1 file:\n    /\n"), "http://h:1")
	if err != nil || len(lint) != 1 || len(lint["http://h:1/gone.html"]) != 2 || !lint["http://h:1/gone.html"]["http://h:1/b/"] {
		t.Errorf("linklint: %v, %v", lint, err)
	}
	if _, err := readLinklint(strings.NewReader("rubbish\n"), ""); err == nil {
		t.Error("rubbish was read")
	}
	checker1, err := readLinkchecker(strings.NewReader("# created\nurlname;parentname;valid;url\na b;http://h/;True;http://h/fine\ngone.html#x;http://h/\"a\";False;http://h/gone.html#x\n# stopped\n"))
	if err != nil || len(checker1) != 1 || !checker1["http://h/gone.html"][`http://h/"a"`] {
		t.Errorf("linkchecker: %v, %v", checker1, err)
	}
	if _, err := readLinkchecker(strings.NewReader("a;b\n")); err == nil {
		t.Error("a table without its columns was read")
	}
	both := Broken{"u": {"p": true}, "v": {"p": true}}
	if d := differences(both, Broken{"u": {"p": true, "q": true}, "w": {}}, checker{whole: true}); len(d) != 3 {
		t.Errorf("%q", d)
	}
	if d := differences(both, Broken{"u": {"p": true}, "v": {}}, checker{}); len(d) != 0 {
		t.Errorf("of one that does not name all pages: %q", d)
	}
}
