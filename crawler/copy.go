package crawler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"

	"amble/crawler/crawlfile"
	"amble/crawler/extract"
	"amble/crawler/fetch"
	"amble/crawler/mirror"
	"amble/crawler/page"
	"amble/frontier/canon"
)

// The copy of the site and the crawl file agree after any death as the archive does (see archive.go): bodies are on the disk before the commit
// of what they belong to, the commit says how far they go, and what lies behind is cut off. The files of the copy are made of them when all
// is there, from the beginning if need be.

// copied is what a crawl makes of its copy; nil if nobody asked for it. Workers encode, the collector writes.
type copied struct {
	files *mirror.Mirror
	room  *room
}

// copyMark is how far the copy is part of the crawl.
type copyMark struct {
	Bytes int64 `json:"bytes"`
}

func (m copyMark) json() []byte {
	js, err := json.Marshal(m)
	if err != nil {
		panic(err) // of a number
	}
	return js
}

// mirrorConfig checks what the configuration says of a copy.
func (c *Config) mirrorConfig() error {
	switch {
	case c.Mirror == "":
		return nil
	case c.File == "":
		return errors.New("a copy (Mirror) needs a crawl file (File), which says what belongs to it")
	case c.Since != "":
		return errors.New("a copy (Mirror) cannot be made of what has changed since another crawl (Since): servers do not send what has not")
	}
	c.Check.Assets = true // its pages' records have them
	return nil
}

// checkMirror says what is wrong with the folder for the copy of a crawl that is to begin.
func (c *Config) checkMirror() error {
	if c.Mirror == "" {
		return nil
	}
	return mirror.Check(c.Mirror)
}

// sameMirror says what is wrong with making a copy, or none, in a crawl that goes on: that is settled when a crawl begins.
func (c *Config) sameMirror(ctx context.Context, file *crawlfile.File) error {
	said, err := file.Mirror(ctx)
	if err == nil && (said == nil) != (c.Mirror == "") {
		err = fmt.Errorf("making a copy (--mirror) %w: leave it as it was, or begin a new crawl", ErrFixed)
	}
	return err
}

// openCopy takes up the copy where the crawl file says that it ends, or begins it.
func openCopy(ctx context.Context, cfg *Config, file *crawlfile.File) (*copied, error) {
	if file == nil {
		return nil, nil // New has seen to it that there is none to be made
	}
	said, err := file.Mirror(ctx)
	if err != nil || said == nil {
		return nil, err
	}
	var mark copyMark
	if err := json.Unmarshal(said, &mark); err != nil || mark.Bytes < 0 {
		return nil, fmt.Errorf("%s: how far the copy goes cannot be read", file.Path())
	}
	files, err := mirror.Resume(cfg.Mirror, mark.Bytes)
	if err != nil {
		return nil, err
	}
	return &copied{files: files, room: newRoom(archivedBytes)}, nil
}

// keepBody has rec take what was answered to the copy, if there is one, and notes in p what the body needs to be shown. It returns the URLs of
// that. What failed, was not read whole, or may not be kept is left out.
func (r *run) keepBody(ctx context.Context, p *page.Page, resp *fetch.Response, rec *record) (needs []canon.URL) {
	if r.copy == nil || p.Err != nil || rec.body != nil {
		return nil
	}
	b := mirror.Body{URL: p.URL, Redirect: p.Redirect}
	if p.Redirect == "" {
		if p.Status/100 != 2 || p.Truncated || p.SHA256 == "" {
			return nil
		}
		b.Type, b.Content, b.Charset = p.ContentType, resp.Body, resp.Charset
		if !resp.HTML {
			_, params, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
			b.Charset = strings.ToLower(params["charset"])
		}
		needs = mirror.Requisites(&b)
	}
	rec.body = mirror.Encode(&b)
	rec.leave = append(rec.leave, r.copy.room.take(ctx, int64(len(rec.body))))
	for _, u := range needs {
		if len(p.Assets) < extract.MaxIDs {
			p.Assets = append(p.Assets, page.Asset{URL: u.String(), Kind: mirror.SheetKind})
		}
	}
	return needs
}

// write appends the bodies of the records, and has the batch say so.
func (c *copied) write(recs []*record, b *crawlfile.Batch) error {
	if c == nil {
		return nil
	}
	var all [][]byte
	for _, rec := range recs {
		if rec.body != nil {
			all = append(all, rec.body)
		}
	}
	if len(all) == 0 {
		return nil
	}
	if err := c.files.Append(all); err != nil {
		return err
	}
	b.Mirror = copyMark{c.files.Position()}.json()
	return nil
}

// committed says that the crawl file knows of all bodies.
func (c *copied) committed() {
	if c != nil {
		c.files.Keep()
	}
}

func (c *copied) close() error {
	if c == nil {
		return nil
	}
	return c.files.Close()
}

// makeCopy makes the files of the copy, unless the crawl was interrupted: then a run that goes on will. Whoever stops the crawl meanwhile stops this, too.
func (r *run) makeCopy(ctx context.Context) error {
	if r.copy == nil || r.frontier.Snapshot().Network {
		return nil
	}
	making, giveUp := context.WithCancel(ctx)
	defer giveUp()
	r.mu.Lock()
	stopped := r.reason != "" && !r.limited
	r.uncopy = giveUp
	r.mu.Unlock()
	if stopped {
		return nil
	}
	r.cfg.Logger.Info("making the files of the copy", "folder", r.cfg.Mirror)
	file, ok := r.store.(fileStore)
	if !ok {
		return nil
	}
	_, err := r.copy.files.Build(making, mirror.Options{Seeds: file.Info().Seeds, Rewrite: r.cfg.rewriter.Apply, Made: func(s mirror.Summary) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stats.Copied = s
	}})
	if err != nil && making.Err() != nil && ctx.Err() == nil {
		return nil // stopped, which finish says
	}
	return err
}
