package fetch

import "fmt"

// DefaultMaxRatio is the number of bytes that one encoded byte may become. Of 125 real pages beyond 900 KB none
// exceeds 43 in gzip and 148 in Brotli or zstd (a licence list of 15 MB); what can be made up that still says
// anything, grid rows behind 400 blanks each, 137 and 430. deflate can give 1032 at the most, and does for zeros.
const DefaultMaxRatio = 500

// ratioFloor is what a body may decode to before its ratio is judged: the beginning of a page says little of it, and
// so much may come of any.
const ratioFloor = 1 << 20

// ratio judges what comes out of the decoders of one body by what went into the first.
type ratio struct {
	wire *int64 // bytes of the message body so far
	max  int64
	bomb error // why the body is one; nil as long as it is none
}

// judge is told how much one decoder has given so far. Each of a stack is held to the bytes of the message, as what one
// inflates another may swallow.
func (q *ratio) judge(out int64) error {
	if out > ratioFloor && out/q.max > *q.wire && q.bomb == nil {
		q.bomb = fmt.Errorf("a decompression bomb: %s became more than %s", size(*q.wire), size(max(ratioFloor, *q.wire*q.max)))
	}
	return q.bomb
}

// size is n bytes for a person.
func size(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d bytes", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}
