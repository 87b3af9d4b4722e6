package extract

// none is the index of no reference.
const none = -1

// anchor is the open a element: from its start tag to its end tag or the next a, for anchors do not nest.
type anchor struct {
	within bool // an a element is open, with or without a link
	ref    int  // the reference of its href; none if no anchor is open, or if it leads nowhere
	nth    int  // which occurrence of a link it is
	named  bool // its text is known already, or nobody asks for it
	depth  int  // the nesting that it stands in
	text   text
	alt    text // the alternative texts within
}

// open tells whether an anchor with a link is open.
func (a *anchor) open() bool { return a.ref != none }

// wanted tells whether the anchor's text is to be gathered.
func (a *anchor) wanted() bool { return a.ref != none && !a.named }

// openAnchor takes the start tag of an a element. In svg the link may be in xlink:href, and href wins (SVG 2, "legacy
// reference").
func (s *scanner) openAnchor(svg bool) {
	s.closeAnchor()
	at := s.attributes("href", "rel", "xlink:href")
	href := at[0]
	if href == nil && svg {
		href = at[2]
	}
	a := &s.anchor
	a.within, a.depth = true, s.nest.depth()
	if href == nil {
		return
	}
	a.ref, a.nth = s.links.add(href, s.rel(at[1]))
	a.named = a.ref != none && !s.links.list[a.ref].text.empty()
	a.text.reset(MaxText)
	a.alt.reset(MaxText)
}

// closeAnchor ends the open anchor, if there is one, and gives its text to its link.
func (s *scanner) closeAnchor() {
	a := &s.anchor
	if a.wanted() {
		t := &a.text
		if len(t.b) == 0 {
			t = &a.alt
		}
		s.links.setText(a.ref, a.nth, t.b)
	}
	a.ref, a.within = none, false
}
