package crawlertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// drip is the pace at which a body is sent: so many bytes, then a pause. The zero drip sends at once.
type drip struct {
	bytes int
	every time.Duration
}

func parseDrip(f *file, args string) (err error) {
	words := strings.Fields(args)
	if len(words) == 4 && words[1] == "bytes" && words[2] == "every" {
		f.drip.bytes, _ = strconv.Atoi(words[0]) // what is no number is 0, and refused below
		f.drip.every, err = time.ParseDuration(words[3])
	}
	if err != nil || f.drip.bytes < 1 || f.drip.every <= 0 {
		return fmt.Errorf("want \"20 bytes every 300ms\", got %q", args)
	}
	return nil
}

// loopSize is the least size of what an endless body repeats, so that sending it is not a matter of many small writes.
const loopSize = 32 << 10

// endlessParts cuts a body at its line {{endless}} into what is sent once and what is sent for ever after; without such
// a line all of it is sent for ever.
func endlessParts(body []byte, line string) (once, loop []byte, err error) {
	before, after, ok := bytes.Cut(body, []byte("{{endless}}"+line))
	if !ok {
		before, after = nil, body
	}
	if len(after) == 0 {
		return nil, nil, fmt.Errorf("!endless: there is nothing to repeat")
	}
	return before, bytes.Repeat(after, loopSize/len(after)+1), nil
}

// send writes the body of the reply, or the whole of it if it is raw, at its pace and as far as it goes, and returns
// when ctx ends or the client is gone. Flush may be nil.
func (rep *reply) send(ctx context.Context, w io.Writer, flush func()) {
	begun := false
	write := func(p []byte) bool {
		step := len(p)
		if rep.drip.bytes > 0 {
			step = rep.drip.bytes
		}
		for piece := range slices.Chunk(p, max(step, 1)) {
			if begun && rep.drip.bytes > 0 && !sleep(ctx, rep.drip.every) {
				return false
			}
			begun = true
			if _, err := w.Write(piece); err != nil {
				return false // there is nobody to tell
			}
			if rep.drip.bytes > 0 && flush != nil {
				flush()
			}
		}
		return ctx.Err() == nil
	}
	if !write(rep.body[:rep.cut]) {
		return
	}
	for len(rep.loop) > 0 {
		if !write(rep.loop) {
			return
		}
	}
	if rep.stall {
		if flush != nil {
			flush()
		}
		<-ctx.Done()
	}
}

// sendRaw takes the connection from net/http, writes the reply to it as it is and closes it. The end of the request's
// context closes the connection, since net/http, which has let go of it, does not.
func (rep *reply) sendRaw(w http.ResponseWriter, r *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // no connection to write to: the nearest thing is to close it
	}
	ctx, gone := context.WithCancel(r.Context())
	defer gone()
	defer context.AfterFunc(r.Context(), func() { conn.Close() })()
	// Nobody else watches a hijacked connection, and a silence that no client listens to would last for ever.
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		defer gone()
		io.Copy(io.Discard, conn)
	}()
	rep.send(ctx, conn, nil)
	conn.Close()
	<-watched
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unescape reads the escapes of !raw and !escapes: \r \n \t \0 \\ \xHH for a byte and \uHHHH for a character.
func unescape(s string) ([]byte, error) {
	out := make([]byte, 0, len(s))
	for {
		before, rest, ok := strings.Cut(s, `\`)
		out = append(out, before...)
		if !ok {
			return out, nil
		}
		if rest == "" {
			return nil, fmt.Errorf("a backslash at the end: write it twice")
		}
		digits := 0
		switch rest[0] {
		case 'x':
			digits = 2
		case 'u':
			digits = 4
		default:
			at := strings.IndexByte(`rnt0\`, rest[0])
			if at < 0 {
				return nil, fmt.Errorf("unknown escape %q; there are \\r \\n \\t \\0 \\\\ \\xHH \\uHHHH", `\`+rest[:1])
			}
			out = append(out, "\r\n\t\x00\\"[at])
			s = rest[1:]
			continue
		}
		if len(rest) < 1+digits {
			return nil, fmt.Errorf("the escape %q ends too early: want %d digits", `\`+rest, digits)
		}
		n, err := strconv.ParseUint(rest[1:1+digits], 16, 32)
		if err != nil {
			return nil, fmt.Errorf("the escape %q: want %d hexadecimal digits", `\`+rest[:1+digits], digits)
		}
		if digits == 2 {
			out = append(out, byte(n))
		} else {
			out = utf8.AppendRune(out, rune(n))
		}
		s = rest[1+digits:]
	}
}
