package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"amble/crawler"
	"amble/crawler/metrics"
)

// block is the code block of the README in a language.
func block(t *testing.T, language string) string {
	t.Helper()
	m := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindStringSubmatch(readme(t))
	if m == nil {
		t.Fatalf("the README has no block of %s", language)
	}
	return m[1]
}

// TestReadmeConfigurationIsRead as it stands.
func TestReadmeConfigurationIsRead(t *testing.T) {
	text := block(t, "toml")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("night.toml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if code := run(t.Context(), []string{"config", "--config", "night.toml"}, &out, &out); code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, out.String())
	}
	if n, want := strings.Count(out.String(), "# file night.toml:"), strings.Count(text, "\n"); n != want {
		t.Errorf("%d settings come from its %d lines:\n%s", n, want, out.String())
	}
}

// TestReadmeUnitIsSound, by systemd's own judgement where there is one.
func TestReadmeUnitIsSound(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("there is no systemd here")
	}
	file := filepath.Join(t.TempDir(), "amble-example.service")
	if err := os.WriteFile(file, []byte(block(t, "ini")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(analyze, "verify", "--man=no", file).CombinedOutput(); err != nil || bytes.Contains(out, []byte("amble-example")) {
		t.Errorf("%v: %s", err, out)
	}
}

// TestReadmeCommandsOvernightAreUnderstood: the command lines of the unit and of the crontab have nothing wrong with them but that
// there is no such crawl yet, or that they end at once.
func TestReadmeCommandsOvernightAreUnderstood(t *testing.T) {
	commands := regexp.MustCompile(`amble (crawl|resume)( [^'|&\n]+)`).FindAllStringSubmatch(block(t, "ini")+block(t, "crontab"), -1)
	if len(commands) != 3 {
		t.Fatalf("%d commands in the unit and the crontab, want 3", len(commands))
	}
	t.Chdir(t.TempDir())
	for _, c := range commands {
		words := append([]string{"config"}, strings.Fields(c[2])...)
		var stderr bytes.Buffer
		if code := run(t.Context(), words, io.Discard, &stderr); code != exitDone {
			t.Errorf("%s: exit code %d: %s", c[0], code, stderr.String())
		}
	}
}

// TestReadmeNamesEveryMetric and no other.
func TestReadmeNamesEveryMetric(t *testing.T) {
	c, err := crawler.New(crawler.Config{})
	if err != nil {
		t.Fatal(err)
	}
	described := make(chan *prometheus.Desc, 100)
	metrics.New(c).Describe(described)
	close(described)
	text := readme(t)
	name := regexp.MustCompile("fqName: \"([a-z_]+)\"")
	known := make(map[string]bool)
	for d := range described {
		m := name.FindStringSubmatch(d.String())
		if m == nil {
			t.Fatalf("no name in %s", d)
		}
		known[m[1]] = true
		if !regexp.MustCompile("`" + m[1] + "[`{]").MatchString(text) {
			t.Errorf("the README does not name %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile("`(amble_[a-z_]+)").FindAllStringSubmatch(text, -1) {
		if !known[m[1]] {
			t.Errorf("the README names %s, which there is not", m[1])
		}
	}
}
