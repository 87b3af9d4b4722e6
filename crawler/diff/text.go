package diff

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"amble/crawler/crawlfile"
	"amble/crawler/report/look"
)

// The measures of the text: no line is longer, but for URLs and what follows them; of the links that a page has or lost so many are shown, and of
// the pages that hold a broken link.
const (
	lineMost    = 79
	linksMost   = 5
	holdersMost = 10
)

// textual is a text that is being written. Errors stay with w.
type textual struct {
	w        *bufio.Writer
	kind     Kind   // of the last difference
	link     string // of the last one, if it is of links
	linkNote string
	holders  int // of that link, shown or not
}

func (t *textual) printf(format string, args ...any) { fmt.Fprintf(t.w, format, args...) }

func (c *Comparison) text(ctx context.Context, w *bufio.Writer) (Summary, error) {
	t := textual{w: w}
	t.side("---", c.Old())
	t.side("+++", c.New())
	for _, s := range c.notes {
		t.wrapped("Note: ", s)
	}
	sum, err := c.tell(ctx, func(d *Difference) error {
		t.difference(d)
		return nil
	})
	t.endLink()
	if err == nil {
		t.printf("\n")
		t.wrapped("", sum.sentence())
		if s := sum.unknown(c.New().Path); s != "" {
			t.wrapped("", s)
		}
	}
	return sum, err
}

func (t *textual) side(mark string, s *crawlfile.Side) {
	t.printf("%s %s  %s UTC, %s, %s\n", mark, look.Line(s.Path), s.Info.Created.UTC().Format("2006-01-02 15:04"), state(s), plural(s.Pages, "URL"))
}

// wrapped breaks a sentence between words.
func (t *textual) wrapped(first, s string) {
	line := first
	for i, word := range strings.Fields(look.Line(s)) {
		if i > 0 && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineMost {
			t.printf("%s\n", line)
			line = strings.Repeat(" ", len(first)) + word
			continue
		}
		if i > 0 {
			line += " "
		}
		line += word
	}
	t.printf("%s\n", line)
}

func (t *textual) difference(d *Difference) {
	if d.Kind != t.kind {
		t.endLink()
		t.printf("\n%s\n", titles[d.Kind])
		t.kind, t.link, t.linkNote = d.Kind, "", ""
	}
	if d.Link != nil {
		t.aboutLink(d)
		return
	}
	if d.Kind == Moved {
		t.printf("  %s\n    to %s, which %s\n", look.Line(d.Old.URL), look.Line(d.URL), pick(d.Why == crawlfile.WhySame, "has the same content", "it redirects to", ""))
		return
	}
	t.printf("  %s\n", look.Line(d.URL))
	switch d.Kind {
	case New:
		t.note(quoted(d.New.Title))
	case Gone, Unreached, Unseen:
		if d.Why != crawlfile.WhyCut { // which a note has told of
			t.note(reason(d))
		}
	}
	for i := range d.Fields {
		t.field(&d.Fields[i])
	}
}

func (t *textual) note(s string) {
	if s != "" {
		t.printf("    %s\n", look.Line(s))
	}
}

// quoted is a foreign text in quotes; empty for none.
func quoted(s string) string {
	if s == "" {
		return ""
	}
	return "“" + look.Clean(s) + "”"
}

// field tells of a field in one line, or where that is too long in two.
func (t *textual) field(f *FieldChange) {
	const label = "    %-13s"
	switch f.Field {
	case Content:
		t.printf(label+"%s\n", f.Field, apart(f))
		return
	case Links:
		t.printf(label+"%s\n", f.Field, linksChanged(f))
		t.urls("+", f.Added)
		t.urls("-", f.Removed)
		return
	}
	old, new := shown(f, f.Old), shown(f, f.New)
	if line := fmt.Sprintf(label+"%s → %s", f.Field, old, new); utf8.RuneCountInString(line) <= lineMost {
		t.printf("%s\n", line)
		return
	}
	t.printf(label+"%s\n"+"               → %s\n", f.Field, old, new)
}

// shown is a value for a person.
func shown(f *FieldChange, s string) string {
	switch {
	case s == "":
		return "none"
	case f.Field == Title, f.Field == Description:
		return quoted(s)
	}
	return look.Line(s)
}

// linksChanged says how many links came and went.
func linksChanged(f *FieldChange) string {
	var parts []string
	if n := len(f.Added); n > 0 {
		parts = append(parts, thousands(n)+" more")
	}
	if n := len(f.Removed); n > 0 {
		parts = append(parts, thousands(n)+" gone")
	}
	return strings.Join(parts, ", ")
}

func (t *textual) urls(mark string, urls []string) {
	for i, u := range urls {
		if i == linksMost && len(urls) > linksMost+1 {
			t.printf("      %s and %s more\n", mark, thousands(len(urls)-i))
			return
		}
		t.printf("      %s %s\n", mark, look.Line(u))
	}
}

// aboutLink tells of a link under what it names.
func (t *textual) aboutLink(d *Difference) {
	note := pick(d.Kind == Broken, "", "was ", "") + linkReason(d)
	other := linkOther(d)
	if d.Link.Other == crawlfile.Answered {
		note, other = note+"; "+other, ""
	}
	if d.URL != t.link {
		t.endLink()
		t.printf("  %s\n", look.Line(d.URL))
		t.link, t.linkNote = d.URL, ""
	}
	if t.holders++; t.holders > holdersMost {
		return
	}
	if note != t.linkNote {
		t.printf("    %s\n", look.Line(note))
		t.linkNote = note
	}
	t.printf("      %s", look.Line(holder(&d.Link.Broken)))
	if d.Link.Text != "" {
		t.printf(": %s", quoted(d.Link.Text))
	}
	if other != "" {
		t.printf(" (%s)", other)
	}
	t.printf("\n")
}

// endLink says how many pages hold the last link besides those shown.
func (t *textual) endLink() {
	if more := t.holders - holdersMost; more > 0 {
		t.printf("      and in %s more\n", plural(more, "place"))
	}
	t.holders = 0
}

// sentence sums up.
func (s *Summary) sentence() string {
	same := plural(s.Same, "URL") + " " + pick(s.Same == 1, "is", "are", "") + " the same in both."
	var pages, links []string
	for _, k := range Kinds {
		n := s.Count(k)
		switch {
		case n == 0:
		case k == Broken, k == Mended:
			links = append(links, thousands(n)+" "+pick(k == Broken, "newly broken", "mended", ""))
		default:
			pages = append(pages, thousands(n)+" "+string(k))
		}
	}
	var all []string
	if len(pages) > 0 {
		all = append(all, "Pages: "+strings.Join(pages, ", ")+".")
	}
	if len(links) > 0 {
		all = append(all, "Links: "+strings.Join(links, ", ")+".")
	}
	if len(all) == 0 {
		return "No differences: " + same
	}
	return strings.Join(append(all, same), " ")
}

// unknown says that there are links which are no differences, for nothing is known of them; empty if there are none.
func (s *Summary) unknown(file string) string {
	var parts []string
	if n := s.UnknownBroken; n > 0 {
		parts = append(parts, fmt.Sprintf("%s of which the older crawl tells nothing (see amble links %s)", plural(n, "more broken link"), file))
	}
	if n := s.UnknownMended; n > 0 {
		parts = append(parts, fmt.Sprintf("%s of which the newer crawl tells nothing", plural(n, "once broken link")))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not counted: " + strings.Join(parts, "; ") + "."
}

func thousands(n int) string { return look.Count(int64(n)) }
