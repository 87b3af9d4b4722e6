package crawlfile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Info is what is known of a crawl when it begins.
type Info struct {
	Version string    // of the amble that made the file
	Created time.Time // kept to the millisecond
	Seeds   []string  // in the order given
	KeySeed uint64    // what URLs are fingerprinted with
	Config  []byte    // the configuration as JSON, kept byte for byte; nil if there is none
	Reach   []byte    // what belongs to the crawl, likewise: see SetReach
	Reading []byte    // how records are made of pages, likewise: see SetReading
	Fields  []string  // names of the fields that are taken out of pages, in the order in which they were asked for; AllFields stands for those of structured data
}

// AllFields, among Info.Fields, stands for fields whose names come from the pages.
const AllFields = "*"

// The states of a crawl, in [End].
const (
	Running     = "running"     // it has not ended, or was killed
	Complete    = "complete"    // nothing is left to do
	Limited     = "limited"     // a limit that the user set was reached
	Interrupted = "interrupted" // the user ended it
	Failed      = "failed"      // it could not go on
)

// End is how a crawl ended.
type End struct {
	State      string
	Reason     string    // one line for a person; empty if the state says it all
	FinishedAt time.Time // kept to the millisecond; zero while the crawl runs
	Statistics []byte    // JSON, kept byte for byte; nil if there is none
}

// found makes the tables and writes what is known, in one transaction: a file is a crawl file or empty.
func found(c *conn, info Info) (err error) {
	for _, s := range []string{
		"PRAGMA page_size = 8192", // must come before anything is written
		// The file's header is written here, and once more for the log: without a journal on the disk, for before that there is nothing in the file
		// that could be lost.
		"PRAGMA journal_mode = MEMORY",
		"PRAGMA journal_mode = WAL",
		"BEGIN IMMEDIATE",
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		fmt.Sprintf("PRAGMA user_version = %d", schemaVersion),
	} {
		if err := c.exec(s); err != nil {
			return err
		}
	}
	for _, s := range schema {
		if err := c.exec(s); err != nil {
			return err
		}
	}
	meta := [][2]any{
		{"amble_version", info.Version},
		{"key_seed", strconv.FormatUint(info.KeySeed, 10)},
		{"state", Running},
		{"created_at", timeText(info.Created)},
		{"config", textOf(info.Config)},
		{"reading", textOf(info.Reading)},
		{"reach", textOf(info.Reach)},
	}
	if len(info.Fields) > 0 {
		meta = append(meta, [2]any{"fields", jsonOf(info.Fields)})
	}
	set, seed := c.later(setMeta), c.later(insertSeed)
	// A statement that is left holds the connection, and so the file.
	defer func() { err = errors.Join(err, set.close(), seed.close()) }()
	for _, kv := range meta {
		if kv[1] == nil {
			continue
		}
		if _, err := set.exec(kv[0], kv[1]); err != nil {
			return err
		}
	}
	for i, s := range info.Seeds {
		if _, err := seed.exec(int64(i), s); err != nil {
			return err
		}
	}
	return c.exec("COMMIT")
}

// textOf is b as text; nil for nil.
func textOf(b []byte) any {
	if b == nil {
		return nil
	}
	return string(b)
}

func bytesOf(meta map[string]string, key string) []byte {
	if s, ok := meta[key]; ok {
		return []byte(s)
	}
	return nil
}

// said is what meta holds under a key; nil if that is nothing. A file that is written is asked by the connection that writes: another one costs a
// new crawl more than its first page.
func (f *File) said(ctx context.Context, key string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, ErrClosed
	case f.w != nil:
		row, err := f.w.c.get("SELECT value FROM meta WHERE key = '" + key + "'")
		if err != nil || len(row) == 0 {
			return nil, err
		}
		if value, ok := row[0].(string); ok {
			return []byte(value), nil
		}
		// Somebody else has put bytes there: they are read as text, as everywhere.
		value, _ := row[0].([]byte)
		return value, nil
	}
	meta, err := readMeta(ctx, f.db)
	return bytesOf(meta, key), err
}

func readInfo(ctx context.Context, db *sql.DB) (info Info, err error) {
	meta, err := readMeta(ctx, db)
	if err != nil {
		return info, err
	}
	info.Version, info.Config, info.Reading = meta["amble_version"], bytesOf(meta, "config"), bytesOf(meta, "reading")
	info.Reach = bytesOf(meta, "reach")
	if err := column("meta: fields", meta["fields"], &info.Fields); err != nil {
		return info, err
	}
	if info.KeySeed, err = strconv.ParseUint(meta["key_seed"], 10, 64); err != nil {
		return info, fmt.Errorf("meta: key_seed: %w", err)
	}
	if info.Created, err = parseTime(meta["created_at"]); err != nil {
		return info, fmt.Errorf("meta: created_at: %w", err)
	}
	info.Seeds, err = texts(ctx, db, "SELECT url FROM seeds ORDER BY position")
	return info, err
}

func readMeta(ctx context.Context, db *sql.DB) (map[string]string, error) {
	rows, err := db.QueryContext(ctx, "SELECT key, value FROM meta")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	meta := make(map[string]string)
	for rows.Next() {
		var k, v string
		if err := rows.Scan(&k, &v); err != nil {
			return nil, err
		}
		meta[k] = v
	}
	return meta, rows.Err()
}

func texts(ctx context.Context, db *sql.DB, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// parseTime reads a time that timeText wrote; empty text is the zero time.
func parseTime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.RFC3339, s)
}

// SetEnd records how the crawl ended, in place of what was there before. A resumed crawl sets the state Running first.
func (f *File) SetEnd(ctx context.Context, e End) error {
	return f.write(ctx, "recording how the crawl ended", func(w *writer) error {
		for _, kv := range [][2]any{
			{"state", e.State}, {"reason", null(e.Reason)},
			{"finished_at", timeText(e.FinishedAt)}, {"statistics", textOf(e.Statistics)},
		} {
			if err := w.setMeta(kv[0], kv[1]); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetReading records how records are made of pages from now on, in place of Info.Reading; nil where they were made in several
// ways, so that nobody can tell of a record how it was.
func (f *File) SetReading(ctx context.Context, reading []byte) error {
	return f.write(ctx, "recording how pages are read", func(w *writer) error { return w.setMeta("reading", textOf(reading)) })
}

// setMeta sets a value of the table meta, or removes it if it is nil.
func (w *writer) setMeta(key, value any) error {
	if value == nil {
		return w.c.exec("DELETE FROM meta WHERE key = ?", key)
	}
	_, err := w.meta.exec(key, value)
	return err
}

// End is how the crawl ended, as far as it is on record.
func (f *File) End(ctx context.Context) (e End, err error) {
	meta, err := readMeta(ctx, f.db)
	if err == nil {
		e, err = endOf(meta)
	}
	return e, explain(f.path, "reading how the crawl ended", err)
}

func endOf(meta map[string]string) (e End, err error) {
	e = End{State: meta["state"], Reason: meta["reason"], Statistics: bytesOf(meta, "statistics")}
	e.FinishedAt, err = parseTime(meta["finished_at"])
	return e, err
}
