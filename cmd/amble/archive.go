package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"amble/crawler"
	"amble/crawler/warc"
)

// archiving is what the flags say of an archive.
type archiving struct {
	WARC        string `json:"warc,omitempty"` // absolute
	WARCMaxSize size   `json:"warc_max_size,omitempty"`
	WARCSecrets bool   `json:"warc_secrets,omitempty"`
	Mirror      string `json:"mirror,omitempty"` // absolute
}

// flags binds the flags of an archive.
func (a *archiving) flags(f *pflag.FlagSet) {
	f.StringVar(&a.WARC, "warc", "", "archive every answer in this `file`, WARC 1.1 by its ending .warc.gz (or .warc)")
	a.WARCMaxSize = 1 << 30
	f.Var(&a.WARCMaxSize, "warc-max-size", "go on in a new file, as in NAME-00002.warc.gz, where one would be larger; 0 for never")
	f.BoolVar(&a.WARCSecrets, "warc-secrets", false, "write logins, cookies and secret headers into the archive, too")
	f.StringVar(&a.Mirror, "mirror", "", "make a copy of the site in this `folder`, to be browsed without a network: pages, and what they\nneed to be shown, with links between them (see the README)")
}

// archive checks what these flags say and hands it to the crawler's configuration. What is kept for later runs holds wherever they
// are started.
func (a *archiving) archive(c *crawler.Config) (err error) {
	if a.Mirror != "" {
		if a.Mirror, err = filepath.Abs(a.Mirror); err != nil {
			return err
		}
		c.Mirror = a.Mirror
	}
	if a.WARC == "" {
		if a.WARCSecrets {
			return usage("--warc-secrets: there is no archive: name one with --warc")
		}
		return nil
	}
	if err := warc.CheckName(a.WARC); err != nil {
		return usage("--warc: %w", err)
	}
	if a.WARC, err = filepath.Abs(a.WARC); err != nil {
		return err
	}
	if at, err := os.Stat(filepath.Dir(a.WARC)); err != nil || !at.IsDir() {
		return usage("--warc %s: make the folder %s first", a.WARC, filepath.Dir(a.WARC))
	}
	c.WARC, c.WARCMaxSize, c.WARCSecrets = a.WARC, int64(a.WARCMaxSize), a.WARCSecrets
	return nil
}

// copied is the line of the summary that tells of the copy; "" if there is none.
func (a *archiving) copied(s crawler.Stats) string {
	if a.Mirror == "" || s.Copied.Files == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %s, %s", oneLine(filepath.Join(a.Mirror, "index.html")), count(s.Copied.Files, "file"), bytesize(s.Copied.Bytes))
}

// summary is the line of the summary; "" if there is no archive.
func (a *archiving) summary() string {
	if a.WARC == "" {
		return ""
	}
	files, bytes := 0, int64(0)
	for {
		at, err := os.Stat(warc.FileName(a.WARC, files+1))
		if err != nil {
			break
		}
		files, bytes = files+1, bytes+at.Size()
	}
	s := oneLine(a.WARC) + ": " + bytesize(bytes)
	if files > 1 {
		s += fmt.Sprintf(" in %d files", files)
	}
	return s
}
