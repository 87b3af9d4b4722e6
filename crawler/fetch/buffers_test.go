package fetch

import (
	"bytes"
	"testing"
)

func TestBuffersComeBackInTheirSize(t *testing.T) {
	var p buffers
	for _, c := range []struct{ size, want int }{
		{0, minBuf}, {1, minBuf}, {minBuf, minBuf}, {minBuf + 1, 2 * minBuf}, {100 << 10, 128 << 10}, {maxPool, maxPool}, {maxPool + 1, maxPool}, {1 << 30, maxPool},
	} {
		b := p.get(c.size)
		if len(b) != 0 || cap(b) != c.want {
			t.Errorf("for %d bytes: %d of %d", c.size, len(b), cap(b))
		}
		b = append(b, 'x')
		p.put(b)
		again := p.get(c.size)
		if len(again) != 0 || &again[:1][0] != &b[0] {
			t.Errorf("for %d bytes: not the buffer that was free", c.size)
		}
		p.put(again[:3][3:]) // as a text has lost its byte order mark
		if odd := p.get(c.size); cap(odd) < min(c.size, maxPool) {
			t.Errorf("for %d bytes: one of %d, which is too small", c.size, cap(odd))
		}
	}
	p.put(nil)
	p.put(make([]byte, 0, minBuf-1))
	p.put(make([]byte, 0, maxPool+1))
	for range 2 * maxFree / maxPool {
		p.put(make([]byte, 0, maxPool))
	}
	held := 0
	for _, free := range p.free {
		for _, b := range free {
			held += cap(b)
		}
	}
	if held != p.held || held > maxFree || held < maxFree-maxPool {
		t.Errorf("%d bytes are free, and %d are thought to be", held, p.held)
	}
}

func TestBuffersGrow(t *testing.T) {
	var p buffers
	b := p.get(0)
	for len(b) < 3*maxPool {
		if len(b) == cap(b) {
			old := b
			b = p.grow(b, cap(b)+1)
			if !bytes.Equal(old, b) || cap(b) < cap(old)+cap(old)/4 {
				t.Fatalf("%d of %d bytes grew to %d of %d", len(old), cap(old), len(b), cap(b))
			}
		}
		b = append(b, byte(len(b)>>8))
	}
	if want := minBuf + 2*minBuf + 4*minBuf + 8*minBuf + 16*minBuf; p.held != want {
		t.Errorf("%d bytes were taken back, want %d", p.held, want)
	}
	for i, c := range b {
		if c != byte(i>>8) {
			t.Fatalf("byte %d is %d", i, c)
		}
	}
}
