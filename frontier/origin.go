package frontier

import (
	"time"

	"amble/politeness"
)

// origin is what the loop knows of one scheme://host:port, the unit to which one robots.txt applies (RFC 9309, section
// 2.3). Until its robots.txt is known, its URLs are held here and not in their domain's queue, so that other origins of
// the domain can go on.
type origin struct {
	name  string
	d     *domain
	rules *politeness.Robots // nil until known
	err   error              // why robots.txt could not be read
	asked bool               // its robots.txt task is in the schedule
	hops  int                // redirects followed so far to find its robots.txt
	held  []item             // URLs that wait for the rules
}

// maxRobotsHops is how many redirects of a robots.txt are followed; RFC 9309, section 2.3.1.2, asks for at least five.
const maxRobotsHops = 5

// delayed holds the tasks that wait for another attempt, by time.
type delayed []delayedItem

type delayedItem struct {
	at time.Time
	it item
}

func (h delayed) Len() int           { return len(h) }
func (h delayed) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h delayed) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *delayed) Push(x any)        { *h = append(*h, x.(delayedItem)) }
func (h *delayed) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = delayedItem{}
	*h = old[:len(old)-1]
	return x
}
