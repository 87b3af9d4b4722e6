package mirror

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/net/html"

	"amble/frontier/canon"
)

// Options say how the files of a copy are made.
type Options struct {
	// Seeds are the URLs that the copy's index.html leads to.
	Seeds []string
	// Rewrite is what was changed of links before they were asked for; nil for nothing.
	Rewrite func(canon.URL) canon.URL
	// Made is told, after each file, what there is by now; nil tells nobody.
	Made func(Summary)
}

// Summary is what a copy has.
type Summary struct {
	Files int   // index.html not counted
	Bytes int64 // of these
}

// place is where the last record for a URL is, and what it says.
type place struct {
	at   int64
	kind uint32 // index in builder.types; redirected for a redirect
	sum  uint64 // the beginning of the content's hash
}

const redirected = ^uint32(0)

// hopsFollowed is how many redirects in a row lead on.
const hopsFollowed = 20

// redirectBuffer takes in the record of a redirect, which has no content.
const redirectBuffer = 4 << 10

// builder makes the files of one copy. Of each URL it keeps some fifty bytes in memory.
type builder struct {
	Options
	root   *os.Root
	bodies *os.File
	end    int64
	seed   canon.Seed
	places map[canon.Key]place
	types  []string
	folder string // the last one that was made
	// ends are the names of the files that such URLs lead to as have no content themselves, "" for none: a page may name one a million times.
	ends map[canon.Key]string
}

// maxEnds is how many of them are remembered.
const maxEnds = 4096

// Build makes the files of the copy, or makes them anew, each at once or not at all; one that is as it should be is left alone. The result depends on the
// records alone, and not on their order, nor on how often Build was cut short before. It returns the error of ctx if that ends first. When it
// returns without an error, the disk has everything.
func (m *Mirror) Build(ctx context.Context, o Options) (sum Summary, err error) {
	b := &builder{
		Options: o, root: m.root, bodies: m.bodies.file, end: m.bodies.at, seed: canon.NewSeed(), places: make(map[canon.Key]place),
		ends: make(map[canon.Key]string),
	}
	err = b.survey(ctx)
	if err == nil {
		sum, err = b.files(ctx)
	}
	if err == nil {
		err = b.write(entryFile, b.entry())
	}
	if err == nil {
		if err = m.root.Remove(tempFile); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = flush(b.bodies)
	}
	if err != nil && ctx.Err() == nil {
		err = ofCopy(m.dir, err)
	}
	return sum, err
}

// each goes through the records; use is called for those that want says yes to.
func (b *builder) each(ctx context.Context, want func(int64, *record) bool, use func(*Body) error) error {
	r := reader{file: b.bodies, end: b.end}
	for {
		wanted := false
		_, body, err := r.read(func(at int64, body *record) bool {
			wanted = want(at, body)
			return wanted
		})
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if wanted {
			if err := use(&body); err != nil {
				return err
			}
		}
	}
}

// survey notes where the record for each URL is.
func (b *builder) survey(ctx context.Context) error {
	kinds := make(map[string]uint32)
	return b.each(ctx, func(at int64, body *record) bool {
		u, err := canon.Canonical(body.URL)
		if err != nil {
			return false
		}
		p := place{at: at, kind: redirected}
		if body.Redirect == "" {
			kind, ok := kinds[body.Type]
			if !ok {
				kind = uint32(len(b.types))
				kinds[body.Type] = kind
				b.types = append(b.types, body.Type)
			}
			p.kind = kind
			sum, _ := hex.DecodeString(body.Sum)
			p.sum = binary.BigEndian.Uint64(append(sum, make([]byte, 8)...))
		}
		b.places[b.seed.Key(u)] = p // a later answer counts
		return false
	}, nil)
}

// find is the name of the file with what is at u, redirects followed.
func (b *builder) find(u canon.URL) (name string, ok bool) {
	key := b.seed.Key(u)
	if p, ok := b.places[key]; ok && p.kind != redirected {
		return b.name(u, p), true
	}
	name, met := b.ends[key]
	if !met {
		name = b.follow(u)
		if len(b.ends) == maxEnds {
			clear(b.ends)
		}
		b.ends[key] = name
	}
	return name, name != ""
}

// follow is find, by the records; "" if nothing is there.
func (b *builder) follow(u canon.URL) (name string) {
	for range hopsFollowed {
		p, ok := b.places[b.seed.Key(u)]
		if !ok && b.Rewrite != nil {
			u = b.Rewrite(u)
			p, ok = b.places[b.seed.Key(u)]
		}
		switch {
		case !ok:
			return ""
		case p.kind != redirected:
			return b.name(u, p)
		}
		in := bufio.NewReaderSize(io.NewSectionReader(b.bodies, p.at, b.end-p.at), redirectBuffer)
		r := reader{file: b.bodies, in: in, at: p.at, end: b.end}
		_, body, err := r.read(func(int64, *record) bool { return false })
		if err == nil {
			u, err = canon.Canonical(body.Redirect)
		}
		if err != nil {
			return ""
		}
	}
	return ""
}

// name is the name of the file for u. That is Name, but for the index.html of a folder, which is named so where nothing else is: where the folder's own
// URL, with a slash at its end, has no page in the copy, or the same one.
func (b *builder) name(u canon.URL, p place) string {
	mediaType := b.types[p.kind]
	if folder := folderOf(u); !folder.IsZero() && mediaType == "text/html" {
		f, ok := b.places[b.seed.Key(folder)]
		if !ok || f.kind == redirected || b.types[f.kind] != mediaType || f.sum == p.sum {
			return Name(folder, mediaType)
		}
	}
	return Name(u, mediaType)
}

// shares reports whether the file for u is that of its folder, which has the same content.
func (b *builder) shares(u canon.URL, p place) bool {
	folder := folderOf(u)
	if folder.IsZero() {
		return false
	}
	f, ok := b.places[b.seed.Key(folder)]
	return ok && f.kind == p.kind && f.sum == p.sum
}

// folderOf is the URL of the folder of which u is the index.html; zero if it is none.
func folderOf(u canon.URL) canon.URL {
	rest, ok := strings.CutSuffix(u.String(), "/"+entryFile)
	if !ok || u.Query() != "" {
		return canon.URL{}
	}
	folder, err := canon.Canonical(rest + "/")
	if err != nil {
		return canon.URL{}
	}
	return folder
}

// files writes the file of each URL.
func (b *builder) files(ctx context.Context) (sum Summary, err error) {
	var u canon.URL
	err = b.each(ctx, func(at int64, body *record) bool {
		var err error
		if u, err = canon.Canonical(body.URL); err != nil {
			return false
		}
		p := b.places[b.seed.Key(u)]
		return p.at == at && p.kind != redirected && !b.shares(u, p)
	}, func(body *Body) error {
		name := b.name(u, b.places[b.seed.Key(u)])
		content := b.content(u, name, body)
		sum.Files++
		sum.Bytes += int64(len(content))
		if b.Made != nil {
			defer b.Made(sum)
		}
		return b.write(name, content)
	})
	return sum, err
}

// content is what the file for a URL holds.
func (b *builder) content(u canon.URL, name string, body *Body) []byte {
	d := newDocument(u, len(body.Content))
	d.name, d.find = name, b.find
	switch {
	case isPage(body.Type):
		d.xhtml = isXML(body.Type)
		d.encoding = queryEncoding(body.Charset)
		return declareUTF8(d.html(bytes.ToValidUTF8(body.Content, []byte("\uFFFD"))))
	case isXML(body.Type) && readable(body.Content, body.Charset):
		return d.xml(body.Content, isDrawing(body.Type))
	case isSheet(body.Type):
		return []byte(d.sheet(string(asUTF8(body.Content, body.Charset, false))))
	case isText(body.Type):
		return asUTF8(body.Content, body.Charset, byType[body.Type] != byType["text/javascript"])
	}
	return body.Content
}

// write puts a file in its place, whole, unless it is there.
func (b *builder) write(name string, content []byte) error {
	if st, err := b.root.Lstat(name); err == nil && st.Mode().IsRegular() && st.Size() == int64(len(content)) {
		if had, err := b.root.ReadFile(name); err == nil && bytes.Equal(had, content) {
			return nil
		}
	}
	if folder := path.Dir(name); folder != b.folder {
		if err := b.root.MkdirAll(folder, 0o777); err != nil {
			return err
		}
		b.folder = folder
	}
	f, err := b.root.Create(tempFile)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = settle(f)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return b.root.Rename(tempFile, name)
}

// entry is the page that leads to the seeds.
func (b *builder) entry() []byte {
	var w strings.Builder
	w.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n" +
		"<title>Copy</title>\n<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark }</style>\n<h1>Copy</h1>\n<ul>\n")
	for _, s := range b.Seeds {
		u, err := canon.Parse(s)
		if err != nil {
			continue
		}
		href := u.String()
		if name, ok := b.find(u); ok {
			href = escapePath(name)
		}
		fmt.Fprintf(&w, "<li><a href=%s>%s</a>\n", quoteHTML(href), html.EscapeString(u.String()))
	}
	w.WriteString("</ul>\n")
	return []byte(w.String())
}
