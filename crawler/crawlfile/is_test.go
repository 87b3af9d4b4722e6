package crawlfile

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIsTellsCrawlFiles(t *testing.T) {
	dir := t.TempDir()
	crawl := filepath.Join(dir, "crawl.db")
	f, err := Create(t.Context(), crawl, Info{})
	if err != nil {
		t.Fatal(err)
	}
	if !Is(crawl) { // while it is written
		t.Error("a crawl file that is written is taken for none")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	header, err := os.ReadFile(crawl)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.db")
	if err := os.WriteFile(other, append(header[:68:68], make([]byte, 100)...), 0o600); err != nil { // somebody else's database
		t.Fatal(err)
	}
	short := filepath.Join(dir, "short.db")
	if err := os.WriteFile(short, header[:72], 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{crawl: true, other: false, short: false, dir: false, filepath.Join(dir, "none"): false, os.DevNull: false} {
		if Is(name) != want {
			t.Errorf("Is(%s) = %v", name, !want)
		}
	}
}
