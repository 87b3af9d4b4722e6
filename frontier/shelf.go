package frontier

import "amble/politeness"

// shelf bounds the memory that rules take. A file of the shortest rules takes five megabytes, and a page can name hosts by the
// thousand: where the rules of all are more than most, those of the origins that have not been asked lately go, and Recall tasks
// bring them back from the store when another URL is to be judged. What was allowed stays so: its item knows the reading.
type shelf struct {
	origins []*origin // whose rules count, and some whose rules do no more
	hand    int       // goes round them, and takes rules that were not used since it came by (CLOCK)
	size    int       // of the rules, in bytes
	most    int
}

const (
	shelfBytes = 32 << 20
	// leastShelved is the size of rules that may as well stay: the origin itself takes half of that.
	leastShelved = 1 << 10
)

// heed has rules hold for an origin from now on, or none that are known.
func (l *loop) heed(g *origin, rules *politeness.Robots) {
	l.shelf.size -= g.weight
	g.rules, g.weight, g.away = rules, 0, false
	g.reading++
	if rules != nil {
		l.shelve(g)
	}
}

// shelve counts the rules of an origin, and makes room for them.
func (l *loop) shelve(g *origin) {
	n := g.rules.Size()
	if !l.f.cfg.Recalls || n < leastShelved || g.err != nil {
		return
	}
	s := &l.shelf
	g.weight, g.used = n, true
	if s.size += n; !g.shelved {
		g.shelved = true
		s.origins = append(s.origins, g)
	}
	for turns := 2 * len(s.origins); s.size > s.most && turns > 0; turns-- {
		s.hand %= len(s.origins)
		switch o := s.origins[s.hand]; {
		case o == g:
			s.hand++
		case o.weight > 0 && o.used:
			o.used = false
			s.hand++
		default:
			s.size -= o.weight
			if o.weight > 0 {
				o.rules, o.away, o.asked, o.recalled = nil, true, false, false
			}
			o.weight, o.shelved = 0, false
			last := len(s.origins) - 1
			s.origins[s.hand], s.origins[last] = s.origins[last], nil
			s.origins = s.origins[:last]
		}
	}
}
