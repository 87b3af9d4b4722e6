package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/export"
)

// openOutputs makes sure that every output can be written before the first request is made.
func (j *job) openOutputs() error {
	for _, name := range j.o.Output {
		if name == "-" {
			j.stream = true
			continue
		}
		out, err := export.Create(name, export.Options{})
		if err != nil {
			j.discardOutputs()
			return usage("--output %w", err)
		}
		j.outputs = append(j.outputs, out)
	}
	return nil
}

// writeOutputs exports the crawl file to every output that can be written, and returns their names. The first error is returned.
func (j *job) writeOutputs(ctx context.Context, file string) (names []string, err error) {
	if len(j.outputs) == 0 {
		return nil, nil
	}
	ctx, stop := untilInterrupted(ctx)
	defer stop()
	f, err := crawlfile.OpenReadOnly(ctx, file)
	if err != nil {
		return nil, stuck(err)
	}
	defer func() { err = errors.Join(err, stuck(f.Close())) }()
	for _, out := range j.outputs {
		sum, failed := out.Write(ctx, f)
		if failed != nil && ctx.Err() != nil {
			return names, &exitError{exitInterrupted, fmt.Errorf("interrupted: the pages are safe in %s: write them with amble export", file)}
		} else if failed != nil && err == nil {
			err = stuck(fmt.Errorf("--output %s: %w; the pages are safe in %s: write them with amble export", out.Name(), failed, file))
		}
		names = append(names, sum.Files...)
	}
	return names, err
}

// discardOutputs takes away what was not written.
func (j *job) discardOutputs() {
	for _, out := range j.outputs {
		out.Discard()
	}
}

// cause is the system's part of a file error, without the name of a file that the user did not choose.
func cause(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// defaultFile names a crawl file for the host of the first seed and the time.
func defaultFile(seed string, now time.Time) (string, error) {
	u, err := url.Parse(seed)
	host := ""
	if err == nil {
		host = u.Hostname()
	}
	host = strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, host), "-.")
	if host == "" {
		host = "crawl"
	}
	stem := host[:min(len(host), 100)] + now.Format("-20060102-150405")
	for i := 1; ; i++ {
		name := stem + ".db"
		if i > 1 {
			name = fmt.Sprintf("%s-%d.db", stem, i)
		}
		if _, err := os.Lstat(name); errors.Is(err, os.ErrNotExist) {
			return name, nil
		} else if err != nil {
			return "", err
		}
	}
}

// quote writes a file name so that it can be pasted into a shell.
func quote(name string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._/+:@%", r)
	}
	if strings.IndexFunc(name, func(r rune) bool { return !plain(r) }) < 0 && !strings.HasPrefix(name, "-") {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
