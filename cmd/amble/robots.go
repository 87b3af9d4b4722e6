package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"amble/crawler"
	"amble/crawler/crawlertest"
	"amble/crawler/page"
)

func newRobots() *cobra.Command {
	var o options
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "robots URL...",
		Short: "Tell what robots.txt says of URLs, by which line, and why",
		Long: `Tell what robots.txt says of URLs, by which line, and why: what a crawl would do, without one.

Each site's robots.txt is read once, as politely as in a crawl: redirects are followed, and failures
that may pass are tried again. With --robots-file nothing is asked of anybody: the URLs, or paths
such as /private/x?y, are judged by that file.

testsite:NAME stands for the seeds of a site that comes with amble and is served on this machine
meanwhile. Other URLs named with it are looked for on the same server.

A line of --json has these fields, and leaves out what has no value: url, allowed, line, rule, group,
reason (what decided, and why), token (who was judged), crawl_delay_ms, interval_ms (the least time
between two requests), robots_url, redirects (status, to), status, bytes, requests, error (class, text),
fetched_at, expires_at, sitemaps, warnings.

Exit codes: 0 every URL is allowed, 1 one is disallowed (all are where robots.txt cannot be read), 2 a
mistake in the command line, 3 the work could not be done, 130 interrupted.`,
		Example: `  amble robots https://example.com/ https://example.com/search?q=oak
  amble robots --user-agent "mybot/1.0 (+https://example.com/bot)" https://example.com/
  amble robots --robots-file robots.txt /private/ /private/press/     before you publish it
  curl -s https://example.com/robots.txt | amble robots --robots-file - /a /b
  amble robots --json https://example.com/a | jq -r .reason
  amble robots testsite:robots http://moved.test/no`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, s := range crawlertest.Sites() {
				names = append(names, "testsite:"+s.Name+"\t"+s.Proves)
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: settled(func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage("no URL to judge: name one")
			}
			out := &robotsOutput{w: cmd.OutOrStdout(), json: asJSON, file: file}
			offline := cmd.Flags().Changed("robots-file")
			urls, err := o.robotsURLs(args, offline)
			switch {
			case err != nil:
				return err
			case offline:
				return o.judge(out, cmd.InOrStdin(), urls)
			}
			return o.ask(cmd.Context(), out, newConsole(cmd.ErrOrStderr()), urls)
		}),
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&file, "robots-file", "", "judge by this `file` and ask no server; - is standard input")
	f.BoolVar(&asJSON, "json", false, "write a line of JSON for each URL, as it becomes known")
	// The flags that crawl has too are crawl's own, with its meanings and defaults; the others keep theirs.
	crawls := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.reachFlags(crawls)
	o.runFlags(crawls)
	o.mannerFlags(crawls)
	o.networkFlags(crawls)
	o.limitFlags(crawls)
	o.rewriteFlags(crawls)
	o.superviseFlags(crawls)
	for _, name := range []string{
		"user-agent", "header", "rate", "limit-by", "timeout", "retries", "resolve", "allow-private", "proxy", "ca-file",
		"client-cert", "client-key", "insecure", "auth", "auth-file", "quiet", "config",
	} {
		f.AddFlag(crawls.Lookup(name))
	}
	f.Lookup("header").Usage = "send this header with every request, as `\"Name: value\"` (repeatable)"
	f.Lookup("limit-by").Usage = "what --rate counts: domain (all its hosts together) or host"
	completions(cmd)
	return cmd
}

// robotsURLs are the URLs to judge, apart from those of bundled sites, whose names it puts into o.
func (o *options) robotsURLs(args []string, offline bool) ([]string, error) {
	var urls []string
	for _, a := range args {
		name, site := strings.CutPrefix(a, "testsite:")
		switch path := strings.HasPrefix(a, "/"); {
		case site && offline:
			return nil, usage("%s has robots.txt files of its own: leave out --robots-file, or name URLs", a)
		case site:
			o.Testsite = append(o.Testsite, name)
		case path && offline:
			urls = append(urls, a)
		case path:
			return nil, usage("%q is a path: name the whole URL, or a file to judge it by with --robots-file", a)
		default:
			u, err := new(options).seeds([]string{a}, nil)
			if err != nil {
				return nil, err
			}
			urls = append(urls, u...)
		}
	}
	return urls, nil
}

// robotsCrawler is a crawler with the manners that the flags ask for.
func (o *options) robotsCrawler(sites *sites, log *slog.Logger) (*crawler.Crawler, error) {
	cfg, err := o.config()
	if err != nil {
		return nil, err
	}
	cfg.Dial, cfg.Logger = sites.dial(), log
	c, err := crawler.New(cfg)
	if err != nil {
		return nil, usage("%w", err)
	}
	return c, nil
}

// judge is the command with --robots-file.
func (o *options) judge(out *robotsOutput, stdin io.Reader, urls []string) error {
	c, err := o.robotsCrawler(&sites{}, nil)
	if err != nil {
		return err
	}
	in := stdin
	if out.file != "-" {
		f, err := os.Open(out.file)
		if err != nil {
			return stuck(fmt.Errorf("--robots-file: %w", err))
		}
		defer f.Close()
		in = f
	}
	checks, err := c.JudgeRobots(in, urls...)
	switch {
	case errors.Is(err, crawler.ErrURL):
		return usage("%w", err)
	case err != nil:
		return stuck(err)
	}
	for _, check := range checks {
		if err := out.add(check); err != nil {
			return err
		}
	}
	return out.end()
}

// ask is the command without --robots-file.
func (o *options) ask(ctx context.Context, out *robotsOutput, con *console, urls []string) error {
	sites, err := serveSites(o.Testsite)
	if err != nil {
		return err
	}
	defer sites.close()
	o.verbose = !o.quiet // retries and long waits are worth telling
	c, err := o.robotsCrawler(sites, o.logger(con))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	for check, err := range c.Robots(ctx, append(sites.seeds, urls...)...) {
		switch {
		case errors.Is(err, crawler.ErrURL):
			return usage("%w", err)
		case errors.Is(err, context.Canceled):
			if err := out.end(); err != nil && !errors.Is(err, errSaid) {
				return err
			}
			return &exitError{exitInterrupted, errors.New("interrupted")}
		case err != nil:
			return stuck(err)
		}
		if err := out.add(check); err != nil {
			return err
		}
	}
	return out.end()
}

// robotsOutput writes what is known of URLs: lines of JSON at once, text at the end, because it is aligned.
type robotsOutput struct {
	w          io.Writer
	json       bool
	file       string                 // of --robots-file
	checks     []*crawler.RobotsCheck // what text is to be made of
	disallowed bool
}

func (r *robotsOutput) add(c *crawler.RobotsCheck) error {
	r.disallowed = r.disallowed || !c.Verdict.Allowed
	if !r.json {
		r.checks = append(r.checks, c)
		return nil
	}
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(jsonOf(c)); err != nil {
		return stuck(err)
	}
	return r.write(line.String())
}

func (r *robotsOutput) write(s string) error {
	if _, err := io.WriteString(r.w, s); err != nil {
		return stuck(fmt.Errorf("writing to standard output: %w", err))
	}
	return nil
}

// end writes what is left. Its error makes the exit code.
func (r *robotsOutput) end() error {
	if len(r.checks) > 0 {
		if err := r.write(robotsText(r.checks, r.file)); err != nil {
			return err
		}
	}
	if r.disallowed {
		return &exitError{exitFailed, errSaid}
	}
	return nil
}

// jsonCheck is the order and the names of the fields on a line of --json, which its help names.
type jsonCheck struct {
	URL        string      `json:"url"`
	Allowed    bool        `json:"allowed"`
	Line       int         `json:"line,omitempty"`
	Rule       string      `json:"rule,omitempty"`
	Group      string      `json:"group,omitempty"`
	Reason     string      `json:"reason"`
	Token      string      `json:"token"`
	CrawlDelay float64     `json:"crawl_delay_ms,omitempty"`
	Interval   float64     `json:"interval_ms,omitempty"`
	RobotsURL  string      `json:"robots_url,omitempty"`
	Redirects  []jsonHop   `json:"redirects,omitempty"`
	Status     int         `json:"status,omitempty"`
	Bytes      int64       `json:"bytes,omitempty"`
	Requests   int         `json:"requests,omitempty"`
	Err        *page.Error `json:"error,omitempty"`
	FetchedAt  *time.Time  `json:"fetched_at,omitempty"`
	ExpiresAt  *time.Time  `json:"expires_at,omitempty"`
	Sitemaps   []string    `json:"sitemaps,omitempty"`
	Warnings   []string    `json:"warnings,omitempty"`
}

type jsonHop struct {
	Status int    `json:"status"`
	To     string `json:"to"`
}

func jsonOf(c *crawler.RobotsCheck) jsonCheck {
	j := jsonCheck{
		URL: c.URL, Allowed: c.Verdict.Allowed, Line: c.Verdict.Line, Rule: c.Verdict.Rule, Group: c.Group,
		Reason: c.Verdict.Reason, Token: c.Token, CrawlDelay: page.Milliseconds(c.CrawlDelay), Interval: page.Milliseconds(c.Interval),
		RobotsURL: c.RobotsURL, Status: c.Status, Bytes: c.Bytes, Requests: c.Requests, Err: c.Err,
		Sitemaps: c.Sitemaps, Warnings: c.Warnings,
	}
	for _, h := range c.Redirects {
		j.Redirects = append(j.Redirects, jsonHop(h))
	}
	if !c.FetchedAt.IsZero() {
		fetched, expires := c.FetchedAt.UTC().Truncate(time.Millisecond), c.ExpiresAt.UTC().Truncate(time.Millisecond)
		j.FetchedAt, j.ExpiresAt = &fetched, &expires
	}
	return j
}

// widestURL is up to which width URLs make a column; a longer one pushes its verdict to the right.
const widestURL = 72

// robotsText is what a person reads: a line for each URL, then a block for each robots.txt. All that servers wrote comes
// printable from the library; oneLine stands there in case something does not.
func robotsText(checks []*crawler.RobotsCheck, file string) string {
	var b strings.Builder
	line := func(format string, args ...any) {
		b.WriteString(strings.TrimRight(oneLine(fmt.Sprintf(format, args...)), " ") + "\n")
	}
	width := 0
	for _, c := range checks {
		if n := utf8.RuneCountInString(c.URL); n <= widestURL {
			width = max(width, n)
		}
	}
	for _, c := range checks {
		word := "disallowed"
		if c.Verdict.Allowed {
			word = "allowed"
		}
		line("%-*s  %-10s  %s", width, c.URL, word, c.Verdict.Reason)
	}
	shown := make(map[string]bool)
	for _, c := range checks {
		if shown[c.RobotsURL] {
			continue
		}
		shown[c.RobotsURL] = true
		line("")
		line("robots.txt:  %s", answered(c, file))
		for _, h := range c.Redirects {
			line("             redirected (%d) to %s", h.Status, h.To)
		}
		switch {
		case c.ExpiresAt.IsZero():
		case c.Err != nil: // nothing that could expire has been read
			line("             asked %s", stamp(c.FetchedAt))
		default:
			line("             read %s, expires %s", stamp(c.FetchedAt), stamp(c.ExpiresAt))
		}
		group := c.Group
		if group == "" {
			group = "none"
		}
		line("group:       %s, judged as %q", group, c.Token)
		delay := "none"
		if c.CrawlDelay > 0 {
			delay = c.CrawlDelay.String()
		}
		if c.Interval > c.CrawlDelay {
			delay += fmt.Sprintf("; amble asks every %s", c.Interval)
		}
		line("crawl-delay: %s", delay)
		list(line, "sitemaps:", c.Sitemaps)
		list(line, "warnings:", c.Warnings)
	}
	return b.String()
}

// answered says how robots.txt was answered.
func answered(c *crawler.RobotsCheck, file string) string {
	size := ""
	if c.Bytes > 0 {
		size = " (" + bytesize(c.Bytes) + ")"
	}
	switch {
	case c.RobotsURL == "" && file == "-":
		return "standard input" + size
	case c.RobotsURL == "":
		return quote(file) + size
	case c.Err != nil:
		text := fmt.Sprintf("%s cannot be read: %s", c.RobotsURL, c.Err)
		if c.Requests > 1 {
			text += ", after " + count(c.Requests, "request")
		}
		return text
	}
	return fmt.Sprintf("%s answered %d%s", c.RobotsURL, c.Status, size)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// listed is how many lines of a list a person is shown.
const listed = 10

func list(line func(string, ...any), label string, all []string) {
	for _, s := range all[:min(len(all), listed)] {
		line("%-12s %s", label, s)
		label = ""
	}
	if more := len(all) - listed; more > 0 {
		line("%-12s and %d more, which --json shows", "", more)
	}
}
