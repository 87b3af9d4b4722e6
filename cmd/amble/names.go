package main

import (
	"os"
	"path/filepath"

	"amble/crawler"
	"amble/crawler/crawlfile"
)

// keepCrawlFiles refuses to write what a flag names in the place of a crawl file: what was crawled would be lost.
func keepCrawlFiles(flag, name string) error {
	if crawlfile.Is(name) {
		return usage("--%s %s: that is a crawl file: choose another name", flag, name)
	}
	return nil
}

// checkNames makes sure that no two of the files that this run is to write are one, and that none takes the place of a crawl file.
func (j *job) checkNames(cfg crawler.Config) error {
	type named struct{ flag, name string }
	files := []named{{"file", cfg.File}}
	add := func(flag, name string) error {
		for _, f := range files {
			if sameFile(f.name, name) {
				if f.flag == "file" {
					return usage("--%s %s: that is the crawl file itself: choose another name", flag, name)
				}
				return usage("--%s %s and --%s %s are one file: choose another name", f.flag, f.name, flag, name)
			}
		}
		files = append(files, named{flag, name})
		return keepCrawlFiles(flag, name)
	}
	if cfg.WARC != "" {
		if err := add("warc", cfg.WARC); err != nil {
			return err
		}
	}
	if j.o.logFile != "" {
		if err := add("log-file", j.o.logFile); err != nil {
			return err
		}
	}
	for _, name := range j.o.Output {
		if name == "-" {
			continue
		}
		if err := add("output", name); err != nil {
			return err
		}
	}
	return nil
}

// sameFile reports whether two names are, or will be, those of one file. What a name that does not exist will be follows from its folder.
func sameFile(a, b string) bool { return same(a, b) || place(a) == place(b) }

// place is a name from the root, with the symbolic links on the way to its folder resolved.
func place(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(dir, filepath.Base(abs))
	}
	return abs
}

// same reports whether two names are those of one file that exists.
func same(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}
