package export

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"amble/crawler/crawlfile"
)

// Output is a file to be written: whole and in order, to a temporary file beside it which then takes its name. Nobody ever sees
// half of it, and an older file of the name stays until then.
type Output struct {
	name   string
	format parsed
	temp   *os.File
}

// compressions are the endings that ask for compression, behind that of the format or where the format is given.
var compressions = []struct {
	ending string
	writer func(io.Writer) (io.WriteCloser, error)
}{
	{".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
	{".zst", func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	}},
}

// compression splits a file's name into what stands before an ending of compression and that ending, in lower case; "" if it has none.
func compression(name string) (before, ending string) {
	for _, c := range compressions {
		if ext := filepath.Ext(name); strings.EqualFold(ext, c.ending) {
			return strings.TrimSuffix(name, ext), c.ending
		}
	}
	return name, ""
}

// Create makes sure that a file can be written: the options are checked, and a temporary file is made beside it. The name's ending
// says the format if the options do not, and in any case whether it is compressed: by gzip if it is .gz, by Zstandard if it is .zst.
// Either [Output.Write] or [Output.Discard] must follow.
func Create(name string, o Options) (*Output, error) {
	if o.Format == "" {
		var err error
		if o.Format, err = FormatOf(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	p, err := o.parse()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if before, ending := compression(name); ending != "" && o.Format == Parquet {
		return nil, fmt.Errorf("%s: Parquet is compressed within: name it %s", name, before)
	}
	if at, err := os.Stat(name); err == nil && !at.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: there is something of that name that is no file", name)
	}
	temp, err := beside(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", name, cause(err))
	}
	return &Output{name, p, temp}, nil
}

// Name is the name of the file.
func (o *Output) Name() string { return o.name }

// Discard takes away what was not written. After Write it does nothing.
func (o *Output) Discard() {
	if o.temp != nil {
		o.temp.Close()
		os.Remove(o.temp.Name())
		o.temp = nil
	}
}

// Write writes the file from a crawl file: see [Options.Write]. A sitemap that is too large for one file becomes the index of others,
// whose names have a number: sitemap-1.xml, sitemap-2.xml and so on beside sitemap.xml. They get their names first.
func (o *Output) Write(ctx context.Context, f *crawlfile.File) (sum Summary, err error) {
	defer o.Discard()
	s, err := f.Snapshot(ctx)
	if err != nil {
		return sum, fmt.Errorf("export: %w", err)
	}
	defer s.Close()
	if o.format.Format == Sitemap {
		sum, err = o.sitemap(ctx, s)
	} else {
		err = o.compressed(o.temp, func(w io.Writer) (err error) {
			sum, err = o.format.withFields(f.Info().Fields).write(ctx, w, s)
			return err
		})
	}
	if err == nil {
		err = finish(o.temp, o.name)
	}
	if p := (*os.PathError)(nil); errors.As(err, &p) && p.Op == "write" {
		return Summary{}, p.Err // the page that was being written is not to blame, and it fails again when the file is closed
	} else if err != nil {
		return Summary{}, err
	}
	o.temp = nil
	sum.Files = append(sum.Files, o.name)
	return sum, nil
}

// sitemap writes a sitemap, and all its files but that of the output's name under their names.
func (o *Output) sitemap(ctx context.Context, s *crawlfile.Snapshot) (sum Summary, err error) {
	l, err := o.format.plan(ctx, s)
	if err != nil {
		return sum, err
	}
	if len(l.files) == 1 {
		err = o.compressed(o.temp, func(w io.Writer) (err error) {
			sum, err = o.format.sitemapFiles(ctx, s, l, func(int) (io.Writer, error) { return w, nil })
			return err
		})
		return sum, err
	}
	var parts []*os.File
	defer func() {
		for _, part := range parts {
			part.Close()
			os.Remove(part.Name()) // those that have got their names are not there any more
		}
	}()
	var last io.WriteCloser
	sum, err = o.format.sitemapFiles(ctx, s, l, func(i int) (io.Writer, error) {
		if last != nil {
			if err := last.Close(); err != nil {
				return nil, err
			}
		}
		part, err := beside(o.name)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		last, err = o.compressor(part)
		return last, err
	})
	if last != nil {
		err = errors.Join(err, last.Close())
	}
	if err != nil {
		return sum, err
	}
	for i := range parts {
		sum.Files = append(sum.Files, o.part(i))
	}
	if err := o.compressed(o.temp, func(w io.Writer) error { return l.writeIndex(w, sum.Files) }); err != nil {
		return sum, err
	}
	for i, part := range parts {
		if err := finish(part, o.part(i)); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// part is the name of a sitemap's file: the output's with a number, from 1.
func (o *Output) part(i int) string {
	before, compressed := compression(o.name)
	ext := filepath.Ext(before)
	return fmt.Sprintf("%s-%d%s%s", strings.TrimSuffix(before, ext), i+1, ext, strings.TrimPrefix(o.name, before)[:len(compressed)])
}

// compressed has write write to a file, compressed as the output's name asks for.
func (o *Output) compressed(file io.Writer, write func(io.Writer) error) error {
	w, err := o.compressor(file)
	if err != nil {
		return err
	}
	return errors.Join(write(w), w.Close())
}

// compressor is a writer whose Close ends the compression, and leaves the file open.
func (o *Output) compressor(file io.Writer) (io.WriteCloser, error) {
	out := bufio.NewWriterSize(file, 64<<10)
	_, ending := compression(o.name)
	for _, c := range compressions {
		if c.ending == ending {
			w, err := c.writer(out)
			return &buffered{w, w, out}, err
		}
	}
	return &buffered{out, nil, out}, nil
}

type buffered struct {
	io.Writer
	compress io.Closer // nil without compression
	out      *bufio.Writer
}

func (b *buffered) Close() error {
	var err error
	if b.compress != nil {
		err = b.compress.Close()
	}
	return errors.Join(err, b.out.Flush())
}

// finish gives a temporary file its name.
func finish(temp *os.File, name string) error {
	err := errors.Join(temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), name)
	}
	return err
}

// beside makes a temporary file beside one.
func beside(name string) (*os.File, error) {
	return os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
}

// cause is the system's part of a file error, without the name of a file that the user did not choose.
func cause(err error) error {
	if p := (*os.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}
