package frontier

import "time"

// dueHeap orders the domains that are ready by the time each is due. The times lie beside each other in it, and a node has four children:
// with a hundred thousand domains, looking into each that is compared would cost more than all else that is done for a URL.
type dueHeap struct {
	begun   time.Time // what the times count from
	entries []dueEntry
}

type dueEntry struct {
	at time.Duration
	d  *domain
}

const dueChildren = 4

func (h *dueHeap) len() int { return len(h.entries) }

// first is the domain that is due first. The heap must not be empty.
func (h *dueHeap) first() *domain { return h.entries[0].d }

// place puts a domain where its due belongs, whether it is in the heap or not.
func (h *dueHeap) place(d *domain) {
	e := dueEntry{d.due.Sub(h.begun), d}
	if d.index < 0 {
		d.index = len(h.entries)
		h.entries = append(h.entries, e)
	}
	h.settle(d.index, e)
}

// remove takes out a domain that is in the heap.
func (h *dueHeap) remove(d *domain) {
	n := len(h.entries) - 1
	at, last := d.index, h.entries[n]
	h.entries[n] = dueEntry{}
	h.entries = h.entries[:n]
	d.index = -1
	if at < n {
		h.settle(at, last)
	}
}

// settle finds a place for an entry, from that of one which has left or changed.
func (h *dueHeap) settle(i int, e dueEntry) {
	for i > 0 {
		up := (i - 1) / dueChildren
		if h.entries[up].at <= e.at {
			break
		}
		h.put(i, h.entries[up])
		i = up
	}
	for { // one that has risen goes no deeper: what is below now is what it was less than
		least := h.leastChild(i)
		if least < 0 || e.at <= h.entries[least].at {
			break
		}
		h.put(i, h.entries[least])
		i = least
	}
	h.put(i, e)
}

// leastChild is the child of a node that is due first; -1 if it has none.
func (h *dueHeap) leastChild(i int) int {
	first := dueChildren*i + 1
	if first >= len(h.entries) {
		return -1
	}
	least := first
	for c := first + 1; c < min(first+dueChildren, len(h.entries)); c++ {
		if h.entries[c].at < h.entries[least].at {
			least = c
		}
	}
	return least
}

func (h *dueHeap) put(i int, e dueEntry) {
	h.entries[i] = e
	e.d.index = i
}
