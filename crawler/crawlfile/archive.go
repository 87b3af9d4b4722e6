package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Payload is what the archive of a crawl holds: the first response with it.
type Payload struct {
	Digest string   // of the payload
	Record [16]byte // the UUID of the response's record
	URL    string
	Date   time.Time // of the response, kept to the millisecond
}

// Archive is how far the crawl's archive is part of it, as the last Batch.Archive says; nil if the crawl has none.
func (f *File) Archive(ctx context.Context) ([]byte, error) {
	said, err := f.said(ctx, "archive")
	return said, explain(f.path, "reading how far the archive goes", err)
}

// Mirror is how far the crawl's copy is part of it, as the last Batch.Mirror says; nil if the crawl makes none.
func (f *File) Mirror(ctx context.Context) ([]byte, error) {
	said, err := f.said(ctx, "mirror")
	return said, explain(f.path, "reading how far the copy goes", err)
}

// Payload is what the archive holds under a digest; ok is false if that is nothing.
func (f *File) Payload(ctx context.Context, digest string) (p Payload, ok bool, err error) {
	var record []byte
	var date string
	err = f.db.QueryRowContext(ctx, "SELECT record, url, date FROM payloads WHERE digest = ?", digest).Scan(&record, &p.URL, &date)
	if errors.Is(err, sql.ErrNoRows) {
		return Payload{}, false, nil
	}
	if err == nil && copy(p.Record[:], record) != len(p.Record) {
		err = fmt.Errorf("payloads: a record of %d bytes", len(record))
	}
	if err == nil {
		p.Digest = digest
		p.Date, err = parseTime(date)
	}
	return p, err == nil, explain(f.path, "looking up a payload", err)
}
