package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

func newStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status CRAWLFILE",
		Short: "How a running or stopped crawl stands",
		Long: `How a crawl stands, from its crawl file: whether it runs, and as which process, or how it ended; how far it is; what
waits, for which domain and until when; which hosts do not answer; and how long it still takes at the least.

The file is only read, also while the crawl runs. What servers asked for is in it at once, the figures of the last seconds may
not be. The time left is that of the domain which takes longest, its waiting URLs times its interval; what links are
yet to be found nobody knows.`,
		Example: `  amble status example.com-20260102-150405.db
  watch amble status example.com-20260102-150405.db
  amble status example.com-20260102-150405.db --json | jq .waiting`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := readStatus(cmd, args[0], time.Now())
			if err != nil {
				return stuck(err)
			}
			if asJSON {
				return stuck(writeJSON(cmd.OutOrStdout(), s))
			}
			_, err = io.WriteString(cmd.OutOrStdout(), s.text(time.Now()))
			return stuck(err)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for programs")
	return cmd
}

// queuesShown is how many domains status names.
const queuesShown = 20

// status is how a crawl stands.
type status struct {
	File       string         `json:"file"`
	State      string         `json:"state"` // running, killed, complete, limited, interrupted or failed
	Reason     string         `json:"reason,omitempty"`
	Process    int            `json:"process,omitempty"` // that writes the file
	Host       string         `json:"host,omitempty"`    // where it runs
	Since      string         `json:"since,omitempty"`   // when that process began
	Began      string         `json:"began"`             // when the crawl did
	Ended      string         `json:"ended,omitempty"`
	AliveAt    string         `json:"alive_at,omitempty"` // when it was last known to be at work
	LastPage   string         `json:"last_page,omitempty"`
	Pages      int            `json:"pages"`
	Waiting    int            `json:"waiting"`
	Bytes      int64          `json:"bytes"`              // of the pages
	PerMinute  int            `json:"last_minute"`        // pages fetched in the minute before the last one
	Failures   map[string]int `json:"failures,omitempty"` // by class, those that were held back included
	Queues     []queueStatus  `json:"queues"`             // those that take longest, at most 20
	Domains    int            `json:"domains"`            // for which something waits
	Asleep     []originStatus `json:"set_aside,omitempty"`
	LeftMS     float64        `json:"left_ms,omitempty"` // the least time that it still takes
	began, end time.Time
	holder     crawlfile.Holder
}

// queueStatus is what waits for a domain.
type queueStatus struct {
	Domain     string  `json:"domain"` // or host, where the crawl limits by host
	Waiting    int     `json:"waiting"`
	IntervalMS float64 `json:"interval_ms,omitempty"`
	DueAt      string  `json:"due_at,omitempty"` // no request before, if that is still to come
	Why        string  `json:"why,omitempty"`    // why not
	LeftMS     float64 `json:"left_ms,omitempty"`

	left, due time.Duration
	interval  time.Duration
}

// originStatus is an origin that does not answer.
type originStatus struct {
	Origin  string `json:"origin"`
	ProbeAt string `json:"probe_at"`
}

func whenText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// readStatus reads how the crawl stands.
func readStatus(cmd *cobra.Command, file string, now time.Time) (_ *status, err error) {
	ctx := cmd.Context()
	f, err := crawlfile.OpenReadOnly(ctx, file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	end, err := f.End(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := f.Stats(ctx)
	if err != nil {
		return nil, err
	}
	alive, err := f.AliveAt(ctx)
	if err != nil {
		return nil, err
	}
	s := &status{
		File: file, State: end.State, Reason: end.Reason, Began: whenText(f.Info().Created), Ended: whenText(end.FinishedAt), AliveAt: whenText(alive),
		Pages: stats.Pages, Waiting: stats.Pending, Bytes: stats.Bytes, began: f.Info().Created, end: latestOf(alive, end.FinishedAt),
		Failures: make(map[string]int),
	}
	for class, n := range stats.ByClass {
		s.Failures[string(class)] = n
	}
	var running bool
	if s.holder, running = crawlfile.Writer(file); running {
		s.State, s.end = crawlfile.Running, now
		s.Process, s.Host, s.Since = s.holder.Process, s.holder.Host, whenText(s.holder.Since)
	} else if s.State == crawlfile.Running {
		s.State = "killed"
	}
	var last time.Time
	if s.PerMinute, last, err = f.Lately(ctx, time.Minute); err != nil {
		return nil, err
	}
	s.LastPage = whenText(last)
	return s, s.queues(cmd, f, now)
}

func latestOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// queues reads what waits, and for how long.
func (s *status) queues(cmd *cobra.Command, f *crawlfile.File, now time.Time) error {
	ctx := cmd.Context()
	treated := make(map[string]crawlfile.Traffic)
	for t, err := range f.Traffic(ctx) {
		if err != nil {
			return err
		}
		treated[t.Domain] = t
	}
	waiting, err := f.Queues(ctx)
	if err != nil {
		return err
	}
	s.Domains = len(waiting)
	s.Queues = make([]queueStatus, 0, len(waiting))
	for _, w := range waiting {
		t := treated[w.Name]
		q := queueStatus{Domain: w.Name, Waiting: w.Waiting, IntervalMS: page.Milliseconds(t.Interval), interval: t.Interval}
		if q.due = t.NotBefore.Sub(now); q.due > 0 {
			q.DueAt, q.Why = whenText(t.NotBefore), t.Why
		}
		q.left = time.Duration(w.Waiting-1)*t.Interval + max(0, q.due)
		q.LeftMS = page.Milliseconds(q.left)
		s.Queues = append(s.Queues, q)
	}
	slices.SortFunc(s.Queues, func(a, b queueStatus) int {
		return cmp.Or(cmp.Compare(b.left, a.left), cmp.Compare(b.Waiting, a.Waiting), cmp.Compare(a.Domain, b.Domain))
	})
	s.Queues = slices.Clip(s.Queues[:min(len(s.Queues), queuesShown)])
	if len(s.Queues) > 0 {
		s.LeftMS = s.Queues[0].LeftMS
	}
	for o, err := range f.Origins(ctx) {
		if err != nil {
			return err
		}
		if !o.Probe.IsZero() {
			s.Asleep = append(s.Asleep, originStatus{o.Name, whenText(o.Probe)})
		}
	}
	return nil
}

// text is the status for a person.
func (s *status) text(now time.Time) string {
	var b strings.Builder
	line := func(label, format string, args ...any) {
		fmt.Fprintf(&b, "%-11s %s\n", label, oneLine(fmt.Sprintf(format, args...)))
	}
	ran := ""
	if took := s.end.Sub(s.began); took > 0 {
		ran = ", " + short(took) + " after it began"
	}
	switch s.State {
	case crawlfile.Running:
		line("Running", "%s, begun %s ago", strings.Trim(s.holder.String(), " ()"), short(now.Sub(s.began)))
	case "killed":
		line("Killed", "last at work %s; to go on: amble resume %s", ago(s.end, now), quote(s.File))
	case crawlfile.Complete:
		line("Complete", "%s%s", ago(s.end, now), ran)
	default:
		line(strings.ToUpper(s.State[:min(1, len(s.State))])+s.State[min(1, len(s.State)):], "%s%s: %s; to go on: amble resume %s", ago(s.end, now), ran, s.Reason, quote(s.File))
	}
	line("Pages", "%s, %s; %s waiting for %s", thousands(int64(s.Pages)), bytesize(s.Bytes), count(s.Waiting, "URL"), count(s.Domains, "domain"))
	if s.State == crawlfile.Running {
		line("Lately", "%s in the minute before %s", count(s.PerMinute, "page"), cmp.Or(s.LastPage, "the first one"))
	}
	if len(s.Failures) > 0 {
		var parts []string
		for _, class := range slices.Sorted(maps.Keys(s.Failures)) {
			parts = append(parts, fmt.Sprintf("%s × %s", class, thousands(int64(s.Failures[class]))))
		}
		line("Failures", "%s", strings.Join(parts, ", "))
	}
	for i, o := range s.Asleep[:min(len(s.Asleep), queuesShown)] {
		label := ""
		if i == 0 {
			label = "Set aside"
		}
		line(label, "%s, asked again at %s", o.Origin, o.ProbeAt)
	}
	if len(s.Queues) == 0 {
		return b.String()
	}
	if left := s.Queues[0].left; left > 0 {
		line("Left", "%s at least, for %s", short(left), s.Queues[0].Domain)
	}
	fmt.Fprintf(&b, "\n%10s  %9s  %9s  %s\n", "waiting", "interval", "left", "domain")
	for _, q := range s.Queues {
		interval, left := "-", "-"
		if q.interval > 0 {
			interval, left = short(q.interval), short(q.left)
		}
		due := ""
		if q.due > time.Second {
			due = fmt.Sprintf(" (due in %s: %s)", short(q.due), q.Why)
		}
		fmt.Fprintf(&b, "%10s  %9s  %9s  %s\n", thousands(int64(q.Waiting)), interval, left, oneLine(q.Domain+due))
	}
	if more := s.Domains - len(s.Queues); more > 0 {
		fmt.Fprintf(&b, "%s more\n", count(more, "domain"))
	}
	return b.String()
}

// ago is how long before now something was.
func ago(t, now time.Time) string {
	if t.IsZero() {
		return "at an unknown time"
	}
	return short(max(0, now.Sub(t))) + " ago"
}
