package crawler

import "amble/crawler/fields"

// FieldRule is a field to take out of pages: its name, where its values come from, and the pages that it is for.
type FieldRule = fields.Rule

// ParseField reads a field as NAME=SOURCE, such as price=css:.price or image=css:img.hero@src: see package fields. The error is one line that shows
// the place, and says what to write instead.
func ParseField(s string) (FieldRule, error) { return fields.Parse(s) }

// ReadFields reads the fields of a rules file (see fields.ReadFile), and whether it asks for structured data. The error is one line, with the
// file and the line in it.
func ReadFields(file string) (rules []FieldRule, structured bool, err error) {
	return fields.ReadFile(file)
}
