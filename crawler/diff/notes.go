package diff

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"amble/crawler/crawlfile"
)

// remarks are the notes.
func (c *Comparison) remarks() (all []string) {
	old, new := &c.pair.Old, &c.pair.New
	if new.Info.Created.Before(old.Info.Created) {
		all = append(all, fmt.Sprintf("%s was begun before %s: the older crawl is to come first.", new.Path, old.Path))
	}
	if s := unfinished(old); s != "" {
		all = append(all, s+" A page that it did not come to is not told to be new.")
	}
	if s := unfinished(new); s != "" {
		all = append(all, s+" A page that it did not come to is not told to be gone.")
	}
	if d := settings(old.Info.Reach, new.Info.Reach); d != "" {
		all = append(all, "The crawls had other bounds: "+d+".")
	}
	switch d := settings(old.Info.Reading, new.Info.Reading); {
	case old.Info.Reading == nil || new.Info.Reading == nil:
		all = append(all, "One of the crawls read its pages in several ways: what it says of a page may differ for that.")
	case d != "":
		all = append(all, "The crawls read pages in other ways, for which what they say of a page may differ: "+d+".")
	}
	return all
}

// unfinished says why a crawl is not complete.
func unfinished(s *crawlfile.Side) string {
	switch {
	case s.Whole():
		return ""
	case s.Running:
		return s.Path + " is being written: its crawl goes on."
	case s.End.State == crawlfile.Running:
		return s.Path + " is not complete: its crawl was killed."
	case s.End.Reason != "" && !strings.HasPrefix(s.End.Reason, s.End.State):
		return fmt.Sprintf("%s is not complete: its crawl was %s: %s.", s.Path, s.End.State, strings.TrimSuffix(s.End.Reason, "."))
	case s.End.State == crawlfile.Complete:
		return fmt.Sprintf("%s is not complete: hosts that did not answer left %s.", s.Path, plural(s.Pending, "URL"))
	}
	return fmt.Sprintf("%s is not complete: its crawl was %s.", s.Path, s.End.State)
}

// own are settings of which another note tells, or that mean nothing by themselves.
var own = []string{"changed", "assets", "fragments", "by_host"}

// settings are the values in which two objects of JSON differ, in words; empty if in none.
func settings(old, new []byte) string {
	var a, b map[string]json.RawMessage
	if json.Unmarshal(old, &a) != nil || json.Unmarshal(new, &b) != nil {
		return ""
	}
	all := maps.Clone(a)
	maps.Copy(all, b)
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(own, name) || bytes.Equal(a[name], b[name]) {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s %s, then %s", strings.ReplaceAll(name, "_", "-"), value(a[name]), value(b[name])))
	}
	return strings.Join(parts, "; ")
}

func value(js json.RawMessage) string {
	if js == nil {
		return "none"
	}
	var list []string
	if json.Unmarshal(js, &list) == nil {
		return strings.Join(list, " ")
	}
	var s string
	if json.Unmarshal(js, &s) == nil {
		return s
	}
	return string(js)
}
