package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"amble/crawler"
)

// taking are the flags that say what is taken out of pages besides.
type taking struct {
	Extract      []string `json:"extract,omitempty"`
	ExtractRules string   `json:"extract_rules,omitempty"`
	Structured   bool     `json:"structured,omitempty"`

	// Rules are what the rules file said, and RulesStructured likewise, when RulesFrom was read: a crawl goes on by what it was begun with.
	Rules           []crawler.FieldRule `json:"rules,omitempty"`
	RulesStructured bool                `json:"rules_structured,omitempty"`
	RulesFrom       string              `json:"rules_from,omitempty"`
}

func (t *taking) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&t.Extract, "extract", nil, "take this `field` out of each page, as NAME=css:SELECTOR or NAME=css:SELECTOR@ATTRIBUTE,\nand from meta:, og:, jsonld: and microdata: (repeatable)")
	f.StringVar(&t.ExtractRules, "extract-rules", "", "take out the fields in this TOML `file`, which can say for which pages each is")
	f.BoolVar(&t.Structured, "structured", false, "take out all that pages say in JSON-LD, microdata and OpenGraph")
}

// config checks the fields, and hands them to the crawler's configuration.
func (t *taking) config(c *crawler.Config) error {
	for _, s := range t.Extract {
		r, err := crawler.ParseField(s)
		if err != nil {
			return usage("--extract %w", err)
		}
		c.Fields = append(c.Fields, r)
	}
	if t.ExtractRules != t.RulesFrom {
		t.Rules, t.RulesStructured, t.RulesFrom = nil, false, t.ExtractRules
		if t.ExtractRules != "" {
			var err error
			if t.Rules, t.RulesStructured, err = crawler.ReadFields(t.ExtractRules); err != nil {
				return usage("--extract-rules: %w", err)
			}
		}
	}
	c.Fields = append(c.Fields, t.Rules...)
	c.Structured = t.Structured || t.RulesStructured
	return nil
}

// fieldsShown is how many fields the summary names.
const fieldsShown = 8

// fieldsFound says on how many pages the fields were that were asked for, those first that were on none, for that is likely a mistake; "" if no
// page was read.
func fieldsFound(s crawler.Stats) string {
	if len(s.ByField) == 0 || s.Pages == s.Earlier {
		return ""
	}
	var on, none []string
	for _, name := range slices.Sorted(maps.Keys(s.ByField)) {
		if n := s.ByField[name]; n > 0 {
			on = append(on, fmt.Sprintf("%s on %s", name, count(n, "page")))
		} else {
			none = append(none, name+" on none")
		}
	}
	all := append(none, on...)
	if more := len(all) - fieldsShown; more > 0 {
		all = append(all[:fieldsShown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(all, ", ")
}
