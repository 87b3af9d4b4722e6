package diff

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"amble/crawler/crawlfile"
)

// Document is the form of the JSON output, for those who read it whole:
//
//	{"old":{…}
//	,"new":{…}
//	,"notes":[…]
//	,"differences":[
//	{"change":"new","url":…}
//	,{"change":"gone","url":…}
//	],"summary":{…}
//	}
//
// Each difference stands on a line of its own, so the output can also be read as it comes. Field names are part of amble's
// public interface; what is not known or does not apply is left out.
type Document struct {
	Old         File     `json:"old"`
	New         File     `json:"new"`
	Notes       []string `json:"notes"` // sentences for a person: see Comparison.Notes
	Differences []Record `json:"differences"`
	Summary     Totals   `json:"summary"`
}

// File is one of the crawl files in JSON.
type File struct {
	File    string `json:"file"`
	Began   string `json:"began"` // ISO 8601, UTC, milliseconds
	State   string `json:"state"` // running, killed, complete, limited, interrupted or failed
	Reason  string `json:"reason,omitempty"`
	URLs    int    `json:"urls"`    // on record
	Waiting int    `json:"waiting"` // not fetched yet
}

// Record is a difference in JSON.
type Record struct {
	Change Kind   `json:"change"`            // new, gone, moved, changed, broken, mended, unreached or unseen
	URL    string `json:"url"`               // the page, or what the link names; as the new crawl has it
	OldURL string `json:"old_url,omitempty"` // of the page in the old crawl, if it is another
	Status int    `json:"status,omitempty"`  // of the page in the new crawl; of the link's target where it failed
	Title  string `json:"title,omitempty"`   // of the page; as it was, if it is gone or was not reached

	Why string `json:"why,omitempty"` // of gone: missing, unlinked; of moved: redirected, same; of unreached and unseen: cut, linked, failed, behind, seed
	Via string `json:"via,omitempty"` // the page that why speaks of

	Fields []FieldRecord `json:"fields,omitempty"` // of changed

	Kind   string `json:"kind,omitempty"`   // of the link: link, fragment, seed, sitemap, image, script, …
	From   string `json:"from,omitempty"`   // the page or sitemap that holds it
	Text   string `json:"text,omitempty"`   // its anchor text
	Final  string `json:"final,omitempty"`  // what failed, where that is not url: redirects lead there
	Class  string `json:"class,omitempty"`  // of failure, or fragment
	Reason string `json:"reason,omitempty"` // in words
	Other  string `json:"other,omitempty"`  // in the crawl where it does not fail: answered, not linked or no page
}

// FieldRecord is a field of a changed page in JSON.
type FieldRecord struct {
	Field    Field    `json:"field"`
	Old      string   `json:"old,omitempty"` // of content the SHA-256
	New      string   `json:"new,omitempty"`
	Added    []string `json:"added,omitempty"` // of links
	Removed  []string `json:"removed,omitempty"`
	Distance *int     `json:"distance,omitempty"` // of content: bits of 64 in which the hashes of the texts differ
}

// Totals are a Summary in JSON.
type Totals struct {
	New           int `json:"new"`
	Gone          int `json:"gone"`
	Moved         int `json:"moved"`
	Changed       int `json:"changed"`
	Broken        int `json:"broken"`
	Mended        int `json:"mended"`
	Unreached     int `json:"unreached"`
	Unseen        int `json:"unseen"`
	Same          int `json:"same"`           // URLs
	UnknownBroken int `json:"unknown_broken"` // links: see Summary
	UnknownMended int `json:"unknown_mended"`
}

// Record is the difference as it is in JSON.
func (d *Difference) Record() Record {
	r := Record{Change: d.Kind, URL: d.URL, OldURL: d.OldURL, Why: d.Why, Via: d.Via}
	switch {
	case d.New != nil:
		r.Status, r.Title = d.New.Status, d.New.Title
	case d.Old != nil:
		r.Title = d.Old.Title
	}
	if d.Kind == Gone {
		r.Title = d.Old.Title
	}
	for _, f := range d.Fields {
		j := FieldRecord{Field: f.Field, Old: f.Old, New: f.New, Added: f.Added, Removed: f.Removed}
		if f.Field == Content && f.Distance >= 0 {
			j.Distance = &f.Distance
		}
		r.Fields = append(r.Fields, j)
	}
	if l := d.Link; l != nil {
		r.Kind, r.From, r.Text, r.Status, r.Reason, r.Other = l.Kind, l.From, l.Text, l.Broken.Status, linkReason(d), string(l.Other)
		if r.Class = "fragment"; l.Err != nil {
			r.Class = string(l.Err.Class)
		}
		if l.Final != l.URL {
			r.Final = l.Final
		}
	}
	return r
}

func fileOf(s *crawlfile.Side) File {
	f := File{File: s.Path, Began: s.Info.Created.UTC().Format("2006-01-02T15:04:05.000Z"), State: s.End.State, Reason: s.End.Reason, URLs: s.Pages, Waiting: s.Pending}
	if s.End.State == crawlfile.Running && !s.Running {
		f.State = "killed"
	}
	return f
}

func (c *Comparison) json(ctx context.Context, w *bufio.Writer) (Summary, error) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	var errs []error
	part := func(before string, v any) {
		fmt.Fprint(w, before)
		errs = append(errs, enc.Encode(v)) // with a line end, which JSON lets stand between its parts
	}
	notes := c.notes
	if notes == nil {
		notes = []string{}
	}
	part(`{"old":`, fileOf(c.Old()))
	part(`,"new":`, fileOf(c.New()))
	part(`,"notes":`, notes)
	fmt.Fprint(w, ",\"differences\":[\n")
	first := true
	sum, err := c.tell(ctx, func(d *Difference) error {
		if !first {
			fmt.Fprint(w, ",")
		}
		first = false
		return enc.Encode(d.Record())
	})
	if err != nil {
		return sum, err
	}
	part(`],"summary":`, Totals(sum))
	fmt.Fprint(w, "}\n")
	return sum, errors.Join(errs...)
}
