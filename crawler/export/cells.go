package export

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"amble/crawler/page"
)

// header names the cells of a record.
func header(cs []*Column) []string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.Name
	}
	return names
}

// cells appends the cells of a page. A missing value is an empty cell; a list is the number of its elements, which a spreadsheet
// can sort.
func cells(to []string, cs []*Column, p *page.Page) []string {
	for _, c := range cs {
		switch c.Kind {
		case KindList:
			to = append(to, strconv.FormatInt(c.count(p), 10))
		case KindText:
			to = append(to, cell(plain(c.of(p))))
		default:
			to = append(to, plain(c.of(p)))
		}
	}
	return to
}

// cell is text that a spreadsheet takes for text (OWASP, "CSV Injection"). A formula begins with one of a few signs at the
// beginning of a cell, and what a cell is depends on who reads: where a semicolon or a tab separates cells, as in much of Europe,
// commas and our quotes are part of the text, and a line ends at each line end. So an apostrophe, which is how spreadsheets mark
// text, goes in front of such a sign wherever a cell might begin. It looks at what is left once nothing else is stripped: a
// character that is dropped must not hide a formula behind it.
//
// [ParseCell] takes the apostrophes away again.
func cell(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\r':
			return r
		}
		return page.Shown(r)
	}, s)
	return guarded(s, func(b *strings.Builder, rest string) string {
		b.WriteByte('\'')
		return rest
	})
}

// ParseCell is the text of a cell of [CSV] without the apostrophes that guard it against being taken for a formula. A text that had
// such apostrophes of its own has got one more, so that nothing is lost but control characters.
func ParseCell(s string) string {
	return guarded(s, func(_ *strings.Builder, rest string) string { return strings.TrimPrefix(rest, "'") })
}

// guarded is s with every place changed where a cell might begin with a formula for one reader or another: at the beginning and
// behind semicolons, tabs and line ends, spaces and quotes left aside. change gets what follows there, and returns what is left.
func guarded(s string, change func(b *strings.Builder, rest string) string) string {
	if !strings.ContainsAny(s, formulas) {
		return s
	}
	var b strings.Builder
	for start, n := true, 0; ; start = false {
		n += len(s[n:]) - len(strings.TrimLeft(s[n:], " \""))
		b.WriteString(s[:n])
		s = s[n:]
		if formula(s, start) {
			s = change(&b, s)
		}
		if n = strings.IndexAny(s, separators) + 1; n == 0 {
			b.WriteString(s)
			return b.String()
		}
	}
}

const (
	separators = ";\t\r\n"
	formulas   = "=+-@＝＋－＠\t\r\n" // in full-width characters, too
)

// formula reports whether a formula begins s, or one behind apostrophes. At the beginning of a cell white space counts for one.
func formula(s string, start bool) bool {
	s = strings.TrimLeft(s, "'")
	r, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune(formulas, r) && (start || !strings.ContainsRune(separators, r))
}
