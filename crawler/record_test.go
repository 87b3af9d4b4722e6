package crawler

import (
	"fmt"
	"testing"
	"time"

	"amble/frontier/canon"
)

// A page may link to as many domains as it has links: each compared to all others would take a quarter of a minute.
func TestAPageOfManyDomainsTakesNoTime(t *testing.T) {
	targets := make([]canon.URL, DefaultMaxLinks)
	for i := range targets {
		u, err := canon.Parse(fmt.Sprintf("http://host-%06d.test/", i))
		if err != nil {
			t.Fatal(err)
		}
		targets[i] = u
	}
	var r record
	start := time.Now()
	r.domainsOf(targets[0], targets)
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("the domains of %d links took %v, more than 2 s", len(targets), took)
	}
	if len(r.domains) != len(targets) {
		t.Errorf("%d domains, want %d", len(r.domains), len(targets))
	}
}
