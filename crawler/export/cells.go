package export

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"amble/crawler/page"
)

// header names the cells of a record. The names are those of JSON Lines; the error is split in two, and links, images and
// meta are numbers of elements, which a spreadsheet can sort.
var header = []string{
	"url", "depth", "referrer", "status", "redirect", "error_class", "error_text",
	"title", "description", "canonical", "duplicate_of", "robots", "sitemap", "lastmod", "lang", "links", "images", "meta",
	"content_type", "charset", "bytes", "truncated", "sha256", "simhash",
	"etag", "last_modified", "change", "fetched_at", "duration_ms",
}

// cells are the cells of a page. A missing value is an empty cell.
func cells(p *page.Page) []string {
	status, class, text, duration := "", "", "", ""
	if p.Status != 0 {
		status = strconv.Itoa(p.Status)
	}
	if p.Err != nil {
		class, text = string(p.Err.Class), p.Err.Text
	}
	truncated := ""
	if p.Truncated {
		truncated = "true"
	}
	if p.Duration != 0 {
		duration = strconv.FormatFloat(page.Milliseconds(p.Duration), 'f', -1, 64)
	}
	return []string{
		cell(p.URL), strconv.Itoa(p.Depth), cell(p.Referrer), status, cell(p.Redirect), cell(class), cell(text),
		cell(p.Title), cell(p.Description), cell(p.Canonical), cell(p.DuplicateOf), cell(p.Robots), cell(p.Sitemap), timeCell(p.LastMod), cell(p.Lang),
		strconv.Itoa(len(p.Links)), strconv.Itoa(len(p.Images)), strconv.Itoa(len(p.Meta)),
		cell(p.ContentType), cell(p.Charset), strconv.FormatInt(p.Bytes, 10), truncated, cell(p.SHA256), cell(p.SimHash),
		cell(p.ETag), cell(p.LastModified), cell(string(p.Change)), timeCell(p.FetchedAt), duration,
	}
}

// timeCell is t as in JSON Lines: RFC 3339 in UTC with milliseconds.
func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// cell is text that a spreadsheet takes for text. One that would begin a formula, in full-width characters too, gets an
// apostrophe in front, which is how spreadsheets mark text. It looks at what is left once nothing else is stripped:
// a character that is dropped must not hide a formula behind it.
func cell(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\r':
			return r
		}
		return shown(r)
	}, s)
	if s == "" {
		return s
	}
	switch []rune(s[:min(len(s), 4)])[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠':
		return "'" + s
	}
	return s
}

// visible is s as one line of text: line ends and tabs become spaces, other characters without a shape go, bytes that
// are no UTF-8 become U+FFFD.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
			return ' '
		}
		return shown(r)
	}, s)
}

// shown is r, or -1 where r could command a terminal or reorder the text around it.
func shown(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return -1
	}
	return r
}
