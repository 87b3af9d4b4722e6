package export

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"

	"amble/crawler/page"
)

// Encoder writes one page at a time. It is for one goroutine at a time.
type Encoder struct {
	w      *bufio.Writer
	encode func(*page.Page) error
	csv    *csv.Writer // nil unless the format is CSV
	buf    []byte
}

// NewEncoder makes an encoder that writes to w; ErrFormat if the format is none. The header of CSV is written at once, so
// that a crawl without pages has it too. Output is buffered: see [Encoder.Flush].
func NewEncoder(w io.Writer, format Format) (*Encoder, error) {
	e := &Encoder{w: bufio.NewWriterSize(w, 64<<10)}
	switch format {
	case JSONL:
		e.encode = e.jsonLine
	case CSV:
		e.encode = e.record
		e.csv = csv.NewWriter(e.w)
		e.csv.UseCRLF = true
		if err := e.csv.Write(header); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
	case Text:
		e.encode = e.paragraph
	default:
		_, err := ParseFormat(string(format))
		return nil, err
	}
	return e, nil
}

// Encode writes a page. An error of the writer may show at a later call, at the latest at Flush.
func (e *Encoder) Encode(p *page.Page) error {
	if err := e.encode(p); err != nil {
		return fmt.Errorf("export: %s: %w", p.URL, err)
	}
	return nil
}

// Flush writes what is buffered. It must come last, and after each page that is to be seen at once.
func (e *Encoder) Flush() error {
	if e.csv != nil {
		if e.csv.Flush(); e.csv.Error() != nil {
			return fmt.Errorf("export: %w", e.csv.Error())
		}
	}
	if err := e.w.Flush(); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

func (e *Encoder) jsonLine(p *page.Page) (err error) {
	if e.buf, err = p.AppendJSON(e.buf[:0]); err != nil {
		return err
	}
	e.buf = append(e.buf, '\n')
	_, err = e.w.Write(e.buf)
	return err
}

func (e *Encoder) record(p *page.Page) error { return e.csv.Write(cells(p)) }

// paragraph writes a page for people to read. The text of a line never contains a line end, so a title cannot pass for a
// link or for another page.
func (e *Encoder) paragraph(p *page.Page) error {
	fmt.Fprintf(e.w, "URL: %s\nTitle: %s\nLinks: %d\n", visible(p.URL), visible(p.Title), len(p.Links))
	for _, l := range p.Links {
		e.w.WriteString("  - ")
		e.w.WriteString(visible(l.URL))
		e.w.WriteByte('\n')
	}
	return e.w.WriteByte('\n') // a bufio.Writer keeps its first error
}
