package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Broken are URLs that are broken by a checker's word, without fragments, each with the pages that it says have it: all, or as many as it names.
type Broken map[string]map[string]bool

func (b Broken) add(url, on string) {
	url, _, _ = strings.Cut(url, "#")
	if b[url] == nil {
		b[url] = make(map[string]bool)
	}
	if on != "" {
		b[url][on] = true
	}
}

// checker is a program that tells broken links.
type checker struct {
	name string
	get  func(context.Context, *bench) (string, error)
	// check checks a site, and reads what the program says.
	check func(ctx context.Context, path string, t *site, dir string) (Broken, error)
	whole bool // it names all pages that have a broken link
}

func checkers(amble string) []checker {
	return []checker{
		{"amble", func(context.Context, *bench) (string, error) { return amble, nil }, checkByAmble, true},
		{"linklint", debian("linklint", "linklint"), func(ctx context.Context, path string, t *site, _ string) (Broken, error) {
			host := strings.TrimSuffix(strings.TrimPrefix(t.origin, "http://"), "/")
			out, err := said(exec.CommandContext(ctx, path, "-http", "-host", host, "-limit", "1000000", "-no_warn_index", "-error", "-xref", "-quiet", "-silent", "/@"))
			if err != nil {
				return nil, err
			}
			return readLinklint(strings.NewReader(out), strings.TrimSuffix(t.origin, "/"))
		}, true},
		{"linkchecker", debian("linkchecker", "linkchecker"), func(ctx context.Context, path string, t *site, dir string) (Broken, error) {
			rc := filepath.Join(dir, "rc")
			if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(rc, []byte("[checking]\nmaxrequestspersecond=1000\n"), 0o644)); err != nil { // as root it becomes nobody
				return nil, err
			}
			out, err := said(exec.CommandContext(ctx, path, "-f", rc, "--no-status", "--no-warnings", "--no-robots", "-t", "4", "-o", "csv", t.origin))
			if err != nil {
				return nil, err
			}
			return readLinkchecker(strings.NewReader(out))
		}, false},
	}
}

// said is what a program writes to its standard output. That links are broken, it tells by its exit code.
func said(cmd *exec.Cmd) (string, error) {
	cmd.Env = environment()
	var last tail
	cmd.Stderr = &last
	out, err := cmd.Output()
	if e := (*exec.ExitError)(nil); errors.As(err, &e) && e.ExitCode() == 1 {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", filepath.Base(cmd.Path), err, &last)
	}
	return string(out), nil
}

func checkByAmble(ctx context.Context, path string, t *site, dir string) (Broken, error) {
	file := filepath.Join(dir, "c.db")
	if _, err := said(exec.CommandContext(ctx, path, "crawl", t.origin, "--depth", "-1", "--rate", "0", "--per-host", "8", "--check-assets", "--quiet", "--file", file)); err != nil {
		return nil, err
	}
	out, err := said(exec.CommandContext(ctx, path, "links", file, "--format", "json"))
	if err != nil {
		return nil, err
	}
	var v struct {
		Broken []struct{ URL, From, Final string }
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		return nil, err
	}
	all := make(Broken)
	for _, b := range v.Broken {
		all.add(b.URL, b.From)
	}
	return all, nil
}

// readLinkchecker reads LinkChecker's table. Each URL is there once, with one of the pages that have it.
func readLinkchecker(r io.Reader) (Broken, error) {
	table := csv.NewReader(r)
	table.Comma, table.Comment, table.LazyQuotes = ';', '#', true
	rows, err := table.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("linkchecker: no table: %w", err)
	}
	parent, valid, at := slices.Index(rows[0], "parentname"), slices.Index(rows[0], "valid"), slices.Index(rows[0], "url")
	if parent < 0 || valid < 0 || at < 0 {
		return nil, fmt.Errorf("linkchecker: the table has the columns %q", rows[0])
	}
	all := make(Broken)
	for _, row := range rows[1:] {
		if row[valid] == "False" {
			all.add(row[at], row[parent])
		}
	}
	return all, nil
}

// readLinklint reads linklint's list of errors: a headline for each kind, then a path and, indented, those of the pages that have it. It takes only the name
// of an anchor for a place, so what it says of places is left out.
func readLinklint(r io.Reader, origin string) (Broken, error) {
	all := make(Broken)
	var target string
	places := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		switch path := strings.TrimSpace(line); {
		case strings.HasPrefix(line, "# ERROR"):
			places = strings.Contains(line, "named anchor")
		case places, path == "", strings.HasPrefix(line, "#"), strings.HasPrefix(path, "used in "):
		case line[0] == '/':
			target = origin + path
			all.add(target, "")
		case strings.HasPrefix(path, "/") && target != "":
			all.add(target, origin+path)
		default:
			return nil, fmt.Errorf("linklint: %q is not understood", line)
		}
	}
	return all, lines.Err()
}

// compareLinks has amble and other programs look for the broken links of each site, and prints what they do not agree in.
func compareLinks(ctx context.Context, e *bench, s settings) error {
	sites, stop, err := openSites(ctx, e, s)
	if err != nil {
		return err
	}
	defer stop()
	for _, t := range sites {
		fmt.Printf("\n### %s\n\n", t.name)
		var ours Broken
		for _, c := range checkers(s.amble) {
			if s.only != "" && c.name != "amble" && !strings.Contains(" "+s.only+" ", " "+c.name+" ") {
				continue
			}
			theirs, took, err := checkLinks(ctx, e, c, t, s.limit)
			switch {
			case err != nil && (c.name == "amble" || ctx.Err() != nil):
				return err
			case err != nil:
				fmt.Printf("- %s is left out: %v\n", c.name, err)
				continue
			case c.name == "amble":
				ours = theirs
			}
			pages := 0
			for _, on := range theirs {
				pages += len(on)
			}
			fmt.Printf("- %s: %d broken URLs, named on %d pages, in %v\n", c.name, len(theirs), pages, took.Round(100*time.Millisecond))
			for _, d := range differences(ours, theirs, c) {
				fmt.Println("    - " + d)
			}
		}
	}
	return nil
}

func checkLinks(ctx context.Context, e *bench, c checker, t *site, limit time.Duration) (Broken, time.Duration, error) {
	path, err := c.get(ctx, e)
	if err != nil {
		return nil, 0, err
	}
	dir, err := os.MkdirTemp(e.dir, "links")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done in %v", limit))
	defer cancel()
	begun := time.Now()
	all, err := c.check(ctx, path, t, dir)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return all, time.Since(begun), err
}

// differences are what two checkers do not agree in, a line each: URLs, and the pages that have them, as far as they are named.
func differences(ours, theirs Broken, c checker) (all []string) {
	for _, u := range slices.Sorted(maps.Keys(ours)) {
		if _, ok := theirs[u]; !ok {
			all = append(all, u+" by amble alone, "+onPages(ours[u]))
		}
	}
	for _, u := range slices.Sorted(maps.Keys(theirs)) {
		on, ok := ours[u]
		if !ok {
			all = append(all, u+" not by amble, "+onPages(theirs[u]))
			continue
		}
		for _, p := range slices.Sorted(maps.Keys(theirs[u])) {
			if !on[p] {
				all = append(all, u+" is on "+p+", which amble does not say")
			}
		}
		for _, p := range slices.Sorted(maps.Keys(on)) {
			if c.whole && !theirs[u][p] {
				all = append(all, u+" is on "+p+", which amble alone says")
			}
		}
	}
	return all
}

func onPages(pages map[string]bool) string {
	all := slices.Sorted(maps.Keys(pages))
	if len(all) == 0 {
		return "on no page"
	}
	return fmt.Sprintf("on %d, as on %s", len(all), all[0])
}
