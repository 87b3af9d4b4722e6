package export

import (
	"encoding/hex"
	"strings"

	"amble/crawler/crawlfile"
	"amble/crawler/page"
)

// What a crawl was asked to take out of its pages are columns, too: fields has all of it, as JSON, and fields.NAME the values of one field. There
// may be several: they are a list in JSON, and elsewhere one text with each on a line, for values hold no line ends. A crawl's own fields are
// part of its tables where no columns are asked for.

// allFields are all fields of a page.
var allFields = Column{
	Name: fieldsName, Kind: KindText, Doc: "what was taken out of the page, as JSON", extra: true, sql: "p.fields",
	value: func(p *page.Page) any {
		if len(p.Fields) == 0 {
			return ""
		}
		js, err := appendValue(nil, p.Fields)
		if err != nil {
			panic(err) // of texts alone
		}
		return string(js)
	},
	object: func(p *page.Page) any {
		if len(p.Fields) == 0 {
			return nil
		}
		return p.Fields
	},
}

const fieldsName = "fields"

// fieldColumn is the column of a field, of whose name fields and a dot are the beginning; nil if they are not.
func fieldColumn(column string) *Column {
	before, name, ok := strings.Cut(column, ".")
	if !ok || name == "" || !strings.EqualFold(before, fieldsName) {
		return nil
	}
	return &Column{
		Name: fieldsName + "." + name, Kind: KindText, Doc: "values of the field " + name, extra: true,
		// The name in hexadecimal: what comes from outside is never read as SQL.
		sql: "(SELECT group_concat(v.value, char(10)) FROM json_each(p.fields) AS f, json_each(f.value) AS v WHERE f.key = CAST(x'" +
			hex.EncodeToString([]byte(name)) + "' AS TEXT))",
		value: func(p *page.Page) any { return strings.Join(p.Fields[name], "\n") },
		object: func(p *page.Page) any {
			if len(p.Fields[name]) == 0 {
				return nil
			}
			return p.Fields[name]
		},
	}
}

// withFields adds the columns of a crawl's own fields to a table for which no columns were asked for. Formats that have all of a record anyway
// do without.
func (p *parsed) withFields(names []string) *parsed {
	if len(p.Columns) > 0 || p.Format != CSV && p.Format != Parquet {
		return p
	}
	more := *p
	more.columns = append([]*Column(nil), p.columns...)
	for _, name := range names {
		if name == crawlfile.AllFields {
			more.columns = append(more.columns, &allFields)
		} else {
			more.columns = append(more.columns, fieldColumn(fieldsName+"."+name))
		}
	}
	return &more
}
