package crawler_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"amble/crawler/crawlfile"
)

// exported are the pages of a crawl file in order, a line each, without what tells the time.
func exported(t *testing.T, file string) string {
	t.Helper()
	f, err := crawlfile.OpenReadOnly(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	for p, err := range f.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		kept, _, _ := strings.Cut(string(line), `,"fetched_at":`)
		fmt.Fprintln(&b, kept)
	}
	return b.String()
}
