package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"amble/crawler"
	"amble/crawler/crawlfile"
	"amble/crawler/export"
	"amble/crawler/page"
)

func newCrawl() *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "crawl URL...",
		Short: "Crawl from one or more URLs to a set depth",
		Long: `Crawl from one or more URLs, following links to a set depth.

A URL is a web address (http is taken where it names no scheme), or testsite:NAME for a site that
comes with amble and is served on this machine while it is crawled ("amble testsite --list" names
them).

Everything goes into a crawl file, an SQLite database that "amble export" and "amble resume" read.
Progress is shown on standard error. Ctrl-C ends the crawl orderly: what is in flight is finished
and written, and "amble resume" goes on later; Ctrl-C again leaves at once.

Exit codes: 0 done, 1 done but pages failed that --fail-on names, 2 a mistake in the command line,
3 the crawl could not begin or go on, 130 interrupted.`,
		Example: `  amble crawl https://example.com/
  amble crawl https://example.com/docs/ --scope prefix --depth -1 --output docs.jsonl --output docs.csv
  amble crawl testsite:tree --rate 20 --output - | jq -r .title
  amble crawl http://localhost:8080/ --rate 0 --per-host 8 --depth -1
  amble crawl https://example.com/ --exclude '/calendar/' --max-pages 500 --max-time 30m
  amble crawl --urls seeds.txt --depth 0
  amble crawl https://example.com/ --extract 'price=css:.price' --extract 'image=css:img.hero@src' -o prices.csv
  amble crawl https://example.com/docs/ --scope prefix --depth -1 --mirror docs-copy
  amble crawl https://example.com/ --since example.com-20260102-150405.db --output changes.csv`,
		RunE: settled(func(cmd *cobra.Command, args []string) error {
			seeds, err := o.seeds(args, cmd.InOrStdin())
			if err != nil {
				return err
			}
			j := job{o: &o, stdout: cmd.OutOrStdout(), con: newConsole(cmd.ErrOrStderr())}
			defer j.close()
			return j.crawl(cmd.Context(), seeds)
		}),
	}
	addGroups(cmd, o.crawlGroups()...)
	completions(cmd)
	return cmd
}

// crawlGroups are all flags of a crawl.
func (o *options) crawlGroups() []group {
	return []group{
		{"Where it begins, what it writes", o.endsFlags},
		{"What belongs to the crawl", o.reachFlags},
		{"What is checked besides", o.checkFlags},
		{"What is taken out of pages", o.taking.flags},
		{"URLs as they are asked for", o.rewriteFlags},
		{"This run", o.runFlags},
		{"Budgets and hours", o.budgetFlags},
		{"Manners", o.mannerFlags},
		{"Network and logins", o.networkFlags},
		{"What a page and a site may cost", o.limitFlags},
		{"Logs, metrics, configuration", o.superviseFlags},
	}
}

// job is one run of crawl or resume.
type job struct {
	o       *options
	begun   *options // what a crawl that is resumed was begun with
	stdout  io.Writer
	con     *console
	outputs []*export.Output
	journal journal
	metrics *metricsServer
	stream  bool // pages go to stdout as they come
}

// crawl begins a crawl and sees it to its end.
func (j *job) crawl(ctx context.Context, seeds []string) error {
	cfg, err := j.o.config()
	if err != nil {
		return err
	}
	sites, err := serveSites(j.o.Testsite)
	if err != nil {
		return err
	}
	defer sites.close()
	cfg.Dial = sites.dial()
	if seeds, err = crawler.CheckSeeds(append(seeds, sites.seeds...)...); err != nil {
		return usage("%w", err)
	}
	if cfg.File == "" {
		if cfg.File, err = defaultFile(seeds[0], time.Now()); err != nil {
			return usage("%q is no URL: %w", seeds[0], err)
		}
	}
	c, err := j.prepare(cfg)
	if err != nil {
		return err
	}
	j.announce(cfg, seeds)
	j.journal.begins(cfg, "seed", seeds[0], "seeds", len(seeds))
	return j.see(ctx, c, cfg.File, func(ctx context.Context) iter.Seq2[*crawler.PageData, error] {
		return c.Pages(ctx, seeds...)
	})
}

// prepare checks everything that can be checked before the first request.
func (j *job) prepare(cfg crawler.Config) (*crawler.Crawler, error) {
	if err := j.checkNames(cfg); err != nil {
		return nil, err
	}
	if err := j.openJournal(); err != nil {
		return nil, err
	}
	if err := j.checkSince(cfg); err != nil {
		return nil, err
	}
	cfg.Logger = j.journal.crawler
	c, err := crawler.New(cfg)
	if err != nil {
		return nil, usage("%w", err)
	}
	if err := j.openOutputs(); err != nil {
		return nil, err
	}
	return c, j.serveMetrics(c)
}

// announce says what is about to happen, loudly where it may hurt somebody.
func (j *job) announce(cfg crawler.Config, seeds []string) {
	if cfg.IgnoreRobots {
		j.con.printf("WARNING: --ignore-robots: robots.txt is not read. Do this to sites of your own only.\n")
	}
	if j.o.quiet || crawlfile.Free(cfg.File) != nil { // which is about to be told: nothing goes there
		return
	}
	what := seeds[0] // canonical, so it has nothing in it that a terminal would obey
	if len(seeds) > 1 {
		what += fmt.Sprintf(" and %s", count(len(seeds)-1, "more seed"))
	}
	depth := "to any depth"
	if cfg.MaxDepth >= 0 {
		depth = fmt.Sprintf("to depth %d", cfg.MaxDepth)
	}
	pace := "as fast as it answers"
	if j.o.Rate > 0 {
		each := j.o.LimitBy
		if cfg.LimitBy == crawler.ByIP {
			each = "domain and IP address"
		}
		pace = fmt.Sprintf("at %g requests a second to each %s", j.o.Rate, each)
		if j.o.Rate == 1 {
			pace = "at one request a second to each " + each
		}
	}
	since := ""
	if cfg.Since != "" {
		since = ", since " + oneLine(cfg.Since)
	}
	j.say(fmt.Sprintf("Crawling %s %s, %s, as %q, into %s%s", what, depth, pace, crawler.ProductToken(cfg), oneLine(cfg.File), since))
}

// see drives the crawl: pages to the outputs, progress and the end to the console.
func (j *job) see(ctx context.Context, c *crawler.Crawler, file string, pages func(context.Context) iter.Seq2[*crawler.PageData, error]) (err error) {
	defer func() { j.journal.ended(c.Progress().Stats, err) }()
	defer j.discardOutputs()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	interrupted := j.heedSignals(c, cancel)

	done := make(chan struct{})
	var background sync.WaitGroup
	background.Go(func() { boundGarbage(done) })
	background.Go(func() { j.journal.follow(c, done) })
	background.Go(func() {
		if !j.o.quiet {
			j.watch(c, done)
		}
	})
	reached := false
	var seedFailures []*crawler.PageData
	var fatal error
	for p, err := range pages(ctx) {
		if err != nil {
			fatal = err
			break
		}
		unreachable := p.Err != nil && p.Status == 0 && p.Err.Class != page.Robots
		reached = reached || !unreachable
		if p.Depth == 0 && unreachable {
			seedFailures = append(seedFailures, p)
		}
		if err := j.page(p); err != nil {
			fatal = err
			break
		}
	}
	close(done)
	background.Wait()
	stats := c.Progress()
	switch forced := interrupted(); {
	case fatal != nil && !errors.Is(fatal, context.Canceled):
		return j.fatal(c, file, fatal)
	case forced:
		j.con.printf("Interrupted. To go on: amble resume %s\n", quote(file))
		return &exitError{exitInterrupted, errSaid}
	}
	return j.end(ctx, stats.Stats, c.Domains(), file, seedFailures, reached)
}

// page hands one page to whoever reads along.
func (j *job) page(p *crawler.PageData) error {
	if j.o.verbose {
		j.journal.page(p)
		if !j.o.quiet {
			j.con.printf("%s\n", pageLine(p))
		}
	}
	if !j.stream {
		return nil
	}
	line, err := p.AppendJSON(nil)
	if err == nil {
		_, err = j.stdout.Write(append(line, '\n'))
	}
	if err != nil {
		return stuck(fmt.Errorf("writing to standard output: %w", err))
	}
	return nil
}

func pageLine(p *crawler.PageData) string {
	if p.Err != nil {
		return oneLine(strings.TrimSpace(fmt.Sprintf("%d %s %s %s", p.Depth, p.URL, p.Err, p.Change)))
	}
	line := fmt.Sprintf("%d %s %d %s %s %s", p.Depth, p.URL, p.Status, short(p.Duration), count(len(p.Links), "link"), p.Change)
	return oneLine(strings.TrimSpace(line))
}

// fatal ends a crawl that could not begin or go on.
func (j *job) fatal(c *crawler.Crawler, file string, err error) error {
	if errors.Is(err, crawler.ErrSeed) || errors.Is(err, crawler.ErrFixed) {
		return usage("%w", err)
	}
	if errors.Is(err, syscall.EPIPE) {
		// Whoever read our output has had enough. That is how pipes end.
		return &exitError{exitInterrupted, fmt.Errorf("nobody reads the output any more. To go on: amble resume %s", quote(file))}
	}
	if p := c.Progress(); p.Pages > 0 || p.Requests > 0 {
		err = fmt.Errorf("%w. To go on once that is mended: amble resume %s", err, quote(file))
	}
	return stuck(err)
}

// end writes the outputs and sums up.
func (j *job) end(ctx context.Context, s crawler.Stats, domains []string, file string, seedFailures []*crawler.PageData, reached bool) error {
	written, unwritten := j.writeOutputs(context.WithoutCancel(ctx), file)
	if !j.o.quiet {
		for line := range strings.Lines(summary(s, domains, j.o.Since, file, written)) {
			j.say(strings.TrimSuffix(line, "\n"))
		}
		if s := j.o.archiving.summary(); s != "" {
			j.say(fmt.Sprintf("%-11s %s", "Archive", s))
		}
		if s := j.o.copied(s); s != "" {
			j.say(fmt.Sprintf("%-11s %s", "Copy", s))
		}
	}
	for _, p := range seedFailures[:min(len(seedFailures), 10)] {
		j.con.printf("amble: %s\n", oneLine(p.URL+": "+p.Err.Error()))
	}
	if unwritten != nil {
		return unwritten
	}
	switch failed, err := j.o.failures(); {
	case err != nil:
		return err
	case s.End == crawler.Interrupted:
		if !j.o.quiet {
			j.con.printf("To go on: amble resume %s\n", quote(file))
		}
		return &exitError{exitInterrupted, errSaid}
	case !reached && len(seedFailures) > 0:
		return &exitError{exitStuck, errors.New("no server could be reached")}
	case failed(s) != "":
		return &exitError{exitFailed, errors.New(failed(s))}
	}
	switch text, err := j.o.brokenLinks(context.WithoutCancel(ctx), file); {
	case err != nil:
		return err
	case text != "":
		return &exitError{exitFailed, errors.New(text)}
	}
	return nil
}

// say tells the user something, in the form of messages that they asked for.
func (j *job) say(line string) {
	if j.jsonConsole() {
		slog.New(slog.NewJSONHandler(j.con, nil)).Info(line)
		return
	}
	j.con.printf("%s\n", line)
}
