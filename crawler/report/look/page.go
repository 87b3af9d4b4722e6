package look

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"io"
	"sync"
)

// Page is what stands around the body of a page.
type Page struct {
	Title    string // of the document, and its heading
	Lead     string // a sentence or two beneath the heading; may be empty
	Note     string // at the foot: by what and when the page was made
	Sections []Section
}

// Section is a part of the page, for the list of contents. The body holds an element with its id.
type Section struct {
	ID    string
	Title string
	Note  string // a figure beside the title; may be empty
	Kind  string // of the figure: Good, Warn, Bad or empty
}

//go:embed style.css
var style string

//go:embed script.js
var script string

//go:embed page.html
var pageText string

var page = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Funcs(functions).Parse(pageText)) })

// policy is the Content-Security-Policy of all pages: no request of any kind, no script and no style but these.
var policy = "default-src 'none'; style-src " + digest(style) + "; script-src " + digest(script) + "; base-uri 'none'; form-action 'none'"

// digest is the source expression for an inline text (CSP Level 3, section 2.3.1).
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Write writes the page: its head, what body writes, and its foot. Errors are those of w and of body.
func (p Page) Write(w io.Writer, body func(io.Writer) error) error {
	b := bufio.NewWriterSize(w, 1<<16)
	data := struct {
		Page
		Policy string
		Style  template.CSS
		Script template.JS
	}{p, policy, template.CSS(style), template.JS(script)}
	return errors.Join(page().ExecuteTemplate(b, "head", data), body(b), page().ExecuteTemplate(b, "foot", data), b.Flush())
}
