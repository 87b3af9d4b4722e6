package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"amble/crawler"
	"amble/crawler/crawlfile"
	"amble/crawler/export"
)

func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestReadmeNamesEveryFlag with its default.
func TestReadmeNamesEveryFlag(t *testing.T) {
	text := readme(t)
	row := regexp.MustCompile("(?m)^\\| `(?:-(.), )?--([a-z-]+)` \\| (.*?) ?\\| ")
	documented := make(map[string][]string)
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		documented[m[2]] = m
	}
	newCrawl().Flags().VisitAll(func(f *pflag.Flag) {
		m, ok := documented[f.Name]
		if !ok {
			t.Errorf("--%s is not in the README's table", f.Name)
			return
		}
		delete(documented, f.Name)
		value := f.DefValue
		if value == "false" || value == "[]" {
			value = ""
		}
		if m[1] != f.Shorthand || m[3] != value {
			t.Errorf("the README says -%s, --%s, default %q; the command -%s and %q", m[1], f.Name, m[3], f.Shorthand, value)
		}
	})
	for name := range documented {
		t.Errorf("the README's table names --%s, which there is not", name)
	}
}

// TestReadmeTablesHaveHeads: rows behind an empty line are no table, but text with bars in it.
func TestReadmeTablesHaveHeads(t *testing.T) {
	lines := strings.Split(readme(t), "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "| ") && (i == 0 || !strings.HasPrefix(lines[i-1], "|")) && !strings.HasPrefix(lines[i+1], "|---") {
			t.Errorf("line %d begins a table without a head: %s", i+1, line)
		}
	}
}

// TestReadmeNamesEveryColumn of an export, in order.
func TestReadmeNamesEveryColumn(t *testing.T) {
	if want := "`" + strings.Join(export.ColumnNames(), ", ") + "`"; !strings.Contains(readme(t), want) {
		t.Errorf("the README does not hold %s", want)
	}
}

// TestReadmeRulesFileIsRead as it stands there.
func TestReadmeRulesFileIsRead(t *testing.T) {
	_, text, _ := strings.Cut(readme(t), "`--extract-rules shop.toml`:\n\n```\n")
	text, _, ok := strings.Cut(text, "```\n")
	file := filepath.Join(t.TempDir(), "shop.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil || !ok {
		t.Fatal(err, ok)
	}
	rules, _, err := crawler.ReadFields(file)
	if err != nil || len(rules) != 4 || rules[3].From != "css:.price" || !rules[3].First || len(rules[3].Include) != 1 {
		t.Errorf("%+v, %v", rules, err)
	}
}

// TestReadmeQueriesRun on a crawl file: those in the README are those in the code, and each finds something there.
func TestReadmeQueriesRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	var out bytes.Buffer
	if code := run(context.Background(), []string{
		"crawl", "testsite:errors", "testsite:tree", "--rate", "0", "--depth", "2", "--timeout", "500ms", "--retries", "0", "--scope", "any",
		"--file", file, "--quiet",
	}, &out, &out); code != exitDone {
		t.Fatalf("exit code %d:\n%s", code, out.String())
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	blocks := regexp.MustCompile("(?s)```sql\n(.*?);\n```").FindAllStringSubmatch(readme(t), -1)
	if len(blocks) != 5 {
		t.Fatalf("%d queries in the README, want 5", len(blocks))
	}
	for _, b := range blocks {
		query := b[1]
		if !known(query) {
			t.Errorf("a query of the README is not one of crawlfile.Queries:\n%s", query)
		}
		rows, err := db.Query(query)
		if err != nil {
			t.Errorf("%v:\n%s", err, query)
			continue
		}
		n := 0
		for rows.Next() {
			n++
		}
		if err := rows.Err(); err != nil || n == 0 && !strings.Contains(query, "copies") {
			t.Errorf("%d rows, %v:\n%s", n, err, query)
		}
		rows.Close()
	}
}

func known(query string) bool {
	for _, q := range crawlfile.Queries {
		if strings.TrimSpace(q.SQL) == strings.TrimSpace(query) {
			return true
		}
	}
	return false
}

// TestReadmeNamesEveryTable of the crawl file, and every column of pages.
func TestReadmeNamesEveryTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.db")
	f, err := crawlfile.Create(t.Context(), file, crawlfile.Info{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
UNION SELECT name FROM pragma_table_info('pages') WHERE name <> 'id'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	text := readme(t)
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(fmt.Sprintf(`\b%s\b`, name)).MatchString(text) {
			t.Errorf("the README does not name %s", name)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
