package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"amble/crawler/crawlertest"
)

var (
	golden = flag.Bool("golden", false, "crawl the bundled sites with the built command and compare with testdata/golden")
	update = flag.Bool("update", false, "with -golden: rewrite testdata/golden")
)

// TestGolden crawls every bundled site with the built command, with 1 and with 64 workers, and holds both results
// against testdata/golden, byte for byte but for the two fields that tell the time.
func TestGolden(t *testing.T) {
	if !*golden {
		t.Skip("crawls all bundled sites with the built command: run by make regress")
	}
	command := built(t, false)
	for _, s := range crawlertest.Sites() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join("..", "..", "testdata", "golden", s.Name+".jsonl")
			one, many := goldenCrawl(t, command, s, "1"), goldenCrawl(t, command, s, "64")
			if diff := gocmp.Diff(lines(one), lines(many)); diff != "" {
				t.Errorf("1 worker and 64 workers differ (-1 +64):\n%s", diff)
			}
			if *update {
				if err := os.WriteFile(file, one, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v: write it with make golden", err)
			}
			if diff := gocmp.Diff(lines(want), lines(one)); diff != "" {
				t.Errorf("the crawl differs from %s (-golden +crawl); if that is meant, make golden:\n%s", file, diff)
			}
		})
	}
}

// goldenCrawl crawls a site with the flags that it names and returns its JSON Lines without times.
func goldenCrawl(t *testing.T, command string, s *crawlertest.Site, workers string) []byte {
	t.Helper()
	dir := t.TempDir()
	args := append([]string{"crawl", "testsite:" + s.Name, "--workers", workers, "--output", "pages.jsonl", "--quiet"}, s.Args...)
	cmd := exec.Command(command, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("amble %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "pages.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, line := range lines(raw) {
		out.WriteString(timeless(t, line))
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// timeless drops the two fields at the end of a line that tell the time, and leaves every other byte as it is.
func timeless(t *testing.T, line string) string {
	t.Helper()
	if !json.Valid([]byte(line)) {
		t.Fatalf("not JSON: %s", line)
	}
	kept, _, found := strings.Cut(line, `,"fetched_at":"`)
	if !found {
		return line // it was not asked for
	}
	return kept + "}"
}

func lines(b []byte) []string {
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}
