package report

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"amble/crawler/crawlfile"
	"amble/crawler/fields"
	"amble/crawler/report/look"
)

// field is what the report tells of one field.
type field struct {
	pages, values int64
	samples       []string // the first different values, by URL; as they are shown

	asked   bool  // by name
	lacking int64 // pages that were asked for it and have none
	without []string
}

// samplesMost is how many values of a field are shown, and how many pages that lack it.
const samplesMost = 3

// fields tells of what was taken out of the pages: those fields that were asked for by name in their order, then those that pages name themselves, the
// most frequent first. No more are looked at than are shown.
func (r *report) fields() error {
	asked := []string{}
	for _, name := range r.file.Info().Fields {
		if name != crawlfile.AllFields {
			asked = append(asked, name)
		}
	}
	names := asked[:min(len(asked), r.o.Most)]
	shown := make(map[string]*field)
	for _, name := range names {
		shown[name] = &field{asked: true}
	}
	others := int64(0)
	if err := r.each(`SELECT count(*) OVER (), f.key FROM pages AS p, json_each(p.fields) AS f WHERE p.fields IS NOT NULL AND f.key NOT IN (SELECT value FROM json_each(?))
GROUP BY f.key ORDER BY count(*) DESC, f.key LIMIT ?`, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&others, &name)
		if len(names) < r.o.Most {
			names, shown[name] = append(names, name), &field{}
		}
		return err
	}, jsonOf(asked), r.o.Most); err != nil {
		return err
	}
	if len(names) == 0 {
		return nil
	}
	if err := r.readFields(shown); err != nil {
		return err
	}
	t := look.Table{ID: "field-list", Caption: "Values, and pages without any", Total: int64(len(asked)) + others, Rest: r.sql("SELECT name, count(DISTINCT page_url), min(value) FROM fields GROUP BY name"),
		Head: []look.Head{{Text: "Field"}, {Text: "Pages", Number: true}, {Text: "Values", Number: true}, {Text: "For example"}, {Text: "Pages without it", Number: true}, {Text: "Among them"}}}
	for _, name := range names {
		f := shown[name]
		pages := look.Number(f.pages)
		if f.asked && f.pages == 0 {
			r.unmet++
			pages.Kind = look.Warn
		}
		row := []look.Cell{look.Text(name), pages, look.Number(f.values), {}, {}, {}}
		for _, v := range f.samples {
			row[3].More = append(row[3].More, look.Text(v))
		}
		if f.asked {
			row[4] = look.Number(f.lacking)
		}
		for _, u := range f.without {
			row[5].More = append(row[5].More, look.URL(u))
		}
		t.Rows = append(t.Rows, row)
	}
	p := part{ID: "fields", Title: "Fields", Count: r.unmet, Kind: look.Warn, Tables: []look.Table{t},
		Intro: "What was taken out of the HTML pages that were read. Without a field are pages of which it was asked, and that have no value of it."}
	if r.unmet > 0 {
		p.Intro += fmt.Sprintf(" %s on no page: see whether the source is right.", counted(r.unmet, "field is", "fields are"))
	}
	if first := names[0]; shown[first].asked {
		p.Intro += fmt.Sprintf(` amble export %s --format text --where "fields.%s is null and content_type = 'text/html'" lists such pages.`, shell(r.o.File), first)
	}
	r.Parts = append(r.Parts, p)
	return nil
}

// asks is what tells which fields were asked of a page; nil if the crawl file does not say. Then it was all of them.
func (r *report) asks() *fields.Extractor {
	var reading struct {
		Fields []fields.Rule `json:"fields"`
	}
	if js := r.file.Info().Reading; js == nil || json.Unmarshal(js, &reading) != nil {
		return nil
	}
	asks, _ := fields.Compile(reading.Fields, false) // another version's rules may be no rules here
	return asks
}

// readFields reads the fields of all pages, one page at a time.
func (r *report) readFields(shown map[string]*field) error {
	asks := r.asks()
	var all []string
	for name, f := range shown {
		if f.asked {
			all = append(all, name)
		}
	}
	return r.each("SELECT url, fields, coalesce("+read+", 0) FROM pages WHERE fields IS NOT NULL OR "+read+" ORDER BY url", func(rows *sql.Rows) error {
		var url string
		var js sql.RawBytes
		var page bool
		if err := rows.Scan(&url, &js, &page); err != nil {
			return err
		}
		var has map[string][]string
		if js != nil {
			if err := json.Unmarshal(js, &has); err != nil {
				return err
			}
		}
		for name, values := range has {
			if f := shown[name]; f != nil {
				f.take(values)
			}
		}
		asked := all
		if asks != nil {
			asked = asks.Asks(url)
		}
		for _, name := range asked {
			if f := shown[name]; page && f != nil && len(has[name]) == 0 {
				if f.lacking++; len(f.without) < samplesMost {
					f.without = append(f.without, url)
				}
			}
		}
		return nil
	})
}

// take takes in the values of one page.
func (f *field) take(values []string) {
	f.pages++
	f.values += int64(len(values))
	for _, v := range values {
		if len(f.samples) == samplesMost {
			return
		}
		if v = look.Clean(v); !slices.Contains(f.samples, v) {
			f.samples = append(f.samples, v)
		}
	}
}

func jsonOf(names []string) string {
	js, err := json.Marshal(names)
	if err != nil {
		panic(err) // of strings
	}
	return string(js)
}
