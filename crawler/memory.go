package crawler

// Pages of ordinary size cost little, however many are in work. The others are admitted a few at a time, from where their size
// shows until the collector is done with their records, so that what a crawl holds does not depend on how many hosts serve
// huge pages at once. Nobody waits for a place who has one that somebody else waits for: a large page (see
// fetch.Config.Large) takes its places in the order in which they are named here.
const (
	// largePages is how many pages of more than fetch.LargeBody bytes may be in work.
	largePages = 2
	// heavyPages is how many of more than heavyBody bytes, sitemaps included whatever their size (they may be compressed), may be
	// between the reading of their links and their commit.
	heavyPages = 4
	heavyBody  = 128 << 10
	// maxBatchWeight ends a batch that weighs as much: see record.weight.
	maxBatchWeight = 8 << 20
	linkWeight     = 160
	// handedOver is how many records may wait for the collector.
	handedOver = 16
)

// places is how many of a kind may be at once.
type places chan struct{}

func (p places) take()  { p <- struct{}{} }
func (p places) leave() { <-p }
