package crawler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"amble/crawler/crawlfile"
	"amble/crawler/fetch"
	"amble/crawler/page"
	"amble/crawler/warc"
	"amble/frontier"
)

// The archive and the crawl file agree after any death: what a commit holds is in the archive, on the disk, before the commit; the commit
// says how far the archive goes; and a run that takes the crawl up cuts off what lies behind.

// archivedBytes is how many bytes of encoded records may be between the workers and the disk.
const archivedBytes = 16 << 20

// archive is what a crawl writes of its exchanges; nil if nobody asked for it. Workers encode, the collector writes.
type archive struct {
	files    *warc.Archive
	compress bool
	room     *room
	store    fileStore
}

// checkArchive says what is wrong with the archive of a crawl that is to begin.
func (c *Config) checkArchive() error {
	if c.WARC == "" {
		return nil
	}
	for file := range 2 {
		name := warc.FileName(c.WARC, file+1)
		if _, err := os.Lstat(name); err == nil {
			return fmt.Errorf("the archive %s: %w: choose another name or remove it", name, warc.ErrExists)
		}
		if file == 0 && c.WARCMaxSize == 0 {
			break
		}
	}
	return nil
}

// openArchive takes up the archive where the crawl file says that it ends, or begins it.
func openArchive(ctx context.Context, cfg *Config, file *crawlfile.File, pressed chan<- struct{}) (*archive, error) {
	if file == nil {
		return nil, nil // New has seen to it that there is none to be written
	}
	said, err := file.Archive(ctx)
	switch {
	case err != nil:
		return nil, err
	case said == nil && cfg.WARC != "", said != nil && cfg.WARC == "":
		return nil, fmt.Errorf("writing an archive (--warc) %w: leave it as it was, or begin a new crawl", ErrFixed)
	case said == nil:
		return nil, nil
	}
	var mark warc.Mark
	if err := json.Unmarshal(said, &mark); err != nil || mark.File < 1 || mark.Size < 0 {
		return nil, fmt.Errorf("%s: how far the archive goes cannot be read", file.Path())
	}
	files, err := warc.Resume(cfg.WARC, mark, warc.Options{MaxSize: cfg.WARCMaxSize, Info: cfg.archiveInfo()})
	if err != nil {
		return nil, err
	}
	return &archive{files: files, compress: warc.Compressed(cfg.WARC), room: newRoom(archivedBytes, pressed), store: fileStore{file}}, nil
}

// archiveInfo is what each file of the archive says of the crawl.
func (c *Config) archiveInfo() []warc.Field {
	robots := "classic"
	if c.IgnoreRobots {
		robots = "ignore"
	}
	return []warc.Field{
		{Name: "software", Value: "amble/" + Version}, {Name: "operator", Value: c.Contact},
		{Name: "http-header-user-agent", Value: c.UserAgent}, {Name: "robots", Value: robots},
	}
}

// capture makes the archive's records of a task's exchange for rec, if there is an archive and a server answered. before is the page's
// record in an earlier crawl, which a 304 stands for. An exchange that was given up is made again, and is not archived.
func (r *run) capture(ctx context.Context, t *frontier.Task, resp *fetch.Response, before *page.Page, rec *record) {
	x := resp.Exchange
	if r.archive == nil || x == nil || resp.Err != nil && resp.Err.Class == page.Cancelled {
		return
	}
	w := warc.Exchange{
		URL: t.URL.String(), Date: resp.Start, Request: x.Request, Head: x.Head, Payload: x.Body, Truncated: x.Cut, IP: x.IP, Protocol: x.Protocol,
	}
	if resp.Status == 304 && before != nil {
		w.NotModified, w.Earlier = true, before.FetchedAt
	}
	rec.capture = warc.Encode(&w, r.archive.compress)
	rec.capture.Describe(warc.Field{Name: "fetchTimeMs", Value: strconv.FormatInt(resp.Duration.Milliseconds(), 10)})
	resp.Exchange = nil
	rec.leave = append(rec.leave, r.archive.room.take(ctx, rec.capture.Size()))
}

// hand gives a record to the collector.
func (r *run) hand(rec *record) {
	rec.handed = true
	r.records <- rec
}

// dismiss is deferred by whoever makes a record of a request: where nothing came of it, not even by a panic, what was captured goes to the
// archive all the same.
func (r *run) dismiss(rec *record) {
	switch {
	case rec.handed:
	case rec.capture != nil:
		r.hand(&record{capture: rec.capture, leave: rec.leave})
	default:
		rec.done()
	}
}

// write appends what the records captured, and has the batch say so.
func (a *archive) write(recs []*record, b *crawlfile.Batch) error {
	if a == nil {
		return nil
	}
	var all [][]byte
	size := int64(0)
	fresh := make(map[string]warc.Original)
	for _, rec := range recs {
		c := rec.capture
		if c == nil {
			continue
		}
		if err := a.repeat(c, fresh, b); err != nil {
			return err
		}
		if rec.page != nil {
			c.Describe(warc.Field{Name: "via", Value: rec.page.Referrer})
		}
		for _, part := range c.Records() {
			all = append(all, part)
			size += int64(len(part))
		}
	}
	if len(all) == 0 {
		return nil
	}
	if a.files.Full(size) {
		if err := a.files.Next(func(m warc.Mark) error {
			return a.store.Commit(context.Background(), &crawlfile.Batch{Archive: markJSON(m)})
		}); err != nil {
			return err
		}
	}
	if err := a.files.Append(all); err != nil {
		return err
	}
	if err := a.files.Sync(); err != nil {
		return err
	}
	b.Archive = markJSON(a.files.Position())
	return nil
}

// repeat makes a response whose payload is in the archive already a revisit, and notes others in the batch. fresh are those of the batch.
func (a *archive) repeat(c *warc.Encoded, fresh map[string]warc.Original, b *crawlfile.Batch) error {
	digest := c.Digest()
	if digest == "" {
		return nil
	}
	if o, ok := fresh[digest]; ok {
		c.Repeat(o)
		return nil
	}
	p, ok, err := a.store.Payload(context.Background(), digest)
	if err != nil {
		return err
	}
	if ok {
		c.Repeat(warc.Original{ID: p.Record, URL: p.URL, Date: p.Date})
		return nil
	}
	o := c.Original()
	fresh[digest] = o
	b.Payloads = append(b.Payloads, crawlfile.Payload{Digest: digest, Record: o.ID, URL: o.URL, Date: o.Date.Truncate(time.Millisecond)})
	return nil
}

// committed says that the crawl file has what the archive has.
func (a *archive) committed() {
	if a != nil {
		a.files.Keep()
	}
}

func (a *archive) close() error {
	if a == nil {
		return nil
	}
	return a.files.Close()
}

func markJSON(m warc.Mark) []byte {
	js, err := json.Marshal(m)
	if err != nil {
		panic(err) // of numbers
	}
	return js
}

// archiveConfig checks what the configuration says of an archive.
func (c *Config) archiveConfig() error {
	switch {
	case c.WARCMaxSize < 0:
		return errors.New("WARCMaxSize must not be negative; 0 sets no limit")
	case c.WARC == "":
		return nil
	case c.File == "":
		return errors.New("an archive (WARC) needs a crawl file (File), which says how far it goes")
	}
	return warc.CheckName(c.WARC)
}
