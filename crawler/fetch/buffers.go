package fetch

import (
	"slices"
	"sync"
)

// bufs are the buffers that bodies are read into and decoded in. A sync.Pool would lose them at each collection, and give whatever it has: most
// pages beyond 32 KiB got new memory, which it cost more to have from the kernel than to read the page.
var bufs buffers

const (
	minBuf  = 32 << 10
	maxPool = LargeBody // larger buffers are left to the garbage collector: in the end each would have held a large page
	// maxFree is how many bytes of buffers may wait for the next body. Those in use do not count.
	maxFree = 4 << 20
)

// buffers are free buffers of 32, 64, 128, 256 and 512 KiB, or a little more: each page gets one of about its size. They are safe for use by
// several goroutines.
type buffers struct {
	mu   sync.Mutex
	free [5][][]byte
	held int // bytes, of all together
}

// classOf is the class of the smallest buffers that hold size bytes.
func classOf(size int) (class int) {
	for ; minBuf<<class < size; class++ {
	}
	return class
}

// get gives an empty buffer for size bytes; for more than maxPool it is one for maxPool.
func (p *buffers) get(size int) []byte {
	class := classOf(min(size, maxPool))
	p.mu.Lock()
	if n := len(p.free[class]); n > 0 {
		b := p.free[class][n-1]
		p.free[class] = p.free[class][:n-1]
		p.held -= cap(b)
		p.mu.Unlock()
		return b
	}
	p.mu.Unlock()
	return make([]byte, 0, minBuf<<class)
}

// put takes back a buffer that nobody uses any more. nil is none.
func (p *buffers) put(b []byte) {
	if cap(b) < minBuf || cap(b) > maxPool {
		return
	}
	class := classOf(cap(b)+1) - 1
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held+cap(b) <= maxFree {
		p.free[class] = append(p.free[class], b[:0])
		p.held += cap(b)
	}
}

// grow gives what b holds, in a buffer of get's or not, room for size bytes in all, which is more than it has, and takes b back.
func (p *buffers) grow(b []byte, size int) []byte {
	var larger []byte
	if size > maxPool {
		larger = slices.Grow(b, size-len(b))
	} else {
		larger = append(p.get(size), b...)
	}
	p.put(b)
	return larger
}
