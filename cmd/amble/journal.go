package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"amble/cmd/amble/logs"
	"amble/crawler"
	"amble/crawler/page"
)

// journal is where it is written what happens to a crawl: with --log-file in that file, each event that is worth reading the next
// morning; without it, only the crawler's messages, on the console.
type journal struct {
	file    *logs.File   // nil without --log-file
	calm    *logs.Calm   // what crawler writes through
	events  *slog.Logger // the command's own; nil without --log-file
	crawler *slog.Logger // for the crawler
}

// openJournal opens the log file, if there is to be one.
func (j *job) openJournal() error {
	if j.o.logFile == "" {
		j.journal.calm = logs.NewCalm(j.o.logger(j.con).Handler())
		j.journal.crawler = slog.New(j.journal.calm)
		return nil
	}
	file, err := logs.Open(j.o.logFile, int64(j.o.logMaxSize), j.o.logKeep, func(err error) {
		j.con.printf("amble: the log file %s cannot be written, and the crawl goes on without it: %s\n", oneLine(j.o.logFile), oneLine(cause(err).Error()))
	})
	if err != nil {
		return usage("--log-file %s cannot be written: %w", j.o.logFile, cause(err))
	}
	handler := j.o.fileHandler(file)
	calm := logs.NewCalm(handler)
	j.journal = journal{file: file, calm: calm, events: slog.New(handler), crawler: slog.New(calm)}
	return nil
}

// fileHandler writes to a log file: what happens, and with --verbose each page and each retry. --quiet is about the console.
func (o *options) fileHandler(w io.Writer) slog.Handler {
	level := slog.LevelInfo
	if o.verbose {
		level = slog.LevelDebug
	}
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Value.Kind() {
		case slog.KindString:
			a.Value = slog.StringValue(strings.Map(visible, a.Value.String()))
		case slog.KindDuration: // else JSON has nanoseconds, and text more digits than anyone reads
			a.Value = slog.StringValue(a.Value.Duration().Round(100 * time.Microsecond).String())
		}
		return a
	}}
	if o.logFormat == "json" {
		return slog.NewJSONHandler(w, opts)
	}
	return slog.NewTextHandler(w, opts)
}

// jsonConsole reports whether the console is read by a program. With a log file, --log-format is the file's.
func (j *job) jsonConsole() bool { return j.o.logFormat == "json" && j.o.logFile == "" }

// close says what is still to be said, and closes what is open.
func (j *job) close() {
	j.metrics.close()
	if l := &j.journal; l.calm != nil {
		l.calm.Close()
	}
	if l := &j.journal; l.file != nil {
		_ = l.file.Close()
	}
}

// event writes a line to the log file, if there is one.
func (l *journal) event(level slog.Level, message string, attrs ...any) {
	if l.events != nil {
		l.events.Log(context.Background(), level, message, attrs...)
	}
}

// begins tells of a crawl that is about to begin or to go on.
func (l *journal) begins(cfg crawler.Config, attrs ...any) {
	l.event(slog.LevelInfo, "the crawl begins", append(attrs,
		"depth", cfg.MaxDepth, "rate", max(cfg.Rate, 0), "agent", cmp.Or(cfg.UserAgent, crawler.DefaultUserAgent),
		"crawl_file", cfg.File, "version", crawler.Version)...)
	if cfg.IgnoreRobots {
		l.event(slog.LevelWarn, "robots.txt is not read (--ignore-robots)")
	}
}

// ended tells how a crawl ended, and with what the command ends.
func (l *journal) ended(s crawler.Stats, err error) {
	code, reason := exitDone, s.Reason
	if exit := (*exitError)(nil); errors.As(err, &exit) {
		code = exit.code
		if exit.err != errSaid {
			reason = exit.Error()
		}
	}
	state, level := s.End, slog.LevelInfo
	if code == exitStuck || code == exitUsage {
		state, level = crawler.Failed, slog.LevelError
	}
	attrs := []any{"state", string(state)}
	if reason != "" {
		attrs = append(attrs, "reason", reason)
	}
	if len(s.ByChange) > 0 || s.Unreached > 0 {
		for _, c := range page.Changes {
			attrs = append(attrs, string(c), s.ByChange[c])
		}
		attrs = append(attrs, unreached, s.Unreached)
	}
	l.event(level, "the crawl ended", append(attrs, "exit_code", code,
		"pages", s.Pages, "this_run", s.Pages-s.Earlier, "failures", s.Failed, "disallowed", s.Disallowed,
		"requests", s.Requests, "bytes", s.Bytes, "elapsed", s.Elapsed.Round(time.Millisecond))...)
}

// page tells of a page.
func (l *journal) page(p *crawler.PageData) {
	if p.Err != nil {
		l.event(slog.LevelInfo, "page", "depth", p.Depth, "url", p.URL, "class", string(p.Err.Class), "error", p.Err.Text)
		return
	}
	l.event(slog.LevelInfo, "page", "depth", p.Depth, "url", p.URL, "status", p.Status, "took", p.Duration, "links", len(p.Links))
}

// failed tells of something that does not end the crawl, on the console and in the log file.
func (j *job) failed(format string, args ...any) {
	line := oneLine(fmt.Sprintf(format, args...))
	j.con.printf("amble: %s\n", line)
	j.journal.event(slog.LevelError, line)
}
