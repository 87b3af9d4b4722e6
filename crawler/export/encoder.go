package export

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"amble/crawler/page"
)

// Encoder writes one page at a time. It is for one goroutine at a time.
type Encoder struct {
	w       *bufio.Writer
	encode  func(*page.Page) error
	columns []*Column
	csv     *csv.Writer   // nil unless the format is CSV
	parquet *parquetTable // nil unless the format is Parquet
	buf     []byte
	cells   []string
}

// NewEncoder makes an encoder that writes to w the columns that are named, or the usual ones if none are; ErrFormat if the format is
// none. Formats that need all pages before they can write one, sitemaps and graphs, have no encoder: see [Options.Write]. The header
// of CSV is written at once, so that a crawl without pages has it too. Output is buffered: see [Encoder.Flush].
func NewEncoder(w io.Writer, format Format, columns ...string) (*Encoder, error) {
	p, err := Options{Format: format, Columns: columns}.parse()
	if err != nil {
		return nil, err
	}
	return newEncoder(w, &p)
}

func newEncoder(w io.Writer, p *parsed) (*Encoder, error) {
	e := &Encoder{w: bufio.NewWriterSize(w, 64<<10), columns: p.columns}
	usual := len(p.Columns) == 0
	switch p.Format {
	case JSONL:
		if e.encode = e.object; usual {
			e.encode = e.jsonLine
		}
	case CSV:
		e.encode = e.record
		e.csv = csv.NewWriter(e.w)
		e.csv.UseCRLF = true
		if err := e.csv.Write(header(e.columns)); err != nil {
			return nil, fmt.Errorf("export: %w", err)
		}
	case Text:
		if e.encode = e.fields; usual {
			e.encode = e.paragraph
		}
	case URLs:
		e.encode = e.url
	case Parquet:
		e.parquet = newParquet(e.w, e.columns)
		e.encode = e.parquet.add
	default:
		return nil, fmt.Errorf("export: %s is made of all pages together: it cannot be written page by page", p.Format)
	}
	return e, nil
}

// Encode writes a page. An error of the writer may show at a later call, at the latest at Flush or Close.
func (e *Encoder) Encode(p *page.Page) error {
	if err := e.encode(p); err != nil {
		return fmt.Errorf("export: %s: %w", p.URL, err)
	}
	return nil
}

// Flush writes what is buffered. It must come after each page that is to be seen at once. What Parquet has of the last pages it
// keeps until Close.
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

// Close writes what ends the format, and flushes; it must come last, and once. It does not close the writer. But for Parquet, Flush is enough.
func (e *Encoder) Close() error {
	if e.parquet != nil {
		if err := e.parquet.close(); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return e.Flush()
}

func (e *Encoder) jsonLine(p *page.Page) (err error) {
	if e.buf, err = p.AppendJSON(e.buf[:0]); err != nil {
		return err
	}
	e.buf = append(e.buf, '\n')
	_, err = e.w.Write(e.buf)
	return err
}

// object writes the chosen columns as one line of JSON, and leaves out those that are missing.
func (e *Encoder) object(p *page.Page) (err error) {
	e.buf = append(e.buf[:0], '{')
	for _, c := range e.columns {
		v := c.of(p)
		if c.object != nil {
			v = c.object(p)
		}
		if v == nil {
			continue
		}
		if len(e.buf) > 1 {
			e.buf = append(e.buf, ',')
		}
		if e.buf, err = appendValue(e.buf, c.Name); err != nil {
			return err
		}
		e.buf = append(e.buf, ':')
		if e.buf, err = appendValue(e.buf, v); err != nil {
			return err
		}
	}
	e.buf = append(e.buf, '}', '\n')
	_, err = e.w.Write(e.buf)
	return err
}

func (e *Encoder) record(p *page.Page) error {
	e.cells = cells(e.cells[:0], e.columns, p)
	return e.csv.Write(e.cells)
}

func (e *Encoder) url(p *page.Page) error {
	e.w.WriteString(page.OneLine(p.URL))
	return e.w.WriteByte('\n') // a bufio.Writer keeps its first error
}

// paragraph writes a page for people to read. The text of a line never contains a line end, so a title cannot pass for a
// link or for another page.
func (e *Encoder) paragraph(p *page.Page) error {
	fmt.Fprintf(e.w, "URL: %s\nTitle: %s\nLinks: %d\n", page.OneLine(p.URL), page.OneLine(p.Title), len(p.Links))
	for _, l := range p.Links {
		e.item(l.URL)
	}
	return e.w.WriteByte('\n')
}

// fields writes the chosen columns of a page as a paragraph. Lists have their elements below them, by the first part of each.
func (e *Encoder) fields(p *page.Page) error {
	for _, c := range e.columns {
		e.w.WriteString(c.Name)
		e.w.WriteString(": ")
		if c.Kind != KindList {
			e.w.WriteString(page.OneLine(plain(c.of(p))))
			e.w.WriteByte('\n')
			continue
		}
		e.w.WriteString(strconv.FormatInt(c.count(p), 10))
		e.w.WriteByte('\n')
		for element := range c.each(p) {
			e.item(element[0])
		}
	}
	return e.w.WriteByte('\n')
}

func (e *Encoder) item(s string) {
	e.w.WriteString("  - ")
	e.w.WriteString(page.OneLine(s))
	e.w.WriteByte('\n')
}
