package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// statusEvery is how often status --watch looks again, at most: it rests for restFor times as long as it takes to look.
const (
	statusEvery = 2 * time.Second
	restFor     = 10
)

func newStatus() *cobra.Command {
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use:   "status CRAWLFILE",
		Short: "How a running or stopped crawl stands",
		Long: `How a crawl stands, from its crawl file: whether it runs, and as which process, or how it ended; how far it is; what
waits, for which domain and until when; which hosts do not answer; and how long it still takes at the least.

The file is only read, also while the crawl runs. What servers asked for is in it at once, the figures of the last seconds may
not be. The time left is that of the domain which takes longest, its waiting URLs at its interval; where there is no
interval (--rate 0), that of what waits at the recent speed. Links not read yet may add to it, limits such as
--max-pages may end it sooner.

With --json, times are ISO 8601 in UTC, and what is not known or is none is left out:
  file, state       state is running, killed, complete, limited, interrupted or failed
  reason            why it was limited, interrupted or failed
  process, host, since       who writes the file, if anyone does
  began, ended, alive_at, last_page       when the crawl began and ended, was at work, and fetched a page
  pages, bytes, waiting, domains          domains: those for which something waits (hosts, with --limit-by host)
  checks, checks_waiting     URLs checked besides the pages (--check-external and the like), and to be
  pages_per_second, pages_per_second_overall       in the last minute in which pages were fetched; since the first page
  failures, held_back        pages by class
  queues            the 20 that take longest: domain, waiting, interval_ms, due_at and why (if that is to come), left_ms
  set_aside, set_aside_origins       the 20 asked again first: origin, probe_at, probes (in vain); how many there are
  left_ms, left_by  the least time left, and what decides: a domain, or "speed"`,
		Example: `  amble status example.com-20260102-150405.db
  amble status example.com-20260102-150405.db --watch
  amble status example.com-20260102-150405.db --json | jq .waiting`,
		Args: oneCrawlFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			show := statusScreen(cmd.OutOrStdout(), asJSON, watch)
			for {
				began := time.Now()
				s, err := readStatus(cmd.Context(), args[0])
				if err == nil {
					err = show(s)
				}
				if err != nil {
					return stuck(err)
				}
				if !watch || s.State != crawlfile.Running {
					return nil
				}
				select {
				case <-time.After(max(statusEvery, restFor*time.Since(began))):
				case <-cmd.Context().Done():
					return nil
				}
			}
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write JSON, for programs")
	cmd.Flags().BoolVar(&watch, "watch", false, "look again every two seconds until the crawl ends")
	return cmd
}

// statusScreen shows one status after the other: in the same place on a terminal, else with an empty line between, in JSON each on a line.
func statusScreen(w io.Writer, asJSON, watch bool) func(*status) error {
	if asJSON {
		return func(s *status) error { return writeJSON(w, s) }
	}
	size := func() (width, height int, err error) { return 0, 0, errors.ErrUnsupported }
	if f, ok := w.(*os.File); ok && watch && term.IsTerminal(int(f.Fd())) {
		size = func() (int, int, error) { return term.GetSize(int(f.Fd())) }
	}
	first := true
	return func(s *status) error {
		text := s.text()
		if width, height, err := size(); err == nil && s.State == crawlfile.Running {
			text = "\x1b[H\x1b[J" + cut(text, width, height)
		} else if err == nil {
			text = "\x1b[H\x1b[J" + text // the last one may be looked at by scrolling
		} else if !first {
			text = "\n" + text
		}
		first = false
		_, err := io.WriteString(w, text)
		return err
	}
}

// cut leaves of a text what fits on a screen, whose last line stays free.
func cut(text string, width, height int) string {
	var b strings.Builder
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, l := range lines[:min(len(lines), max(height-1, 1))] {
		if width > 0 && utf8.RuneCountInString(l) > width {
			l = string([]rune(l)[:width])
		}
		b.WriteString(l + "\n")
	}
	return b.String()
}

// statusShown is how many domains and origins status names.
const statusShown = 20

// killed is the state of a crawl that has not ended, though nobody is at work on it.
const killed = "killed"

// bySpeed says that the time left is that of what waits at the recent speed.
const bySpeed = "speed"

// status is how a crawl stands. The help of the command says what the fields mean.
type status struct {
	File           string         `json:"file"`
	State          string         `json:"state"`
	Reason         string         `json:"reason,omitempty"`
	Process        int            `json:"process,omitempty"`
	Host           string         `json:"host,omitempty"`
	Since          string         `json:"since,omitempty"`
	Began          string         `json:"began"`
	Ended          string         `json:"ended,omitempty"`
	AliveAt        string         `json:"alive_at,omitempty"`
	LastPage       string         `json:"last_page,omitempty"`
	Pages          int            `json:"pages"`
	Bytes          int64          `json:"bytes"`
	Waiting        int            `json:"waiting"`
	Domains        int            `json:"domains"`
	Checks         int            `json:"checks,omitempty"`
	ChecksWaiting  int            `json:"checks_waiting,omitempty"`
	Speed          float64        `json:"pages_per_second"`
	OverallSpeed   float64        `json:"pages_per_second_overall"`
	Failures       map[string]int `json:"failures,omitempty"`
	HeldBack       map[string]int `json:"held_back,omitempty"`
	Queues         []queueStatus  `json:"queues"`
	SetAside       []originStatus `json:"set_aside,omitempty"`
	SetAsideNumber int            `json:"set_aside_origins,omitempty"`
	LeftMS         float64        `json:"left_ms,omitempty"`
	LeftBy         string         `json:"left_by,omitempty"`

	now    time.Time
	began  time.Time
	holder crawlfile.Holder
	at     crawlfile.Standing
	left   time.Duration
}

// queueStatus is what waits for a domain.
type queueStatus struct {
	Domain     string  `json:"domain"`
	Waiting    int     `json:"waiting"`
	IntervalMS float64 `json:"interval_ms,omitempty"`
	DueAt      string  `json:"due_at,omitempty"`
	Why        string  `json:"why,omitempty"`
	LeftMS     float64 `json:"left_ms,omitempty"`
}

// originStatus is an origin that does not answer.
type originStatus struct {
	Origin  string `json:"origin"`
	ProbeAt string `json:"probe_at"`
	Probes  int    `json:"probes,omitempty"`
}

func whenText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

// readStatus reads how the crawl stands.
func readStatus(ctx context.Context, file string) (_ *status, err error) {
	f, err := crawlfile.OpenReadOnly(ctx, file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	// Who writes is asked before, so that a crawl which ends meanwhile is not taken for a killed one, and after, for one that begins.
	holder, running, err := crawlfile.Writer(file)
	if err != nil {
		return nil, err
	}
	s := &status{File: file, now: time.Now()}
	if s.at, err = f.Standing(ctx, crawlfile.Ask{Now: s.now, Interval: begunInterval(f.Info().Config), Since: holder.Since, Most: statusShown}); err != nil {
		return nil, err
	}
	if !running && s.at.End.State == crawlfile.Running {
		if holder, running, err = crawlfile.Writer(file); err != nil {
			return nil, err
		}
	}
	s.began = f.Info().Created
	s.tell(holder, running)
	return s, nil
}

// begunInterval is the interval that a crawl was begun with; 0 if it had none, or was not begun by the command.
func begunInterval(config []byte) time.Duration {
	var o options
	if err := json.Unmarshal(config, &o); err != nil || !(o.Rate > 0) {
		return 0
	}
	return time.Duration(min(float64(time.Second)/o.Rate, float64(math.MaxInt64/2)))
}

// tell makes of what was read what is shown.
func (s *status) tell(holder crawlfile.Holder, running bool) {
	at := &s.at
	s.State, s.Reason, s.Ended = at.End.State, at.End.Reason, whenText(at.End.FinishedAt)
	switch {
	case running: // whatever the file says: it may not be read whole yet, or results may still be written
		s.State, s.Reason, s.Ended = crawlfile.Running, "", ""
		s.holder, s.Process, s.Host, s.Since = holder, holder.Process, holder.Host, whenText(holder.Since)
	case s.State == crawlfile.Running:
		s.State = killed
	}
	s.Began, s.AliveAt, s.LastPage = whenText(s.began), whenText(at.AliveAt), whenText(at.LastAt)
	s.Pages, s.Bytes, s.Waiting, s.Domains = at.Pages, at.Bytes, at.Waiting, at.Queues
	s.Checks, s.ChecksWaiting = at.Checked, at.Unchecked
	s.Speed = perSecond(at.Recent, at.LastAt.Sub(at.RecentFrom))
	s.OverallSpeed = perSecond(at.Fetched, at.LastAt.Sub(at.FirstAt))
	s.Failures, s.HeldBack = make(map[string]int), make(map[string]int)
	for class, n := range at.ByClass {
		if e := (page.Error{Class: class}); e.HeldBack() {
			s.HeldBack[string(class)] = n
		} else {
			s.Failures[string(class)] = n
		}
	}
	s.Queues = make([]queueStatus, 0, len(at.Longest))
	for _, q := range at.Longest {
		j := queueStatus{Domain: q.Name, Waiting: q.Waiting, IntervalMS: page.Milliseconds(q.Interval), LeftMS: page.Milliseconds(q.Left(s.now))}
		if q.NotBefore.After(s.now) {
			j.DueAt, j.Why = whenText(q.NotBefore), q.Why
		}
		s.Queues = append(s.Queues, j)
	}
	for _, o := range at.NextUp {
		s.SetAside = append(s.SetAside, originStatus{o.Name, whenText(o.Probe), o.Probes})
	}
	s.SetAsideNumber = at.SetAside
	s.estimate()
}

// estimate says how long the crawl takes at the least: as long as manners ask for, or, of what they do not hold up, as it took lately.
func (s *status) estimate() {
	if len(s.at.Longest) > 0 {
		s.left, s.LeftBy = s.at.Longest[0].Left(s.now), s.at.Longest[0].Name
	}
	if s.Speed > 0 {
		if d := time.Duration(float64(s.at.Unpaced) / s.Speed * float64(time.Second)); d > s.left {
			s.left, s.LeftBy = d, bySpeed
		}
	}
	if s.left == 0 {
		s.LeftBy = ""
	}
	s.LeftMS = page.Milliseconds(s.left)
}

// perSecond is a speed to three digits or so; 0 if it cannot be told.
func perSecond(n int, over time.Duration) float64 {
	if n < 2 || over <= 0 {
		return 0
	}
	return math.Round(1000*float64(n-1)/over.Seconds()) / 1000 // the last one ends the time
}

// text is the status for a person.
func (s *status) text() string {
	var b strings.Builder
	line := func(label, format string, args ...any) {
		fmt.Fprintln(&b, oneLine(strings.TrimRight(fmt.Sprintf("%-11s %s", label, fmt.Sprintf(format, args...)), " ")))
	}
	line(strings.ToUpper(s.State[:min(1, len(s.State))])+s.State[min(1, len(s.State)):], "%s", s.headline())
	pages := fmt.Sprintf("%s, %s", count(s.Pages, "page"), bytesize(s.Bytes))
	switch {
	case s.State != crawlfile.Running && s.OverallSpeed > 0:
		pages += fmt.Sprintf("; %s a second overall", speed(s.OverallSpeed))
	case s.State == crawlfile.Running && !s.at.LastAt.IsZero():
		if s.Speed > 0 {
			pages += fmt.Sprintf("; %s a second lately, %s overall", speed(s.Speed), speed(s.OverallSpeed))
		}
		pages += "; the last one " + ago(s.at.LastAt, s.now)
	}
	line("Pages", "%s", pages)
	if len(s.Failures) > 0 {
		line("Failed", "%s", classes(s.Failures))
	}
	if len(s.HeldBack) > 0 {
		line("Held back", "%s", classes(s.HeldBack))
	}
	if s.Waiting > 0 {
		line("Waiting", "%s for %s", count(s.Waiting, "URL"), count(s.Domains, "domain"))
	}
	switch done := thousands(int64(s.Checks)) + " done"; {
	case s.ChecksWaiting > 0:
		line("Checks", "%s, %s waiting", done, thousands(int64(s.ChecksWaiting)))
	case s.Checks > 0:
		line("Checks", "%s", done)
	}
	for i, o := range s.at.NextUp {
		label := ""
		if i == 0 {
			label = "Set aside"
		}
		again := "to be asked again"
		if wait := o.Probe.Sub(s.now); wait > 0 {
			again = "asked again in " + long(wait)
		}
		if o.Probes > 0 {
			again += ", in vain so far: " + count(o.Probes, "time")
		}
		line(label, "%s, %s", o.Name, again)
	}
	if more := s.SetAsideNumber - len(s.at.NextUp); more > 0 {
		line("", "and %s more", thousands(int64(more)))
	}
	if s.left > 0 {
		line("Time left", "at least %s: %s; links not read yet may add to that", long(s.left), s.decides())
	}
	s.table(&b)
	return b.String()
}

// headline says what the state means, and what can be done.
func (s *status) headline() string {
	resume := "to go on: amble resume " + quote(s.File)
	var parts []string
	switch s.State {
	case crawlfile.Running:
		who := cmp.Or(s.holder.String(), "a process that is not known")
		if !s.holder.Since.IsZero() {
			who += " (" + long(max(0, s.now.Sub(s.holder.Since))) + ")"
		}
		parts = []string{who}
		if alive := latestOf(s.at.AliveAt, s.holder.Since); !alive.IsZero() && s.now.Sub(alive) > time.Minute {
			parts = append(parts, "no sign of life for "+long(s.now.Sub(alive)))
		}
		return strings.Join(parts, "; ")
	case killed:
		if last := latestOf(s.at.AliveAt, s.at.LastAt); !last.IsZero() {
			parts = append(parts, "last at work "+ago(last, s.now))
		}
		return strings.Join(append(parts, resume), "; ")
	}
	if end := s.at.End.FinishedAt; !end.IsZero() {
		text := ago(end, s.now)
		if took := end.Sub(s.began); took > 0 {
			text += ", " + long(took) + " after it began"
		}
		parts = append(parts, text)
	}
	if s.Reason != "" {
		parts = append(parts, s.Reason)
	}
	if s.State != crawlfile.Complete {
		parts = append(parts, resume)
	}
	return strings.Join(parts, "; ")
}

// decides says what the time left follows from.
func (s *status) decides() string {
	if s.LeftBy == bySpeed {
		return fmt.Sprintf("%s at the %s a second of lately", count(s.at.Unpaced, "URL"), speed(s.Speed))
	}
	q := s.at.Longest[0]
	text := fmt.Sprintf("%s of %s", count(q.Waiting, "URL"), q.Name)
	if q.Interval > 0 {
		text += " at " + pace(q.Interval)
	}
	if wait := q.NotBefore.Sub(s.now); wait > time.Second && wait > q.Interval {
		text += ", the first in " + long(wait)
	}
	return text
}

// table is what waits, by domain.
func (s *status) table(b *strings.Builder) {
	if len(s.at.Longest) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%10s  %8s  %8s  %s\n", "waiting", "interval", "at least", "domain")
	for _, q := range s.at.Longest {
		interval, left, domain := "none", "", q.Name
		if q.Interval > 0 {
			interval = long(q.Interval)
		}
		if d := q.Left(s.now); d > 0 {
			left = long(d)
		}
		if wait := q.NotBefore.Sub(s.now); wait > 0 {
			domain += "  due in " + long(wait)
			if q.Why != "" {
				domain += ": " + q.Why
			}
		}
		fmt.Fprintf(b, "%10s  %8s  %8s  %s\n", thousands(int64(q.Waiting)), interval, left, oneLine(domain))
	}
	if more := s.Domains - len(s.at.Longest); more > 0 {
		fmt.Fprintf(b, "and %s that take less\n", count(more, "domain"))
	}
}

func classes(n map[string]int) string {
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s × %s", class, thousands(int64(n[class]))))
	}
	return strings.Join(parts, ", ")
}

// speed is a number per second at a glance.
func speed(perSecond float64) string {
	if perSecond < 0.1 {
		return fmt.Sprintf("%.2g", perSecond)
	}
	return fmt.Sprintf("%.1f", perSecond)
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// ago is how long before now something was.
func ago(t, now time.Time) string { return long(max(0, now.Sub(t))) + " ago" }

// long is a duration that may take days.
func long(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 2*day {
		return short(d)
	}
	return fmt.Sprintf("%dd%02dh", d/day, d%day/time.Hour)
}
